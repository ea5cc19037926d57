// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a peer's messages find their session.
#include <utility>

#include "base/overlap.hpp"
#include "crypto/x25519.hpp"
#include "session/peer.hpp"
#include "session/trial.hpp"

namespace sotto::session {

Result<PeerOpened> Peer::decrypt(const Self& self, MutableBytes out, MessageKind kind,
                                 Bytes message, PrekeySource& prekeys, Entropy& entropy,
                                 Instant now) noexcept {
  if (out.size() < message.size()) return std::unexpected(Error::buffer_too_small);
  if (base::overlap(out, message)) return std::unexpected(Error::buffers_overlap);
  if (message.size() > limits_.max_message_bytes) return std::unexpected(Error::too_large);
  switch (kind) {
    case MessageKind::signal:
      return decrypt_signal(out, message, prekeys, entropy, now);
    case MessageKind::prekey:
      return decrypt_prekey(self, out, message, prekeys, entropy, now);
  }
  return std::unexpected(Error::malformed);  // What the service calls it is no kind of message.
}

/// The alarm that a message of `identity` raises if it opens, or nothing; other errors are ours
/// [SES-5-7].
Result<std::optional<Error>> Peer::alarm_of(const IdentityPublic& identity,
                                            PrekeySource& prekeys) const noexcept {
  const auto allowed = check_accepted(identity, prekeys);
  if (allowed) return std::nullopt;
  if (allowed.error() == Error::identity_changed || allowed.error() == Error::identity_in_use)
    return allowed.error();
  return std::unexpected(allowed.error());
}

Budget Peer::budget() const noexcept {
  return {dear_trials * limits_.ratchet.max_forward_jump, dear_trials * limits_.max_message_bytes};
}

Result<PeerOpened> Peer::decrypt_signal(MutableBytes out, Bytes message, PrekeySource& prekeys,
                                        Entropy& entropy, Instant now) noexcept {
  const auto parsed = wire::parse_signal_message(message);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->version != message_version) return std::unexpected(Error::unsupported_version);
  std::optional<Error> alarm;
  if (identity_) {
    const auto found = alarm_of(*identity_, prekeys);
    if (!found) return std::unexpected(found.error());
    alarm = *found;
  }
  const auto opened = try_all(out, *parsed, entropy, now, alarm);
  if (!opened) return std::unexpected(opened.error());
  return accept(*opened, MessageKind::signal, parsed->counter, now);
}

/// [SES-4-1, SES-4-2, SES-4-3, SES-4-6, SES-4-7]
Result<Peer::Trial> Peer::try_all(MutableBytes out, const wire::SignalMessage& message,
                                  Entropy& entropy, Instant now,
                                  std::optional<Error> refusal) noexcept {
  // A ratchet key that a session knows is of that session: no other is worth a trial.
  bool known = false;
  for (std::size_t place = 0; place < places(); ++place)
    known = known || knows(place, message.ratchet_key);
  Budget left = budget();
  Verdict verdict;
  for (std::size_t place = 0; place < places(); ++place) {
    Session* const session = at(place);
    if (session == nullptr) continue;
    if (known && !knows(place, message.ratchet_key)) continue;
    if (is_past(place, now)) {
      verdict.pass_over();
      continue;
    }
    const auto opened = session->decrypt(out, message, entropy, now, left, refusal);
    if (opened) return Trial{place, *opened};
    if (!verdict.add(opened.error())) return std::unexpected(opened.error());
  }
  return std::unexpected(verdict.error());
}

Result<PeerOpened> Peer::decrypt_prekey(const Self& self, MutableBytes out, Bytes message,
                                        PrekeySource& prekeys, Entropy& entropy,
                                        Instant now) noexcept {
  const auto parsed = wire::parse_prekey_message(message);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->version != message_version) return std::unexpected(Error::unsupported_version);
  // In the order of [SES-5-1].
  if (parsed->identity == self.identity.public_key() && !self.shares_identity)
    return std::unexpected(Error::own_identity);
  if (!crypto::is_acceptable_u(parsed->identity.bytes()) ||
      !crypto::is_acceptable_u(parsed->base_key.bytes()))
    return std::unexpected(Error::weak_key);
  const auto alarm = alarm_of(parsed->identity, prekeys);
  if (!alarm) return std::unexpected(alarm.error());

  // The session that it began, or none [SES-5-2]; there is none with another identity [SES-1-2].
  const auto place =
      identity_ == parsed->identity ? find(parsed->base_key) : std::optional<std::size_t>();
  if (!place) return begin(self, out, *parsed, *alarm, prekeys, entropy, now);
  if (is_past(*place, now)) return std::unexpected(Error::no_session);  // [SES-4-6]
  Budget left = budget();
  const auto opened = at(*place)->decrypt(out, parsed->message, entropy, now, left, *alarm);
  if (!opened) return std::unexpected(opened.error());
  return accept(Trial{*place, *opened}, MessageKind::prekey, parsed->message.counter, now);
}

// NOLINTNEXTLINE(readability-make-member-function-const): a session is asked that may move on
bool Peer::would_open(MutableBytes out, const wire::PrekeyMessage& message, Entropy& entropy,
                      Instant now) noexcept {
  const auto place =
      identity_ == message.identity ? find(message.base_key) : std::optional<std::size_t>();
  if (!place || is_past(*place, now)) return false;
  constexpr Error refusal = Error::identity_in_use;
  Budget left = budget();
  const auto refused = at(*place)->decrypt(out, message.message, entropy, now, left, refusal);
  return !refused && refused.error() == refusal;
}

/// The message `number` of a chain opened in a session that we have: [SES-4-4, SES-4-5].
PeerOpened Peer::accept(const Trial& trial, MessageKind kind, std::uint32_t number,
                        Instant now) noexcept {
  Session& session = *at(trial.place);
  const bool comes_back = trial.place != 0 && replaces_current(session, kind, number, now);
  // A pending session is one that we began, and any message in it answers; of one that the peer
  // began, only what it sends as a SignalMessage shows that our answer came through.
  if (session.pending || kind == MessageKind::signal) session.established = true;
  session.pending.reset();

  const IdentityPublic from = identity_.value_or(IdentityPublic{});  // whoever has sessions has one
  PeerOpened result{{.plaintext = trial.plaintext, .identity = from, .consumed = {}},
                    {},
                    !std::exchange(proved_, true)};
  result.opened.changed_session = comes_back;  // [SES-4-8]
  if (comes_back)
    bring_back(trial.place, now);
  else if (trial.place == 0)
    make_current(take(0), now);
  else
    age_archive(now);
  settle();
  return result;
}

/// A message opened, and its session has its place: what follows of it for the others.
void Peer::settle() noexcept {
  enforce_skipped_total();
  unanswered_ = 0;
  ++epoch_;
}

/// A message that begins a session [SES-5-3, SES-5-4, SES-5-5, SES-5-6].
Result<PeerOpened> Peer::begin(const Self& self, MutableBytes out,
                               const wire::PrekeyMessage& message, std::optional<Error> alarm,
                               PrekeySource& prekeys, Entropy& entropy, Instant now) noexcept {
  const auto used = prekeys.used(message.signed_prekey_id, message.base_key);
  // That the signed prekey is full is no matter to who names a one-time prekey.
  const bool full = !used && used.error() == Error::exhausted;
  if (!used && !(full && message.one_time_prekey_id)) return std::unexpected(used.error());
  if (used && *used) return std::unexpected(Error::replayed);
  const auto signed_prekey = prekeys.signed_prekey(message.signed_prekey_id);
  if (!signed_prekey) return std::unexpected(signed_prekey.error());
  std::optional<OneTimePrekey> one_time;
  if (message.one_time_prekey_id) {
    auto found = prekeys.one_time(*message.one_time_prekey_id);
    if (!found) return std::unexpected(found.error());
    one_time.emplace(*std::move(found));
  }
  if (next_session_ == no_more_sessions) return std::unexpected(Error::exhausted);

  auto fresh = Session::respond(self, message, *signed_prekey, one_time ? &*one_time : nullptr,
                                limits_.ratchet, now);
  if (!fresh) return std::unexpected(fresh.error());
  Budget left = budget();
  const auto opened = (*fresh)->decrypt(out, message.message, entropy, now, left, alarm);
  if (!opened) return std::unexpected(opened.error());

  // The sender has shown that the identity is its own; nothing from here on can fail [SES-1-1].
  PeerOpened result{
      {.plaintext = *opened, .identity = message.identity, .consumed = message.one_time_prekey_id},
      Consumed{message.signed_prekey_id, message.one_time_prekey_id, message.base_key},
      !std::exchange(proved_, true)};
  result.opened.began_session = true;
  result.opened.first_identity = !identity_;
  result.opened.changed_session = current_ != nullptr;
  (*fresh)->id = next_session_++;
  identity_ = message.identity;
  make_current(*std::move(fresh), now);
  settle();
  return result;
}

}  // namespace sotto::session
