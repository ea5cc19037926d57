// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether two buffers share memory.
#pragma once

#include <functional>

#include <sotto/bytes.hpp>

namespace sotto::base {

[[nodiscard]] inline bool overlap(Bytes a, Bytes b) noexcept {
  const std::less<> before;
  return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) &&
         before(b.data(), a.data() + a.size());
}

}  // namespace sotto::base
