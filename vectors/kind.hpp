// SPDX-License-Identifier: MIT OR Apache-2.0
/// A kind of test: a struct of fields that reads itself from a case and verifies itself.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string_view>

#include <sotto/error.hpp>

#include "vectors/checks.hpp"
#include "vectors/fields.hpp"

namespace sotto::vectors {

/// Whether the case says that the library must refuse: then there are no results to read.
[[nodiscard]] inline bool refused(const Fields& fields) {
  return fields.has("expect");
}

/// What a kind's struct must offer. `verify` answers the error with which the library refused the
/// case, if it did; the runner compares that with what the case expects.
template <class T>
concept Case = requires(Fields& fields, const T& test, Checks& checks) {
  { T::read(fields) } -> std::same_as<T>;
  { test.verify(checks) } -> std::same_as<Result<void>>;
};

struct Kind {
  std::string_view name;
  Result<void> (*run)(Fields& fields, Checks& checks);
};

template <Case T>
Result<void> run_case(Fields& fields, Checks& checks) {
  const T test = T::read(fields);
  fields.finish();
  return test.verify(checks);
}

/// Throws a `BadVector` unless what happened is what was expected, and something was compared.
void judge(const Result<void>& outcome, std::optional<Error> expected, const Checks& checks);

/// The kinds, by the room that they test; one file each under vectors/kinds.
[[nodiscard]] std::span<const Kind> attachment_kinds();
[[nodiscard]] std::span<const Kind> hash_kinds();
[[nodiscard]] std::span<const Kind> curve_kinds();
[[nodiscard]] std::span<const Kind> cipher_kinds();
[[nodiscard]] std::span<const Kind> x3dh_kinds();
[[nodiscard]] std::span<const Kind> ratchet_kinds();
[[nodiscard]] std::span<const Kind> transcript_kinds();
[[nodiscard]] std::span<const Kind> recording_kinds();
[[nodiscard]] std::span<const Kind> rules_kinds();
[[nodiscard]] std::span<const Kind> safety_number_kinds();
[[nodiscard]] std::span<const Kind> media_kinds();
[[nodiscard]] std::span<const Kind> srtp_kinds();
[[nodiscard]] std::span<const Kind> sframe_kinds();
[[nodiscard]] std::span<const Kind> call_kinds();
[[nodiscard]] std::span<const Kind> content_kinds();
[[nodiscard]] std::span<const Kind> group_kinds();
[[nodiscard]] std::span<const Kind> franking_kinds();
[[nodiscard]] std::span<const Kind> account_number_kinds();
[[nodiscard]] std::span<const Kind> profile_kinds();
[[nodiscard]] std::span<const Kind> roster_kinds();
[[nodiscard]] std::span<const Kind> wire_kinds();

}  // namespace sotto::vectors
