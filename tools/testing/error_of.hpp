// SPDX-License-Identifier: MIT OR Apache-2.0
/// The error of a result, for tests that expect one.
#pragma once

#include <optional>
#include <ostream>

#include <sotto/error.hpp>

namespace sotto {

/// How a test's report shows an error.
inline void PrintTo(Error error, std::ostream* out) {
  *out << name(error);
}

namespace testing {

/// The error, or nothing when there is a value: unlike `error()`, defined in both cases.
template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error();
}

}  // namespace testing
}  // namespace sotto
