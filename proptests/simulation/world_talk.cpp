// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ordinary life: devices connect, write, read and look after their prekeys.
#include "world.hpp"

namespace sotto::prop::sim {
Blob World::plaintext(Machine& machine, std::uint32_t pick) {
  Blob text(6 + pick % 30);
  const std::uint64_t own = mixed(seed_ ^ ++machine.made) ^ machine.name.device;
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<std::uint8_t>(mixed(own + i / 8) >> (8 * (i % 8)));
  return text;
}

/// A letter left somebody, and is on its way. `from` is the honest device that sealed it, if one
/// did.
std::uint32_t World::post(Letter letter, Machine* from, bool lied) {
  letter.sealed = now_;
  letter.to_installation = letter.to < machines_.size() ? machines_[letter.to]->installation : 0;
  // A store that lied has not the state in which the number is spent.
  const std::uint64_t serial = from == nullptr ? 0 : from->disk.now().serial + (lied ? 1 : 0);
  const Letter& sent = ledger_.released(std::move(letter), serial);
  network_.post(sent.id);
  ++struck_.sent;
  return sent.id;
}

void World::connect(const WorldEvent& event) {
  connect_to(who(event), whom(event), event.detail);
}

bool World::connect_to(Who from, Who to, std::uint32_t pick) {
  const bool withheld = misuses(Fault::prekeys_withheld, to);
  Who whose = to;
  if (to != stranger() && misuses(Fault::bundle_of_another, from)) {
    const std::size_t all = machines_.size() + 1;
    whose = (to + 1 + pick % (all - 1)) % all;
  }
  std::optional<Fetched> fetched;
  if (whose == stranger()) {
    fetched = Fetched{stranger_.bundle(), whose, 0, true};
    // The attacker's own name is served with the bundle of an honest device.
    if (to == stranger() && misuses(Fault::bundle_of_another, from))
      fetched = service_.fetch(pick % machines_.size(), !withheld, false);
  } else {
    fetched = service_.fetch(whose, !withheld, misuses(Fault::bundle_old, from));
  }
  if (!fetched) return false;
  Entropy& tape = machines_[from]->tape;
  get_ready(from, pick);
  const PeerName peer = name_of(from, to);
  const auto came = operate<std::uint64_t>(from, pick, [&](DeviceUnderTest& device, Instant at) {
    return device.connect(peer, fetched->bundle, tape, at);
  });
  if (came.value || came.stored) note_connected(from, to, *fetched, came.leapt);
  if (came.stored) saved(from);
  if (came.value) {
    know(from, *came.value, came.lied);
    return true;
  }
  if (came.error && !judge(from, process(from, pick), *came.error, came.stored, pick))
    judge_connect(from, to, *fetched, *came.error);
  return false;
}

void World::note_connected(Who from, Who to, const Fetched& fetched, bool leapt) {
  PeerTruth& peer = ledger_.of(from).peers[to];
  if (!peer.accepted) peer.accepted = fetched.bundle.keys.identity;
  peer.took_old = peer.took_old || !fetched.newest;
  if (peer.current && peer.sessions.contains(*peer.current)) peer.sessions[*peer.current] = now_;
  const auto before = peer.current;
  peer.current = ledger_.begin_session(from, to, fetched.installation);
  peer.succession.connected(*peer.current, {now_, leapt});
  ledger_.sessions()[*peer.current].torn = fetched.whose != to;
  peer.sessions[*peer.current] = now_;
  peer.answered = false;
  peer.begun = now_;
  ledger_.used(peer, before, leapt, now_);
}

void World::judge_connect(Who from, Who to, const Fetched& fetched, Error error) {
  const std::string told = "connect: " + std::string(name(error));
  const IdentityPublic& identity = fetched.bundle.keys.identity;
  const PeerTruth peer = ledger_.of(from).peers[to];
  last_trouble_ = told;
  switch (error) {
    case Error::own_identity:
      if (identity == machines_[from]->identity) return;
      break;
    case Error::identity_changed:
      if (peer.accepted && *peer.accepted != identity) return;
      ledger_.violated(Rule::alarm_unproved, told, {from, to});
    case Error::identity_in_use:
      if (ledger_.proved_elsewhere(from, to, identity)) return;
      ledger_.violated(Rule::blocked_by_unproved, told, {from, to});
    case Error::stale_bundle:
      if (!fetched.newest || peer.took_old ||
          (fetched.whose < machines_.size() && machines_[fetched.whose]->went_back))
        return;
      break;
    default:
      break;
  }
  ledger_.violated(Rule::false_error, told, {from, to});
}

void World::send(const WorldEvent& event) {
  send_to(who(event), whom(event), event.detail);
}

bool World::send_to(Who from, Who to, std::uint32_t pick) {
  const Blob text = plaintext(*machines_[from], pick);
  get_ready(from, pick);
  const PeerName peer = name_of(from, to);
  const bool moves = pick % 8 == 3;
  const auto came = operate<Sealed>(from, pick, [&](DeviceUnderTest& device, Instant at) {
    return moves ? device.encrypt_while_moved(peer, text, at) : device.encrypt(peer, text, at);
  });
  if (moves && came.value) struck_.add(Deed::moved);
  note_sent(from, to, text, came);
  if (came.value) return true;
  if (came.error && !judge(from, process(from, pick), *came.error, came.stored, pick))
    judge_send(from, to, *came.error, came.leapt);
  return false;
}

void World::note_sent(Who from, Who to, const Blob& text, const Came<Sealed>& came) {
  Machine& machine = *machines_[from];
  PeerTruth& truth = ledger_.of(from).peers[to];
  if (came.stored && !came.value && truth.current) {
    ++ledger_.sessions()[*truth.current].unsent;
    truth.succession.wrote();
  }
  if (came.value || came.stored) ledger_.found_times(truth, came.leapt, now_);
  if (came.stored) saved(from);
  if (!came.value) return;
  know(from, came.value->number, came.lied);
  if (!truth.current)
    ledger_.violated(Rule::false_error, "a message was sealed without a session", {from});
  post({.from = from,
        .to = to,
        .kind = came.value->kind,
        .bytes = came.value->bytes,
        .plaintext = text,
        .session = *truth.current,
        .identity = machine.identity},
       &machine, came.lied);
}

void World::judge_send(Who from, Who to, Error error, bool leapt) {
  last_trouble_ = "send: " + std::string(name(error));
  const PeerTruth& truth = ledger_.of(from).peers[to];
  if (error == Error::no_session && leapt) return;
  if (error == Error::identity_in_use && !truth.proved && truth.accepted &&
      ledger_.proved_elsewhere(from, to, *truth.accepted))
    return;
  const bool must = truth.current && (truth.answered || now_ - truth.begun < surely_young);
  if (error != Error::no_session || must)
    ledger_.violated(Rule::false_error, last_trouble_, {from, to});
}

/// People compare safety numbers, or tell each other that they have a new phone.
void World::accept(const WorldEvent& event) {
  const Who peer = whom(event);
  accept_identity(who(event), peer, machines_[peer]->identity, event.detail);
}

void World::accept_identity(Who of, Who peer, const IdentityPublic& identity, std::uint32_t pick) {
  get_ready(of, pick);
  const PeerName name_of_peer = name_of(of, peer);
  const auto came = operate<std::uint64_t>(of, pick, [&](DeviceUnderTest& device, Instant) {
    return device.accept_identity(name_of_peer, identity);
  });
  PeerTruth& truth = ledger_.of(of).peers[peer];
  if (came.value || came.stored) {
    if (truth.accepted != identity) truth = {};
    truth.accepted = identity;
    truth.proved = true;
  }
  if (came.stored) saved(of);
  if (came.value) know(of, *came.value, came.lied);
  if (!came.error || judge(of, process(of, pick), *came.error, came.stored, pick)) return;
  last_trouble_ = "accept: " + std::string(name(*came.error));
  if (*came.error != Error::identity_in_use)
    ledger_.violated(Rule::false_error, last_trouble_, {of, peer});
  if (!ledger_.proved_elsewhere(of, peer, identity))
    ledger_.violated(Rule::blocked_by_unproved, last_trouble_, {of, peer});
}

void World::erase(const WorldEvent& event) {
  const Who peer = whom(event);
  const Who self = who(event);
  get_ready(self, event.detail);
  const PeerName name = name_of(self, peer);
  const auto came = operate<std::uint64_t>(
      self, event.detail,
      [&](DeviceUnderTest& device, Instant) { return device.erase_sessions(name); });
  if (came.value || came.stored) {
    PeerTruth& truth = ledger_.of(self).peers[peer];
    truth.sessions.clear();
    truth.current.reset();
    truth.succession = {};
  }
  if (came_through(self, event.detail, came, "erase: ")) know(self, *came.value, came.lied);
}

void World::tend(const WorldEvent& event) {
  tend_prekeys(who(event), event.detail);
}

bool World::tend_prekeys(Who who, std::uint32_t pick) {
  get_ready(who, pick);
  Machine& machine = *machines_[who];
  const auto came = operate<Upload>(who, pick, [&](DeviceUnderTest& device, Instant at) {
    return device.tend_prekeys(service_.held(who, machine.installation), machine.renews,
                               machine.tape, at);
  });
  if (came.stored) ledger_.of(who).prekeys_unsure = true;
  if (came.leapt && came.stored) note_prekeys_aged(who);
  if (came.value) note_prekeys(who, *came.value, came.lied);
  return came_through(who, pick, came, "prekeys: ") && upload(who, *came.value, pick);
}

void World::note_prekeys(Who who, const Upload& made, bool lied) {
  know(who, made.number, lied);
  machines_[who]->renews = false;
  DeviceTruth& truth = ledger_.of(who);
  truth.prekeys_unsure = false;
  const auto id = static_cast<std::uint32_t>(made.bundle.keys.signed_prekey_id);
  if (truth.prekeys.contains(id)) return;
  for (auto& [other, replaced] : truth.prekeys)
    if (!replaced) replaced = now_;
  truth.prekeys[id] = {};
}

/// By a clock a year ahead, one operation destroys the two oldest of those that were replaced.
void World::note_prekeys_aged(Who who) {
  int most = 2;
  for (auto& [id, replaced] : ledger_.of(who).prekeys)
    if (replaced && now_ - *replaced < surely_young && most-- > 0) replaced = now_ - surely_young;
}

bool World::upload(Who who, const Upload& made, std::uint32_t pick) {
  if (!made.due) return true;
  if (misuses(Fault::upload_failed, who)) return false;
  if (!misuses(Fault::upload_forgotten, who))
    service_.upload(who, made, machines_[who]->installation);
  const auto told = operate<std::uint64_t>(
      who, pick, [&](DeviceUnderTest& device, Instant at) { return device.uploaded(made, at); });
  if (told.leapt && told.stored) note_prekeys_aged(who);
  if (came_through(who, pick, told, "uploaded: ")) know(who, *told.value, told.lied);
  return true;
}

}  // namespace sotto::prop::sim
