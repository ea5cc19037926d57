// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ledger.hpp"

#include <algorithm>

namespace sotto::prop::sim {

void Ledger::violated(Rule rule, std::string what, std::initializer_list<Who> whom) const {
  FaultSet struck;
  for (const Who who : whom) struck |= struck_[who];
  throw Violation{rule, std::move(what), struck};
}

void Ledger::set_back(Who who, std::uint64_t serial) {
  for (auto& [key, spent] : spent_)
    if (spent.who == who && spent.serial > serial) spent.may_come_again = true;
  tear(who);
  const auto found = states_[who].find(serial);
  devices_[who] = found == states_[who].end() ? DeviceTruth{} : found->second;
}

void Ledger::reinstalled(Who who) {
  devices_[who] = {};
  states_[who].clear();
  struck_[who].reset();
}

void Ledger::recovered(Who who) {
  auto names = std::move(devices_[who].names);
  devices_[who] = {};
  devices_[who].names = std::move(names);
  states_[who].clear();
  tear(who);
}

std::uint32_t Ledger::begin_session(Who from, Who to, std::uint32_t to_installation) {
  sessions_.push_back({from, to, to_installation});
  return static_cast<std::uint32_t>(sessions_.size() - 1);
}

void Ledger::tear(Who who) {
  for (SessionTruth& session : sessions_)
    if (session.from == who || session.to == who) session.torn = true;
}

void Ledger::tear(Who a, Who b) {
  for (SessionTruth& session : sessions_)
    if ((session.from == a && session.to == b) || (session.from == b && session.to == a))
      session.torn = true;
}

const Letter& Ledger::released(Letter letter, std::uint64_t serial) {
  letter.id = static_cast<std::uint32_t>(letters_.size());
  if (letter.kind == MessageKind::prekey) {
    if (const auto read = wire::parse_prekey_message(letter.bytes)) {
      letter.first = *read;
      letter.ratchet_key = read->message.ratchet_key;
      letter.counter = read->message.counter;
      sessions_[letter.session].base = read->base_key;
    }
  } else if (const auto read = wire::parse_signal_message(letter.bytes)) {
    letter.ratchet_key = read->ratchet_key;
    letter.counter = read->counter;
  }
  if (letter.maker == Letter::Maker::owner) {
    const auto [at, fresh] = spent_.try_emplace({letter.ratchet_key, letter.counter},
                                                Spent{letter.bytes, letter.from, serial, false});
    if (!fresh && !at->second.may_come_again && at->second.bytes != letter.bytes)
      violated(Rule::same_key_twice, "number " + std::to_string(letter.counter), {letter.from});
    if (!fresh) sessions_[letter.session].torn = true;
    if (letter.from < devices_.size()) devices_[letter.from].peers[letter.to].succession.wrote();
  }
  letters_.push_back(std::move(letter));
  return letters_.back();
}

bool Ledger::proved_elsewhere(Who who, Who name, const IdentityPublic& identity) const {
  return std::ranges::any_of(devices_[who].peers, [&](const auto& peer) {
    return peer.first != name && peer.second.proved && peer.second.accepted == identity;
  });
}

bool Ledger::must_open(const Letter& letter, Who who, std::uint32_t installation,
                       Instant now) const {
  if (letter.maker != Letter::Maker::owner || letter.to != who ||
      letter.to_installation != installation || now - letter.sealed >= surely_young)
    return false;
  const SessionTruth& session = sessions_[letter.session];
  const DeviceTruth& device = devices_[who];
  if (session.torn || device.opened.contains(letter.id)) return false;
  if (const auto peer = device.peers.find(letter.from); peer != device.peers.end()) {
    if (peer->second.accepted && *peer->second.accepted != letter.identity) return false;
    const PeerTruth& truth = peer->second;
    if (truth.leapt >= letter.sealed || truth.aged.contains(letter.session) ||
        truth.ahead == letter.session)
      return false;
    if (const auto held = truth.sessions.find(letter.session); held != truth.sessions.end())
      return now - held->second < surely_young;
  }
  if (proved_elsewhere(who, letter.from, letter.identity)) return false;
  // It has to begin the session.
  if (!letter.first || session.to != who || session.to_installation != installation) return false;
  const auto id = static_cast<std::uint32_t>(letter.first->signed_prekey_id);
  const auto prekey = device.prekeys.find(id);
  if (prekey == device.prekeys.end()) return false;
  if (prekey->second && now - *prekey->second >= surely_young) return false;
  if (device.bases.contains(letter.first->base_key)) return false;
  if (const auto& one_time = letter.first->one_time_prekey_id)
    return !device.consumed.contains(static_cast<std::uint32_t>(*one_time));
  const auto used = device.last_resort.find(id);
  return used == device.last_resort.end() || used->second < most_of_one_name_;
}

/// Whether a device has opened something of the same session that was sealed after the theft, in a
/// later chain.
bool Ledger::is_healed(const Letter& stolen, Who who, Instant now) const {
  // An archived session is closed for good one day. A stamp a year ahead is set to the clock later.
  if (const auto known = devices_[who].peers.find(stolen.from);
      known != devices_[who].peers.end()) {
    const PeerTruth& peer = known->second;
    const auto held = peer.sessions.find(stolen.session);
    if (held != peer.sessions.end() && peer.current != stolen.session && peer.leapt == Instant{} &&
        now - held->second >= surely_old)
      return true;
  }
  std::uint32_t last = 0;
  for (const Letter& letter : letters_)
    if (letter.maker == Letter::Maker::owner && letter.ratchet_key == stolen.ratchet_key)
      last = std::max(last, letter.counter);
  // Up to the previous counter that was authenticated.
  if (stolen.counter <= last + sessions_[stolen.session].unsent) return false;
  bool passed = false;  // letters stand in the order in which they were sealed
  bool healed = false;
  for (const Letter& letter : letters_) {
    if (letter.maker != Letter::Maker::owner || letter.from != stolen.from || letter.to != who ||
        letter.session != stolen.session)
      continue;
    if (letter.ratchet_key == stolen.ratchet_key) passed = true;
    if (passed && letter.ratchet_key != stolen.ratchet_key)
      healed = healed || devices_[who].opened.contains(letter.id);
  }
  return healed;
}

void Ledger::check_opened(const Letter& letter, Who who, const Heard& heard, Instant now,
                          bool leapt) const {
  const auto whom = {letter.from, who};
  if (letter.maker == Letter::Maker::forger)
    violated(Rule::forgery_opened, "from " + std::to_string(letter.from), whom);
  if (letter.to != who) violated(Rule::forgery_opened, "it was for somebody else", whom);
  if (heard.plaintext != letter.plaintext || heard.identity != letter.identity)
    violated(Rule::forgery_opened, "it is not what was sent", whom);
  if (letter.maker == Letter::Maker::thief && is_healed(letter, who, now))
    violated(Rule::healed_thief_heard, "number " + std::to_string(letter.counter), whom);
  const DeviceTruth& device = devices_[who];
  if (device.opened.contains(letter.id)) violated(Rule::opened_twice, "the same letter", whom);
  if (letter.first && letter.first->one_time_prekey_id &&
      device.consumed.contains(static_cast<std::uint32_t>(*letter.first->one_time_prekey_id)) &&
      !device.bases.contains(letter.first->base_key))
    violated(Rule::opened_twice, "a one-time prekey served twice", whom);
  const auto peer = device.peers.find(letter.from);
  if (peer == device.peers.end()) return;
  if (peer->second.proved && peer->second.accepted != letter.identity)
    violated(Rule::other_identity_accepted, "by a message", whom);
  // In which session the stranger writes is not always known here.
  if (letter.maker == Letter::Maker::oddity || sessions_[letter.session].torn) return;
  Succession succession = peer->second.succession;
  if (succession.heard(letter.session, letter.kind, letter.counter, {now, leapt},
                       heard.changed_session, larger_base()) != heard.changed_session)
    violated(Rule::change_untold, "session " + std::to_string(letter.session), whom);
}

void Ledger::used(PeerTruth& peer, std::optional<std::uint32_t> archived, bool leapt, Instant now) {
  found_times(peer, leapt, now);
  if (!leapt) return;
  for (const auto& [session, last] : peer.sessions)
    if (session != archived && session != peer.current) peer.aged.insert(session);
  if (archived) peer.ahead = archived;
  peer.leapt = now;
}

void Ledger::found_times(PeerTruth& peer, bool leapt, Instant now) {
  if (leapt) peer.doubted.reset();
  if (leapt || !peer.ahead) return;
  if (!peer.doubted) peer.doubted = now;
  if (now - *peer.doubted >= surely_two_days) peer.ahead.reset();
}

void Ledger::opened(const Letter& letter, Who who, Instant now, bool leapt,
                    std::optional<bool> changed_session) {
  DeviceTruth& device = devices_[who];
  device.opened.insert(letter.id);
  PeerTruth& peer = device.peers[letter.from];
  if (peer.accepted != letter.identity) {
    peer.sessions.clear();
    peer.succession = {};
    peer.untold.clear();
  }
  peer.accepted = letter.identity;
  peer.proved = true;
  const bool begins = !peer.sessions.contains(letter.session);
  if (begins && letter.first) {
    const auto id = static_cast<std::uint32_t>(letter.first->signed_prekey_id);
    device.bases.insert(letter.first->base_key);
    if (letter.first->one_time_prekey_id) {
      device.consumed.insert(static_cast<std::uint32_t>(*letter.first->one_time_prekey_id));
    } else {
      ++device.last_resort[id];
      if (++device.shares[{id, letter.from}] > most_of_one_name_)
        violated(Rule::share_exceeded, "prekey " + std::to_string(id), {letter.from, who});
    }
  }
  const bool changes = peer.succession.heard(letter.session, letter.kind, letter.counter,
                                             {now, leapt}, changed_session, larger_base());
  const auto before = peer.current;
  if (begins || changes) {
    peer.begun = now;
    peer.current = letter.session;
  }
  if (peer.current == letter.session) {
    // The session that was current is archived now.
    if (before && peer.sessions.contains(*before)) peer.sessions[*before] = now;
    peer.sessions[letter.session] = now;
    peer.aged.erase(letter.session);
    peer.answered = true;
  }
  used(peer, before == peer.current ? std::nullopt : before, leapt, now);
  if (letter.maker == Letter::Maker::thief || letter.maker == Letter::Maker::oddity)
    sessions_[letter.session].torn = true;
}

void Ledger::check_refused(const Letter& letter, Who who, Error error, bool expected) const {
  const auto whom = {letter.from, who};
  const std::string told = std::string(name(error)) + " (letter " + std::to_string(letter.id) +
                           " of " + std::to_string(letter.from) + " to " + std::to_string(who) +
                           ", session " + std::to_string(letter.session) + ", number " +
                           std::to_string(letter.counter) + ")";
  const DeviceTruth& device = devices_[who];
  const auto found = device.peers.find(letter.from);
  const PeerTruth peer = found == device.peers.end() ? PeerTruth{} : found->second;
  const bool genuine = letter.maker != Letter::Maker::forger;

  switch (error) {
    case Error::identity_changed:
      if (!genuine || !peer.accepted || *peer.accepted == letter.identity)
        violated(Rule::alarm_unproved, told, whom);
      // Also when the accepted one came out of a bundle and was never proved: the service stands
      // behind both, so a person decides.
      return;
    case Error::identity_in_use:
      if (!genuine) violated(Rule::alarm_unproved, told, whom);
      if (!proved_elsewhere(who, letter.from, letter.identity))
        violated(Rule::blocked_by_unproved, told, whom);
      return;
    case Error::own_identity:
    case Error::bad_signature:
    case Error::already_exists:
    case Error::not_set_up:
    case Error::invalid_argument:
    case Error::consumed:
    case Error::too_large:
    case Error::old_format:
    case Error::entropy_failed:
    case Error::out_of_memory:
      violated(Rule::false_error, told, whom);
    case Error::malformed:
    case Error::weak_key:
    case Error::unsupported_version:
    case Error::too_far_ahead:
      if (letter.maker == Letter::Maker::owner) violated(Rule::false_error, told, whom);
      return;
    default:
      break;
  }
  if (expected)
    violated(error == Error::replayed || error == Error::unknown_prekey ||
                     error == Error::authentication_failed || error == Error::exhausted
                 ? Rule::sent_lost
                 : Rule::false_error,
             told, whom);
}

}  // namespace sotto::prop::sim
