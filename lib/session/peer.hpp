// SPDX-License-Identifier: MIT OR Apache-2.0
/// All that we hold of one peer's device: its identity, and our sessions with it. The rules are
/// those of spec/session.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/session.hpp>
#include <sotto/wire.hpp>

#include "ratchet/age.hpp"
#include "session/prekey_source.hpp"
#include "session/session.hpp"

namespace sotto::session {

inline constexpr std::size_t most_archived = 40;
inline constexpr std::size_t most_seen_prekeys = 9;
/// An id that no session has: a peer that comes to it begins no more.
inline constexpr std::uint32_t no_more_sessions = 0xffffffff;

/// How many trials of one message may be as dear as one message may be [SES-4-2, SES-4-7].
inline constexpr std::uint32_t dear_trials = 4;

/// A peer that sends so many messages in a row in a session does not come to another one
/// [SES-4-10].
inline constexpr std::uint32_t surely_stays = 8;

/// What opening a first message used up.
struct Consumed {
  SignedPrekeyId signed_prekey;
  std::optional<OneTimePrekeyId> one_time;  ///< none: the base key is to be remembered instead
  EphemeralPublic base_key;
};

/// A message that was opened, and what it changed outside of the peer.
struct PeerOpened {
  Opened opened;
  std::optional<Consumed> consumed;
  bool proved = false;  ///< it is the first to show that the identity is the peer's
};

/// Every operation that fails leaves it as it was. Every one that succeeds raises `epoch` by 1.
class Peer {
 public:
  explicit Peer(const SessionLimits& limits) noexcept;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] Result<void> connect(const Self& self, RegistrationId registration,
                                     const VerifiedBundle& bundle, PrekeySource& prekeys,
                                     Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] Result<Message> encrypt(const Self& self, MutableBytes out, Bytes plaintext,
                                        PrekeySource& prekeys, Instant now) noexcept;
  [[nodiscard]] Result<PeerOpened> decrypt(const Self& self, MutableBytes out, MessageKind kind,
                                           Bytes message, PrekeySource& prekeys, Entropy& entropy,
                                           Instant now) noexcept;
  /// Whether a first message that came under another name would open in the session that it began
  /// here, so that its sender is this peer. Changes nothing; what is written into `out` is wiped.
  [[nodiscard]] bool would_open(MutableBytes out, const wire::PrekeyMessage& message,
                                Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] Result<void> accept_identity(const Self& self, const IdentityPublic& identity,
                                             PrekeySource& prekeys) noexcept;
  /// The count of unanswered connects goes with them [SES-7-6].
  void erase_sessions() noexcept;
  /// Nothing is held of the peer any more; the epoch and the ids of sessions go on from where they
  /// are, so that neither an old snapshot nor an old row is taken for a new one [SES-7-3].
  void forget() noexcept;
  /// This peer is held in the place of `other` from now on: its epoch and ids go on behind both.
  void replace(const Peer& other) noexcept;

  [[nodiscard]] SessionInfo info(Instant now) const noexcept;
  [[nodiscard]] const std::optional<IdentityPublic>& identity() const noexcept { return identity_; }
  /// Whether a message opened under the identity, or the person accepted it [SES-1-3].
  [[nodiscard]] bool proved() const noexcept { return proved_; }
  /// Whether anything is held that can be lost: an identity, and with it sessions.
  [[nodiscard]] bool holds_anything() const noexcept { return identity_.has_value(); }
  [[nodiscard]] const SessionLimits& limits() const noexcept { return limits_; }

  /// The current session or null, and the archived ones, newest first: `archived(0)` to
  /// `archived(archived_count() - 1)`.
  [[nodiscard]] const Session* current() const noexcept { return current_.get(); }
  [[nodiscard]] std::size_t archived_count() const noexcept { return archived_count_; }
  [[nodiscard]] const Session& archived(std::size_t i) const noexcept { return *archived_[i]; }

 private:
  friend struct PeerRecord;  // session/records.hpp: the one place outside that sees its parts

  struct Trial {
    std::size_t place;
    MutableBytes plaintext;
  };
  // Sessions by place: 0 is the current one, which may not be, `i + 1` is `archived(i)`.
  [[nodiscard]] Session* at(std::size_t place) const noexcept;
  [[nodiscard]] std::size_t places() const noexcept { return archived_count_ + 1; }
  [[nodiscard]] std::optional<std::size_t> find(const EphemeralPublic& base_key) const noexcept;
  [[nodiscard]] bool is_past(std::size_t place, Instant now) const noexcept;
  [[nodiscard]] bool knows(std::size_t place, const RatchetPublic& their_key) const noexcept;

  [[nodiscard]] bool may_send(Instant now) const noexcept;
  [[nodiscard]] Result<void> check_bundle(const Self& self, const Bundle& bundle,
                                          PrekeySource& prekeys) const noexcept;
  void remember(const SignedPrekeyPublic& prekey) noexcept;
  [[nodiscard]] Result<void> check_accepted(const IdentityPublic& identity,
                                            PrekeySource& prekeys) const noexcept;
  [[nodiscard]] Result<std::optional<Error>> alarm_of(const IdentityPublic& identity,
                                                      PrekeySource& prekeys) const noexcept;
  [[nodiscard]] Budget budget() const noexcept;

  [[nodiscard]] Result<PeerOpened> decrypt_signal(MutableBytes out, Bytes message,
                                                  PrekeySource& prekeys, Entropy& entropy,
                                                  Instant now) noexcept;
  [[nodiscard]] Result<PeerOpened> decrypt_prekey(const Self& self, MutableBytes out, Bytes message,
                                                  PrekeySource& prekeys, Entropy& entropy,
                                                  Instant now) noexcept;
  [[nodiscard]] Result<PeerOpened> begin(const Self& self, MutableBytes out,
                                         const wire::PrekeyMessage& message,
                                         std::optional<Error> alarm, PrekeySource& prekeys,
                                         Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] Result<Trial> try_all(MutableBytes out, const wire::SignalMessage& message,
                                      Entropy& entropy, Instant now,
                                      std::optional<Error> refusal) noexcept;
  [[nodiscard]] PeerOpened accept(const Trial& trial, MessageKind kind, std::uint32_t number,
                                  Instant now) noexcept;

  void settle() noexcept;

  [[nodiscard]] std::unique_ptr<Session> take(std::size_t place) noexcept;
  [[nodiscard]] bool replaces_current(const Session& session, MessageKind kind,
                                      std::uint32_t number, Instant now) const noexcept;
  void bring_back(std::size_t place, Instant now) noexcept;
  void make_current(std::unique_ptr<Session> session, Instant now) noexcept;
  void age_archive(Instant now) noexcept;
  void check_clock(Instant now) noexcept;
  void expire_archived(Instant now) noexcept;
  void archive(std::unique_ptr<Session> latest, Instant now) noexcept;
  void drop_archived(std::size_t i) noexcept;
  void enforce_skipped_total() noexcept;
  [[nodiscard]] std::size_t skipped_keys() const noexcept;

  SessionLimits limits_;
  std::uint64_t epoch_ = 0;
  std::uint32_t next_session_ = 1;
  std::uint32_t unanswered_ = 0;
  std::optional<IdentityPublic> identity_;
  bool proved_ = false;
  ratchet::ClockDoubt doubt_;
  // The peer's signed prekeys as we saw them, newest first.
  std::array<SignedPrekeyPublic, most_seen_prekeys> seen_{};
  std::size_t seen_count_ = 0;
  std::unique_ptr<Session> current_;
  std::array<std::unique_ptr<Session>, most_archived> archived_;
  std::size_t archived_count_ = 0;
};

}  // namespace sotto::session
