// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message as it travels, for the tests of this room.
#pragma once

#include <cstdint>
#include <vector>

#include <sotto/session.hpp>

namespace sotto::session {

/// A message on its way.
struct Letter {
  MessageKind kind = MessageKind::signal;
  std::vector<std::uint8_t> bytes;
};

}  // namespace sotto::session
