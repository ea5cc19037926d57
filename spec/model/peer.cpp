// SPDX-License-Identifier: MIT OR Apache-2.0
#include "peer.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace sotto::model {
namespace {

/// The current session, then the archived ones.
std::vector<Session> in_trial_order(const Peer& peer) {
  std::vector<Session> sessions;
  if (peer.current) sessions.push_back(*peer.current);
  sessions.insert(sessions.end(), peer.archived.begin(), peer.archived.end());
  return sessions;
}

/// Whether a session is not to be tried for its age [SES-4-6].
bool is_too_old(const Peer& peer, const Session& session, Instant now) {
  const auto is_it = [&](const Session& one) { return one.id == session.id; };
  return std::ranges::any_of(peer.archived, is_it) &&
         over(session.archived, now, peer.limits.max_archived_age);
}

/// What is wrong with the peer's having `identity` [SES-1-3, SES-7-2].
std::optional<Error> alarm(const Peer& peer, const Key& identity, const Prekeys& prekeys) {
  if (peer.identity && *peer.identity != identity) return Error::identity_changed;
  if (!peer.proved && prekeys.of_other_names.contains(identity)) return Error::identity_in_use;
  return {};
}

void check_identity(const Peer& peer, const Key& identity, const Prekeys& prekeys) {
  if (const auto wrong = alarm(peer, identity, prekeys)) throw Refused{*wrong};
}

/// [SES-2-1]
void check_bundle(const Peer& peer, const Self& self, const Bundle& bundle,
                  const Prekeys& prekeys) {
  require(bundle.identity != self.identity.public_key, Error::own_identity);
  check_identity(peer, bundle.identity, prekeys);
  const auto seen = std::ranges::find(peer.seen, bundle.signed_prekey);
  require(seen == peer.seen.end() || seen == peer.seen.begin(), Error::stale_bundle);
  require(peer.unanswered < peer.limits.max_unanswered_connects, Error::exhausted);
}

/// A key just drawn that is at hand already was not drawn [SES-2-2].
bool is_fresh(const Key& drawn, const Self& self, const Bundle& bundle) {
  return drawn != self.identity.public_key && drawn != bundle.identity &&
         drawn != bundle.signed_prekey && (!bundle.one_time || drawn != bundle.one_time->key);
}

/// [SES-2-4]
void remember_signed_prekey(Peer& peer, const Key& signed_prekey) {
  if (!peer.seen.empty() && peer.seen.front() == signed_prekey) return;
  peer.seen.push_front(signed_prekey);
  if (peer.seen.size() > 9) peer.seen.pop_back();
}

/// [SES-6-2]
void expire(Peer& peer, Instant now) {
  for (std::size_t i = peer.archived.size(); i > 0; --i) {
    if (!over(peer.archived[i - 1].archived, now, peer.limits.max_archived_age)) continue;
    peer.archived.erase(peer.archived.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    return;
  }
}

/// [SES-6-4], of all sessions but the one that opened a message just now.
void check_clock(Peer& peer, Instant now, std::optional<std::uint32_t> opened = {}) {
  std::vector<Stamp> stamps;
  if (peer.current && peer.current->pending && peer.current->id != opened)
    stamps.push_back({&peer.current->created});
  for (Session& session : peer.archived)
    stamps.push_back({&session.archived, peer.limits.max_archived_age});
  peer.doubt.settle(stamps, now);
}

/// [SES-6-1]
void archive(Peer& peer, Session session, Instant now) {
  session.archived = now;
  peer.archived.push_front(session);
  if (peer.archived.size() <= std::min<std::size_t>(peer.limits.max_archived, 40)) return;
  for (auto oldest = peer.archived.rbegin(); oldest != peer.archived.rend(); ++oldest) {
    if (oldest->established) continue;
    peer.archived.erase(std::next(oldest).base());
    return;
  }
  peer.archived.pop_back();
}

/// Whether an archived session takes the current one's place after a message that opened in it;
/// both as they were before that message [SES-4-10].
bool takes_the_place(const Session& session, const Session& current, MessageKind kind,
                     std::uint32_t number, Instant now, std::chrono::milliseconds longest) {
  const bool later = session.id > current.id;
  if (later)
    return !(current.established && !session.pending && current.base_key > session.base_key &&
             number < 8);
  const bool may_come_back = session.pending && !over(session.created, now, longest);
  const auto never_answered = [](const Session& one) {
    return !one.pending && !one.established && one.ratchet.next == 0;
  };
  const bool peer_waits =
      kind == MessageKind::prekey && never_answered(session) && never_answered(current);
  return may_come_back || peer_waits;
}

/// The new current session; the one before is archived.
void make_current(Peer& peer, Session session, Instant now) {
  check_clock(peer, now, session.id);
  expire(peer, now);
  const auto before = peer.current;
  session.archived = Instant{};
  peer.current = session;
  if (before && before->id != session.id) archive(peer, *before, now);
}

/// [SES-6-3]
void bound_skipped_keys(Peer& peer) {
  while (peer.skipped_keys() > peer.limits.max_skipped_total) {
    const auto oldest =
        std::find_if(peer.archived.rbegin(), peer.archived.rend(),
                     [](const Session& session) { return session.ratchet.skipped_keys() > 0; });
    Ratchet& ratchet = oldest == peer.archived.rend() ? peer.current->ratchet : oldest->ratchet;
    ratchet.erase_oldest_skipped();
  }
}

/// [SES-4-3]: what is told when none opened.
Error worst_of(const std::set<Error>& errors) {
  for (const Error error : {Error::replayed, Error::too_far_ahead, Error::too_large,
                            Error::weak_key, Error::no_session})
    if (errors.contains(error)) return error;
  return Error::authentication_failed;
}

bool ends_trials(Error error) {
  return error != Error::replayed && error != Error::too_far_ahead && error != Error::too_large &&
         error != Error::weak_key && error != Error::no_session &&
         error != Error::authentication_failed;
}

/// [SES-4-4, SES-4-5, SES-4-8, SES-4-10]: `session` has opened a message.
Received settle(Peer& peer, Session session, Buffer plaintext, MessageKind kind,
                std::uint32_t number, Instant now) {
  const std::uint32_t id = session.id;
  const auto is_it = [&](const Session& one) { return one.id == id; };
  const auto place = std::ranges::find_if(peer.archived, is_it);
  const bool was_archived = place != peer.archived.end();
  const bool stays =
      was_archived && peer.current &&
      !takes_the_place(session, *peer.current, kind, number, now, peer.limits.max_archived_age);
  Received received{.plaintext = std::move(plaintext),
                    .identity = session.ratchet.their_identity,
                    .changed_session = peer.current && peer.current->id != id && !stays};
  if (session.pending || kind == MessageKind::signal) session.established = true;
  session.pending.reset();
  peer.proved = true;
  peer.unanswered = 0;
  if (stays) {
    *place = session;
    check_clock(peer, now);
    expire(peer, now);
  } else {
    const auto before = peer.current;
    std::erase_if(peer.archived, is_it);
    make_current(peer, session, now);
    if (was_archived && before && before->id < id)
      for (Session& one : peer.archived)
        if (one.id == before->id) {
          one.pending = Pending{0, {}};
          one.established = false;
        }
  }
  bound_skipped_keys(peer);
  return received;
}

/// [SES-4-1 to SES-4-3, SES-4-6, SES-4-7]: the sessions in their order.
Received try_in_turn(Peer& peer, const std::vector<Session>& sessions, const SignalMessage& message,
                     MessageKind kind, Entropy& entropy, Instant now,
                     std::optional<Error> refusal) {
  Cost left{4ULL * peer.limits.ratchet.max_forward_jump, 4ULL * peer.limits.max_message_bytes};
  std::set<Error> errors;
  for (Session session : sessions) {
    try {
      require(!is_too_old(peer, session, now), Error::no_session);
      const Buffer plaintext = session.ratchet.decrypt(message, entropy, now, left, refusal);
      return settle(peer, session, plaintext, kind, message.counter, now);
    } catch (const Refused& refused) {
      if (ends_trials(refused.error)) throw;
      errors.insert(refused.error);
    }
  }
  throw Refused{worst_of(errors)};
}

/// [SES-4-1]
Received decrypt_signal(Peer& peer, Bytes bytes, const Prekeys& prekeys, Entropy& entropy,
                        Instant now) {
  const SignalMessage message = read_signal_message(bytes);
  require(message.version == 3, Error::unsupported_version);
  auto sessions = in_trial_order(peer);
  require(!sessions.empty(), Error::no_session);
  const auto knows = [&](const Session& session) {
    return std::ranges::any_of(session.ratchet.chains, [&](const Chain& chain) {
      return chain.theirs == message.ratchet_key;
    });
  };
  if (std::ranges::any_of(sessions, knows)) std::erase_if(sessions, std::not_fn(knows));
  return try_in_turn(peer, sessions, message, MessageKind::signal, entropy, now,
                     alarm(peer, *peer.identity, prekeys));
}

/// [SES-5-1]
void check_first_message(const Self& self, const PrekeyMessage& message) {
  require(message.identity != self.identity.public_key, Error::own_identity);
  require(is_usable(message.identity) && is_usable(message.base_key), Error::weak_key);
}

/// [SES-5-3, SES-5-6]
void check_not_replayed(const PrekeyMessage& message, const Prekeys& prekeys) {
  const auto found = prekeys.remembered.find(message.signed_prekey);
  if (found == prekeys.remembered.end()) return;
  require(!found->second.contains(message.base_key), Error::replayed);
  require(message.one_time_prekey || found->second.size() < prekeys.max_last_resort,
          Error::exhausted);
}

Pair prekey_of(const std::map<std::uint32_t, Pair>& prekeys, std::uint32_t id) {
  require(prekeys.contains(id), Error::unknown_prekey);
  return prekeys.at(id);
}

/// [SES-5-5]
void consume(const PrekeyMessage& message, Prekeys& prekeys) {
  if (message.one_time_prekey)
    prekeys.one_times.erase(*message.one_time_prekey);
  else
    prekeys.remembered[message.signed_prekey].insert(message.base_key);
}

/// [SES-5-3, SES-5-4]
Received begin(Peer& peer, const Self& self, const PrekeyMessage& message, Prekeys& prekeys,
               Entropy& entropy, Instant now) {
  check_not_replayed(message, prekeys);
  const Pair signed_prekey = prekey_of(prekeys.signed_prekeys, message.signed_prekey);
  std::optional<Pair> one_time;
  if (message.one_time_prekey) one_time = prekey_of(prekeys.one_times, *message.one_time_prekey);

  const Agreed agreed =
      responder_agreed(self.identity, signed_prekey, one_time, message.identity, message.base_key);
  Session session{
      .id = peer.next_session,
      .ratchet = Ratchet::responder(peer.limits.ratchet, agreed, self.identity.public_key,
                                    message.identity, signed_prekey),
      .base_key = message.base_key,
      .registration = message.registration.value_or(0),
      .created = now};
  const bool first = !peer.identity;
  Received received = try_in_turn(peer, {session}, message.message, MessageKind::prekey, entropy,
                                  now, alarm(peer, message.identity, prekeys));
  ++peer.next_session;
  peer.identity = message.identity;
  consume(message, prekeys);
  received.began_session = true;
  received.first_identity = first;
  received.consumed = message.one_time_prekey;
  return received;
}

/// [SES-5-2]
Received decrypt_prekey(Peer& peer, const Self& self, Bytes bytes, Prekeys& prekeys,
                        Entropy& entropy, Instant now) {
  const PrekeyMessage message = read_prekey_message(bytes);
  require(message.version == 3, Error::unsupported_version);
  check_first_message(self, message);
  for (const Session& session : in_trial_order(peer))
    if (session.base_key == message.base_key && peer.identity == message.identity)
      return try_in_turn(peer, {session}, message.message, MessageKind::prekey, entropy, now,
                         alarm(peer, message.identity, prekeys));
  return begin(peer, self, message, prekeys, entropy, now);
}

}  // namespace

/// [SES-2-2, SES-2-3]
void Peer::connect(const Self& self, const Bundle& bundle, const Prekeys& prekeys, Entropy& entropy,
                   Instant now) {
  Peer after = *this;
  check_bundle(after, self, bundle, prekeys);
  const Pair base = pair_of(draw(entropy));
  require(is_fresh(base.public_key, self, bundle), Error::entropy_failed);
  const bool with_one_time = bundle.one_time.has_value();
  const Agreed agreed =
      initiator_agreed(self.identity, base, bundle.identity, bundle.signed_prekey,
                       with_one_time ? std::optional<Key>(bundle.one_time->key) : std::nullopt);
  const Ratchet ratchet = Ratchet::initiator(limits.ratchet, agreed, self.identity.public_key,
                                             bundle.identity, bundle.signed_prekey, entropy);
  require(ratchet.own.public_key != base.public_key, Error::entropy_failed);
  Session session{
      .id = after.next_session++,
      .ratchet = ratchet,
      .base_key = base.public_key,
      .registration = bundle.registration,
      .pending = Pending{bundle.signed_prekey_id,
                         with_one_time ? std::optional(bundle.one_time->id) : std::nullopt},
      .created = now};
  remember_signed_prekey(after, bundle.signed_prekey);
  after.identity = bundle.identity;
  ++after.unanswered;
  make_current(after, session, now);
  ++after.epoch;
  *this = after;
}

/// [SES-3-2]
bool Peer::may_send(Instant now) const {
  if (!current) return false;
  if (!current->pending || now < current->created) return true;
  return now - current->created <= limits.max_unacknowledged_age;
}

/// [SES-3-1, SES-3-3, SES-3-5]
Sent Peer::encrypt(const Self& self, Bytes plaintext, const Prekeys& prekeys, Instant now) {
  require(may_send(now), Error::no_session);
  check_identity(*this, *identity, prekeys);
  Peer after = *this;
  Session& session = *after.current;
  const Buffer message = session.ratchet.encrypt(plaintext);
  Sent sent{MessageKind::signal, message};
  if (session.pending)
    sent = {MessageKind::prekey, prekey_message(self.registration, session.pending->one_time,
                                                session.pending->signed_prekey, session.base_key,
                                                self.identity.public_key, message)};
  require(sent.bytes.size() <= limits.max_message_bytes, Error::too_large);
  check_clock(after, now);
  ++after.epoch;
  *this = after;
  return sent;
}

Received Peer::decrypt(const Self& self, MessageKind kind, Bytes message, Prekeys& prekeys,
                       Entropy& entropy, Instant now) {
  require(message.size() <= limits.max_message_bytes, Error::too_large);
  Peer after = *this;
  const Received received = kind == MessageKind::signal
                                ? decrypt_signal(after, message, prekeys, entropy, now)
                                : decrypt_prekey(after, self, message, prekeys, entropy, now);
  ++after.epoch;
  *this = after;
  return received;
}

/// [SES-7-1]
void Peer::accept_identity(const Self& self, const Key& theirs, const Prekeys& prekeys) {
  require(theirs != self.identity.public_key, Error::own_identity);
  require(is_usable(theirs), Error::weak_key);
  if (identity == theirs && proved) return;
  require(!prekeys.of_other_names.contains(theirs), Error::identity_in_use);
  if (identity == theirs)
    ++epoch;
  else
    forget();
  identity = theirs;
  proved = true;
}

/// [SES-7-3]
void Peer::forget() {
  erase_sessions();
  seen.clear();
  identity.reset();
  proved = false;
}

/// [SES-7-6]
void Peer::erase_sessions() {
  current.reset();
  archived.clear();
  unanswered = 0;
  ++epoch;
}

std::size_t Peer::skipped_keys() const {
  std::size_t count = current ? current->ratchet.skipped_keys() : 0;
  for (const Session& session : archived) count += session.ratchet.skipped_keys();
  return count;
}

}  // namespace sotto::model
