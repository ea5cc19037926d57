// SPDX-License-Identifier: MIT OR Apache-2.0
/// One session: a ratchet, and what its messages say beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/session.hpp>
#include <sotto/wire.hpp>

#include "ratchet/state.hpp"

namespace sotto::session {

/// The message version that is spoken here.
inline constexpr std::uint8_t message_version = 3;

/// Who we are, in every session.
struct Self {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-const-or-ref-data-members): lives for one call
  const IdentityKeyPair& identity;
  RegistrationId registration;
  /// The peer is another device of our own account, whose devices share one identity key [SES-1-4].
  bool shares_identity = false;
};

/// What all trials of one message together may cost before it is authenticated [SES-4-2, SES-4-7].
struct Budget {
  std::uint32_t steps;
  std::size_t bytes;
};

/// The prekeys that an unanswered first message goes on naming.
struct Pending {
  SignedPrekeyId signed_prekey;
  std::optional<OneTimePrekeyId> one_time;
  friend bool operator==(const Pending&, const Pending&) = default;
};

/// Either made by one of the two makers, or read from its record. Never null inside.
struct Session {
  std::uint32_t id = 0;  ///< among the sessions with this peer; never used twice
  std::unique_ptr<ratchet::State> ratchet;
  EphemeralPublic base_key;       ///< the initiator's; names the session on both sides
  RegistrationId registration{};  ///< the peer's
  /// Ours to repeat until the peer answers. Of an archived session: it may come back [SES-4-10].
  std::optional<Pending> pending;
  bool established = false;  ///< a message answered one of ours: the peer holds what we hold
  Instant created{};
  Instant archived{};         ///< when it ceased to be the current one
  std::uint64_t changes = 0;  ///< rises with every change of the others but `archived`; not stored

  /// As initiator [spec/session.md CONNECT]. Draws 64 bytes: base key, ratchet key.
  [[nodiscard]] static Result<std::unique_ptr<Session>> initiate(
      const Self& self, RegistrationId registration, const VerifiedBundle& bundle, Entropy& entropy,
      const RatchetLimits& limits, Instant now) noexcept;

  /// As responder; nothing is drawn. Nothing is proved until a message opens.
  [[nodiscard]] static Result<std::unique_ptr<Session>> respond(
      const Self& self, const wire::PrekeyMessage& message, const SignedPrekey& signed_prekey,
      const OneTimePrekey* one_time, const RatchetLimits& limits, Instant now) noexcept;

  /// Encrypt into `out`, which does not overlap `plaintext`; no heap. The number is spent before
  /// the first byte is written, and by no failure. Errors: `buffer_too_small` (by the exact size),
  /// `buffers_overlap`, `exhausted`, `too_large` (a message of more than `max_bytes`).
  [[nodiscard]] Result<Message> encrypt(const Self& self, MutableBytes out, Bytes plaintext,
                                        std::size_t max_bytes) noexcept;

  /// Open, or change nothing. `out` is not shorter than the ciphertext and does not overlap the
  /// message; on error it is untouched or zeroed. Of `budget` is taken what chain steps the trial
  /// needs and what bytes it authenticates, opened or not; one that would need more is
  /// `too_far_ahead` or `too_large`. With `refusal` a message that opens is answered with that
  /// error, and changes nothing. Draws 32 bytes when the message opens and brings a new ratchet
  /// key. Errors: as `Ratchet::decrypt`, `too_large`, `unsupported_version` (not 3), `refusal`.
  [[nodiscard]] Result<MutableBytes> decrypt(MutableBytes out, const wire::SignalMessage& message,
                                             Entropy& entropy, Instant now, Budget& budget,
                                             std::optional<Error> refusal = {}) noexcept;
};

}  // namespace sotto::session
