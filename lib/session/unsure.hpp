// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages that opened in a commit of which it is not known whether it happened.
#pragma once

#include <cstddef>
#include <optional>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/session.hpp>

#include "session/growing.hpp"

namespace sotto::session {

/// If the commit did happen, the message is refused when it comes again, as `replayed` or because
/// its session is gone since, though nobody was given its plaintext. So the plaintext waits here
/// until then. Wiped when it is taken, when the message opens after all, when the sender's identity
/// is no longer held, and with the device.
///
/// A message is known by the identity under which it opened, and not by a name: an identity belongs
/// to one name [SES-1-3], and whoever renames the account, here or in another process, takes what
/// waits for it along.
class UnsureMessages {
 public:
  /// One message: of which device of whom, and its bytes.
  struct Key {
    DeviceId device;
    IdentityPublic identity;
    MessageKind kind;
    Bytes message;
  };

  /// More than these are not kept: the oldest goes.
  static constexpr std::size_t most = 16;

  /// Make room for one more, before its commit. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve(std::size_t message_bytes,
                                     std::size_t plaintext_bytes) noexcept;
  /// Keep a message; there must be room.
  void keep(DeviceId device, MessageKind kind, Bytes message, const Opened& opened) noexcept;
  /// Give up the room, if it is more than an ordinary message needs.
  void trim() noexcept;

  /// The same message as it opened, its plaintext copied into `out`; nothing when it is not here.
  /// Errors: `buffer_too_small`.
  [[nodiscard]] Result<std::optional<Opened>> take(MutableBytes out, const Key& key) noexcept;
  /// The commit of the message that was kept last is settled: when it did not happen, the message
  /// opens again, and nothing of it stays here.
  void settle(bool happened) noexcept;
  /// Forget a message, which opened.
  void forget(const Key& key) noexcept;
  /// Forget all messages of a device that had an identity.
  void forget_all(DeviceId device, const IdentityPublic& identity) noexcept;

 private:
  struct Entry {
    DeviceId device;
    MessageKind kind;
    std::size_t message_bytes;
    Opened opened;  ///< without its plaintext
    Held bytes;     ///< the message, then the plaintext
  };
  [[nodiscard]] std::optional<std::size_t> find(const Key& key) const noexcept;

  Growing<Entry> entries_;  // the oldest first
  Held room_;
  bool unsettled_ = false;  // the newest entry's commit
};

}  // namespace sotto::session
