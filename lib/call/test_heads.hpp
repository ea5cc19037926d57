// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the head of every message of a call may not be, for the tests of this room.
#pragma once

#include <cstdint>
#include <vector>

#include "testing/refused.hpp"

namespace sotto::call {

/// A head is version(1), kind(1); `none` is the first number behind those of kinds.
inline std::vector<testing::BadRecord> bad_heads(std::uint8_t none) {
  using testing::byte;
  return {
      {"no version", byte(0, 0), Error::unsupported_version},
      {"a version to come", byte(0, 2), Error::unsupported_version},
      {"no kind", byte(1, 0), Error::malformed},
      {"a kind that is none", byte(1, none), Error::malformed},
      {"nothing", [](testing::Buffer& message) { message.clear(); }, Error::malformed},
      {"cut in its head", [](testing::Buffer& message) { message.resize(1); }, Error::malformed},
  };
}

}  // namespace sotto::call
