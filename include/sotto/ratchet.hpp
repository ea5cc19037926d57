// SPDX-License-Identifier: MIT OR Apache-2.0
/// The Double Ratchet (revision 1, 2016-11-20): messages that stay closed after a key is lost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto {

namespace ratchet {
class State;
}

/// How far one message may push us (work) and how much is kept for late ones (storage).
struct RatchetLimits {
  /// Work: the most chain steps one message may cost before it is authenticated [DR §2.6:
  /// MAX_SKIP]. About 0.2 microseconds each, so some 5 ms for a forged header.
  std::uint32_t max_forward_jump = 25'000;
  /// Storage: message keys kept for late messages, in one receiving chain and in all. The oldest
  /// go first. At most 60 bytes each with the spare room of the store, so 0.6 MB in all.
  std::uint32_t max_skipped_per_chain = 2'000;
  std::uint32_t max_skipped_total = 10'000;
  /// Storage: receiving chains kept beside each other, the live one included. At least 1.
  std::uint32_t max_receiving_chains = 5;
  /// Age: a skipped key or an old chain is erased this long after it was set aside, by the next
  /// decryptions: sixteen keys and one chain by each, the oldest first.
  std::chrono::milliseconds max_skipped_age = std::chrono::days(30);
};

/// One side of a conversation between two devices, in the suite of Signal's message version 3
/// (HKDF-SHA256, AES-256-CBC, HMAC-SHA256 cut to 8 bytes over both identities and the message).
/// Move-only; all its secrets are wiped with it. So that no number is spent twice, functions answer
/// `wrong_state` while another thread is inside, and in a forked process. They answer `consumed`
/// once it was moved from.
class Ratchet {
 public:
  /// The initiator's side [DR §3.3]. Draws 32 bytes. Errors: `entropy_failed`, `weak_key`,
  /// `out_of_memory`.
  [[nodiscard]] static Result<Ratchet> start(InitiatorAgreement&& agreement, Entropy& entropy,
                                             const RatchetLimits& limits = {}) noexcept;

  /// The responder's side [DR §3.3]. Errors: `out_of_memory`.
  [[nodiscard]] static Result<Ratchet> start(ResponderAgreement&& agreement,
                                             const RatchetLimits& limits = {}) noexcept;

  Ratchet(Ratchet&&) noexcept;
  Ratchet& operator=(Ratchet&&) noexcept;
  ~Ratchet();

  /// What a message is longer than its plaintext at most: header 41, padding 16, MAC 8 bytes.
  static constexpr std::size_t max_overhead_bytes = 65;

  /// The size of the message that carries `plaintext_bytes`.
  [[nodiscard]] static constexpr std::size_t encrypted_size(std::size_t plaintext_bytes) noexcept {
    return 41 + (plaintext_bytes / 16 + 1) * 16 + 8;
  }

  /// Encrypt one message [DR §3.4]. `out` holds at least `encrypted_size(plaintext.size())` bytes
  /// and does not overlap `plaintext`; returns the part used. The message number is spent before
  /// the first byte is written. No heap, no randomness.
  /// Errors: `buffer_too_small`, `buffers_overlap`, `exhausted` (2^32 - 1 messages in one chain).
  [[nodiscard]] Result<MutableBytes> encrypt(MutableBytes out, Bytes plaintext) noexcept;

  /// Open one message, or leave the ratchet exactly as it was [DR §3.5]. Writes at most
  /// `message.size()` bytes into `out`, which must hold as many and not overlap; returns the part
  /// used. Draws 32 bytes of `entropy` when the message brings a new ratchet key and is authentic.
  /// On error `out` is untouched or zeroed.
  /// Errors: `malformed`, `authentication_failed`, `replayed`, `too_far_ahead`, `weak_key`,
  /// `entropy_failed`, `buffer_too_small`, `buffers_overlap`, `out_of_memory`, `exhausted` (2^32 -
  /// 1 turns of the ratchet).
  [[nodiscard]] Result<MutableBytes> decrypt(MutableBytes out, Bytes message, Entropy& entropy,
                                             Instant now) noexcept;

  /// Message keys kept for messages that are late or lost.
  [[nodiscard]] std::size_t skipped_keys() const noexcept;

  /// The engine underneath; only rooms of the library itself know its type and can make one.
  explicit Ratchet(std::unique_ptr<ratchet::State> state) noexcept;
  [[nodiscard]] const ratchet::State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<ratchet::State> state_;
};

}  // namespace sotto
