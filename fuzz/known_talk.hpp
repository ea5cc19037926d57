// SPDX-License-Identifier: MIT OR Apache-2.0
/// A conversation that stands still: Ann's phone and Ben's in the midst of it, and a tablet of
/// Ann's, as rows that can be copied.
#pragma once

#include <optional>

#include <sotto/memory_store.hpp>
#include <sotto/messenger.hpp>

#include "input.hpp"

namespace sotto::fuzz {

struct KnownTalk {
  MemoryStore ann_rows;
  MemoryStore ben_rows;
  UserDevice ann;
  UserDevice tablet;
  UserDevice ben;
  ConversationId talk;
  Instant now;
  Buffer letter;  ///< one of Ann's to Ben, before it is sealed
};

/// Made once.
[[nodiscard]] KnownTalk& known_talk();

/// One side of it over copied rows, which must live as long.
class TalkSide {
 public:
  explicit TalkSide(MemoryStore& rows, bool is_ann);
  [[nodiscard]] Device& device() noexcept { return device_; }
  [[nodiscard]] Messenger& messenger() noexcept { return messenger_; }

 private:
  Device device_;
  Messenger messenger_;
};

}  // namespace sotto::fuzz
