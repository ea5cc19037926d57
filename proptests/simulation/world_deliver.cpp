// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages arrive: once, twice, in any order, and perhaps in a commit of which nothing is known.
#include <set>

#include "world.hpp"

namespace sotto::prop::sim {

Blob inbox_key(std::uint32_t letter) {
  Blob key{'i', 'n'};
  for (unsigned shift = 0; shift < 32; shift += 8)
    key.push_back(static_cast<std::uint8_t>(letter >> shift));
  return key;
}

namespace {

/// Half of all messages are opened in a call of their own, which leaves it to the app what becomes
/// of the plaintext; the others together with a row.
bool opens_at_once(std::uint32_t letter) {
  return letter % 2 == 0;
}

}  // namespace

std::optional<std::uint32_t> World::waiting_for(Who who, std::uint32_t pick) const {
  for (const std::uint32_t id : network_.waiting()) {
    const Letter& letter = ledger_.letters()[id];
    const bool parted = network_.is_split() && letter.from < machines_.size() &&
                        letter.to < machines_.size() &&
                        machines_[letter.from]->name.name != machines_[letter.to]->name.name;
    if (!parted && (letter.to == who || pick % 4 == 0)) return id;
  }
  return {};
}

void World::deliver(const WorldEvent& event) {
  if (const auto id = waiting_for(who(event), event.whom)) deliver_letter(*id, event.detail);
}

void World::deliver_any(const WorldEvent& event) {
  const auto& waiting = network_.waiting();
  if (waiting.size() < 2 || network_.is_split()) return;
  const std::size_t at = 1 + event.detail % (waiting.size() - 1);
  strike(Fault::message_reordered, ledger_.letters()[waiting[at]].to);
  deliver_letter(waiting[at], event.detail);
}

/// Something that arrived before, or that stays on its way.
void World::deliver_again(const WorldEvent& event) {
  if (event.detail % 3 == 0) {
    if (const auto id = waiting_for(who(event), event.whom)) {
      strike(Fault::message_repeated, ledger_.letters()[*id].to);
      deliver_letter(*id, event.detail);
      deliver_letter(*id, event.detail / 2);
    }
    return;
  }
  if (arrived_.empty()) return;
  const std::uint32_t id = arrived_[event.detail % arrived_.size()];
  strike(Fault::message_repeated, ledger_.letters()[id].to);
  deliver_letter(id, event.detail);
}

World::Delivery World::deliver_letter(std::uint32_t id, std::uint32_t pick) {
  const Letter letter = ledger_.letters()[id];
  if (letter.to == stranger()) return open_at_stranger(letter);
  const Who to = letter.to;
  get_ready(to, pick);
  Machine& machine = *machines_[to];
  const bool held = holds_plaintext(letter, pick);
  const bool expected =
      (held && is_untold(letter)) || ledger_.must_open(letter, to, machine.installation, now_);
  const PeerName from = name_of(to, letter.from);
  const auto came = operate<Heard>(to, pick, [&](DeviceUnderTest& device, Instant at) {
    if (opens_at_once(id))
      return device.decrypt_at_once(from, letter.kind, letter.bytes, machine.tape, at);
    return device.decrypt(from, letter.kind, letter.bytes, inbox_key(id), machine.tape, at);
  });
  if (held && came.value) return tell(letter, *came.value, came.stored, pick);
  if (!note_opened(letter, came, !opens_at_once(id), pick)) return Delivery::waits;
  if (came.stored && came.error == Error::outcome_unknown && opens_at_once(id)) {
    ledger_.of(to).peers[letter.from].untold.insert(id);
    process(to, pick).untold.insert(id);
  }
  if (came.stored) saved(to);
  if (came.value) return Delivery::opened;
  if (!came.error) return Delivery::waits;
  if (judge(to, process(to, pick), *came.error, came.stored, pick)) return Delivery::waits;
  if (came.leapt && expected) return Delivery::waits;
  return refuse(letter, to, *came.error, expected, pick);
}

/// What came of a message, with a row for it or without; false when the device is set up anew.
bool World::note_opened(const Letter& letter, const Came<Heard>& came, bool with_row,
                        std::uint32_t pick) {
  const Who to = letter.to;
  const Machine& machine = *machines_[to];
  const std::uint32_t installation = machine.installation;
  check_over_rows(to, pick, [&] {
    if (came.value) ledger_.check_opened(letter, to, *came.value, now_, came.leapt);
  });
  if (machine.installation != installation) return false;
  check_over_rows(to, pick, [&] {
    if (came.value || came.stored) {
      std::optional<bool> changed;
      if (came.value) changed = came.value->changed_session;
      ledger_.opened(letter, to, now_, came.leapt, changed);
    }
  });
  if (machine.installation != installation) return false;
  if (!came.value) return true;
  if (with_row) ledger_.of(to).acknowledged.insert(letter.id);
  know(to, came.value->number, came.lied);
  network_.acknowledge(letter.id);
  if (letter.maker == Letter::Maker::owner) arrived_.push_back(letter.id);
  ++struck_.opened;
  if (kept_.contains(letter.id)) struck_.add(Deed::kept_message_opened);
  return true;
}

/// Whether a process opened a message in a commit that nobody was told of.
bool World::holds_plaintext(const Letter& letter, std::uint32_t pick) {
  return ledger_.of(letter.to).opened.contains(letter.id) &&
         process(letter.to, pick).untold.contains(letter.id);
}

/// Whether it must give the plaintext when the message comes again: since then the sender was not
/// forgotten, and no other identity was accepted.
bool World::is_untold(const Letter& letter) {
  const PeerTruth& peer = ledger_.of(letter.to).peers[letter.from];
  return peer.untold.contains(letter.id) && peer.accepted == letter.identity;
}

/// The plaintext is given once, and nothing is stored by that.
World::Delivery World::tell(const Letter& letter, const Heard& heard, bool stored,
                            std::uint32_t pick) {
  ledger_.of(letter.to).peers[letter.from].untold.erase(letter.id);
  process(letter.to, pick).untold.erase(letter.id);
  saved(letter.to);
  network_.acknowledge(letter.id);
  struck_.add(Deed::untold_message_given);
  if (stored) ledger_.violated(Rule::opened_twice, "what was kept is opened anew", {letter.to});
  if (heard.plaintext != letter.plaintext || heard.identity != letter.identity)
    ledger_.violated(Rule::forgery_opened, "it is not what was sent", {letter.from, letter.to});
  return Delivery::opened;
}

/// The store cannot be read after the commit in which a message opens, so that nobody knows what
/// became of it. The message comes again, at once or later.
void World::open_in_doubt(const WorldEvent& event) {
  const Who self = who(event);
  const auto id = waiting_for(self, 1);
  if (!id || machines_[self]->disk.touched()) return;
  process(self, 0).store.arm(Fault::store_unreadable, struck_, event.detail % 4 != 0);
  const std::uint32_t first_process = event.detail / 4 * 8 + 1;
  deliver_letter(*id, first_process);
  if (event.detail / 16 % 4 == 0) erase(event);
  if (event.detail / 64 % 4 != 0) deliver_letter(*id, first_process);
}

/// What is wrong over altered rows is told at the next start.
void World::check_over_rows(Who who, std::uint32_t pick, const std::function<void()>& check) {
  try {
    check();
  } catch (const Violation&) {
    if (!shows_tampering(who, pick)) throw;
  }
}

/// What is refused is not delivered again, unless the library says that it may open later: then it
/// is, behind all others.
World::Delivery World::refuse(const Letter& letter, Who who, Error error, bool expected,
                              std::uint32_t pick) {
  network_.acknowledge(letter.id);
  if (unopened(error) == Unopened::keep) {
    network_.post(letter.id);
    kept_.insert(letter.id);
  }
  last_trouble_ = "open: " + std::string(name(error));
  // An app that finds a row in its inbox has the message already.
  if (ledger_.of(who).opened.contains(letter.id)) {
    const auto row = operate<std::optional<Blob>>(who, pick, [&](DeviceUnderTest& device, Instant) {
      return device.row(inbox_key(letter.id));
    });
    if (row.value && *row.value == letter.plaintext) return Delivery::opened;
  }
  ledger_.check_refused(letter, who, error, expected);
  // For one that was replaced nothing is to be done: a new session takes the current one.
  const auto& prekeys = ledger_.of(who).prekeys;
  const auto named = letter.first
                         ? prekeys.find(static_cast<std::uint32_t>(letter.first->signed_prekey_id))
                         : prekeys.end();
  if (error == Error::exhausted && letter.maker == Letter::Maker::owner && named != prekeys.end() &&
      !named->second) {
    const auto status = operate<PrekeyStatus>(
        who, pick, [&](DeviceUnderTest& device, Instant at) { return device.prekey_status(at); });
    if (status.value && !status.value->rotate_due && !status.value->upload_due)
      ledger_.violated(Rule::exhausted_untold, last_trouble_, {letter.from, who});
  }
  return Delivery::refused;
}

World::Delivery World::open_at_stranger(const Letter& letter) {
  network_.acknowledge(letter.id);
  const auto plaintext = stranger_.open(letter.from, {letter.kind, letter.bytes, 0}, now_);
  if (plaintext && *plaintext != letter.plaintext)
    ledger_.violated(Rule::sent_lost, "the stranger reads something else", {letter.from});
  return plaintext ? Delivery::opened : Delivery::refused;
}

/// What was acknowledged has to be there, as long as nobody touched the rows.
void World::check_inbox(Who who) {
  const std::set<std::uint32_t> all = ledger_.of(who).acknowledged;
  for (const std::uint32_t id : all) {
    const auto row = operate<std::optional<Blob>>(
        who, 0, [&](DeviceUnderTest& device, Instant) { return device.row(inbox_key(id)); });
    if (machines_[who]->disk.touched()) return;
    // The device was perhaps set up anew when it was to be opened.
    if (!ledger_.of(who).acknowledged.contains(id)) return;
    if (row.value && *row.value != ledger_.letters()[id].plaintext)
      ledger_.violated(Rule::acknowledged_lost, "letter " + std::to_string(id), {who});
  }
}

}  // namespace sotto::prop::sim
