// SPDX-License-Identifier: MIT OR Apache-2.0
/// Sessions with a peer's device: their limits, their messages, and what is told about them. The
/// rules that they follow are written down in spec/session.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/keys.hpp>
#include <sotto/ratchet.hpp>
#include <sotto/x3dh.hpp>

namespace sotto {

/// Bounds of what is kept of one peer device, beside those of each ratchet.
struct SessionLimits {
  /// Four times `max_forward_jump` bounds one message's work in all sessions together.
  RatchetLimits ratchet;
  /// Old sessions that can still open late messages. At most 40, so with the current one 41. With
  /// 0, messages of the session before are `Unopened::doubtful` from the moment that another one
  /// begins, and two who begin at the same time open nothing of each other until one of them
  /// connects again. A session without skipped keys takes less than 2 kB of memory. A forged
  /// message costs at most one Diffie-Hellman for each session, and steps and bytes as said here:
  /// over 41 sessions some 30 ms.
  std::uint32_t max_archived = 40;
  /// The longest message that is sent or looked at, all its bytes counted; longer is `too_large`.
  /// Whoever sends much sends an attachment. At most 16 MiB. All sessions together authenticate
  /// four times as many bytes of one message, so one of a tenth of it is tried on all 41.
  std::size_t max_message_bytes = std::size_t{1} << 20;
  /// Skipped keys in all sessions with the peer; the oldest of the oldest session go first. At
  /// most 60 bytes each, so 1.2 MB a peer.
  std::uint32_t max_skipped_total = 20'000;
  /// An archived session opens nothing any more this long after it was archived, however many of
  /// its messages came meanwhile, and is erased by one of the next operations. A message that may
  /// belong to such a session is `no_session` before it is erased, and `Unopened::doubtful`
  /// afterwards. When the time of archiving is ahead of the clock, or
  /// 400 days further back than this, nobody knows how old the session is: it still opens messages,
  /// and counts anew once the clock is believed.
  std::chrono::milliseconds max_archived_age = std::chrono::days(30);
  /// A session that the peer never answered sends no more after this.
  std::chrono::milliseconds max_unacknowledged_age = std::chrono::days(30);
  /// Sessions begun with a peer since it last answered, or since `erase_sessions`; each takes one
  /// of its one-time prekeys. Beyond it `connect` is `exhausted` until the peer answers.
  std::uint32_t max_unanswered_connects = 40;
};

/// What a message is, by Signal's numbers.
enum class MessageKind : std::uint8_t {
  signal = 2,  ///< a SignalMessage
  prekey = 3,  ///< a PreKeySignalMessage: also brings what the receiver needs to begin the session
};

/// A message to be sent.
struct Message {
  MessageKind kind;
  MutableBytes bytes;
};

/// The most bytes that the message of `plaintext_bytes` takes, of either kind.
[[nodiscard]] constexpr std::size_t max_message_size(std::size_t plaintext_bytes) noexcept {
  // signal: version 1, key 35, two counters 12, ciphertext tag and length 6, blocks, MAC 8;
  // prekey: version 1, three numbers 18, two keys 70, message tag and length 6.
  return 62 + (plaintext_bytes / 16 + 1) * 16 + 95;
}

/// A message that was opened.
struct Opened {
  MutableBytes plaintext;
  IdentityPublic identity;      ///< whose message it is
  bool began_session = false;   ///< it began the session that is the current one now
  bool first_identity = false;  ///< the identity was accepted just now, on first use
  /// Another session than before is the current one now, in which `encrypt` goes on; false when
  /// there was none before. When the message also began it (`began_session`), the peer began anew,
  /// or its first message of long ago came late. When it did not, both sides began at about the
  /// same time, or messages of two sessions overtook each other, and the two sides come to one
  /// session. This alone is no sign of theft.
  ///
  /// A message of a session that is over opens as well, until `max_archived_age`, and changes
  /// nothing: it may be late. Nothing shows whether it is the peer's or that of somebody who stole
  /// the keys of that session. No message of ours goes to either, unless we began the session and
  /// nobody had answered in it (limit 27 of the threat model). When keys of sessions may have been
  /// stolen, both sides call `Transaction::erase_sessions`, and one of them `connect` with a bundle
  /// whose prekeys were made since: no key of an old session of which a message had arrived opens
  /// or seals anything after that. A session of which none arrived can still be begun by who stole
  /// it, until the prekeys that it names are destroyed (limit 28, with the way to do so at once).
  bool changed_session = false;
  std::optional<OneTimePrekeyId> consumed;  ///< the one-time prekey that is gone with it
};

/// What is known of the sessions with a peer's device.
struct SessionInfo {
  bool can_send = false;      ///< there is a current session, and it is not too old
  bool acknowledged = false;  ///< the peer has answered in the current session
  /// A message opened under the peer's identity, or the person accepted it. Until then nothing
  /// shows that the identity, which came in a bundle, is the peer's.
  bool identity_proved = false;
  std::uint8_t version = 0;  ///< of its messages: 3
  RegistrationId registration{};
  std::size_t archived = 0;
  std::size_t skipped_keys = 0;
  std::uint64_t epoch = 0;  ///< changes since the peer became known
};

}  // namespace sotto
