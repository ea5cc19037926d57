// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages that opened in a commit of which it is not known whether it happened.
#pragma once

#include <cstddef>
#include <optional>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/session.hpp>

#include "session/growing.hpp"
#include "session/rows.hpp"

namespace sotto::session {

/// If the commit did happen, the message is `replayed` when it comes again, though nobody was given
/// its plaintext. So the plaintext waits here until then. Wiped when it is taken, when the message
/// opens after all, and with the device.
class UnsureMessages {
 public:
  /// More than these are not kept: the oldest goes.
  static constexpr std::size_t most = 16;

  /// Make room for one more, before its commit. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve(std::size_t message_bytes,
                                     std::size_t plaintext_bytes) noexcept;
  /// Keep a message; there must be room.
  void keep(const PeerId& peer, MessageKind kind, Bytes message, const Opened& opened) noexcept;
  /// Give up the room, if it is more than an ordinary message needs.
  void trim() noexcept;

  /// The same message as it opened, its plaintext copied into `out`; nothing when it is not here.
  /// Errors: `buffer_too_small`.
  [[nodiscard]] Result<std::optional<Opened>> take(MutableBytes out, const PeerId& peer,
                                                   MessageKind kind, Bytes message) noexcept;
  /// The commit of the message that was kept last is settled: when it did not happen, the message
  /// opens again, and nothing of it stays here.
  void settle(bool happened) noexcept;
  /// Forget a message, which opened.
  void forget(const PeerId& peer, MessageKind kind, Bytes message) noexcept;

 private:
  struct Entry {
    PeerId peer;
    MessageKind kind;
    std::size_t message_bytes;
    Opened opened;  ///< without its plaintext
    Held bytes;     ///< the message, then the plaintext
  };
  [[nodiscard]] std::optional<std::size_t> find(const PeerId& peer, MessageKind kind,
                                                Bytes message) const noexcept;

  Growing<Entry> entries_;  // the oldest first
  Held room_;
  bool unsettled_ = false;  // the newest entry's commit
};

}  // namespace sotto::session
