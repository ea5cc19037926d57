// SPDX-License-Identifier: MIT OR Apache-2.0
/// Units of work that stay open while others commit: what one is told was so at one moment, or it
/// is a `conflict`, and nothing that it seals is used twice.
#include <algorithm>
#include <array>

#include "world.hpp"

namespace sotto::prop::sim {
namespace {

constexpr std::size_t most_open = 3;
constexpr std::array failures{Fault::store_fails_before, Fault::store_fails_after,
                              Fault::store_unreadable, Fault::store_conflict};
const Blob count_key{'c', 'o', 'u', 'n', 't'};

Blob row_of(std::uint32_t count) {
  return {static_cast<std::uint8_t>(count), static_cast<std::uint8_t>(count >> 8)};
}

std::optional<Blob> row_of_known(std::uint32_t count) {
  return count == 0 ? std::nullopt : std::optional(row_of(count));
}

}  // namespace

/// One is begun, and stays open when it has read or done something.
void World::leave_open(const WorldEvent& event) {
  const Who self = who(event);
  const Process& first = process(self, 0);
  Machine& machine = *machines_[self];
  if (machine.disk.touched() || first.must_tell || machine.clock.leaps()) return;
  if (machine.open.size() == most_open) return;
  auto open = std::make_unique<OpenWork>(machine.disk);
  open_beside(self, open->running);
  auto work = WorkUnderTest::begin(*open->running.device);
  if (!work)
    ledger_.violated(Rule::false_error, "begin: " + std::string(sotto::name(work.error())), {self});
  open->work.emplace(*std::move(work));
  open->since = machine.disk.now().serial;
  open->peer = event.detail % 5 == 0 ? stranger() : whom(event);
  open->content = static_cast<OpenWork::Content>(event.detail / 5 % OpenWork::contents);
  machine.open.push_back(std::move(open));
  go_on_with(self, machine.open.size() - 1, event.detail / 64 % 2 == 0 ? Step::act : Step::read,
             event.detail / 128);
}

/// As a rule others have been at the same device; here and there they are once more.
void World::go_on(const WorldEvent& event) {
  const Who self = who(event);
  if (machines_[self]->open.empty()) leave_open(event);
  static constexpr std::array others{&World::send,   &World::deliver, &World::connect,
                                     &World::accept, &World::tend,    &World::erase,
                                     &World::forget, &World::rename,  &World::rotate_key};
  if (event.detail % 4 != 0 && !machines_[self]->disk.touched()) {
    WorldEvent other = event;
    other.detail = event.detail / 4;
    (this->*others[event.detail / 8 % others.size()])(other);
  }
  const Machine& machine = *machines_[self];
  if (machine.open.empty() || machine.clock.leaps()) return;
  const std::size_t which = event.detail / 128 % machine.open.size();
  const Step next = static_cast<Step>(event.detail / 512 % 3);
  go_on_with(self, which, next, event.detail / 2048);
}

void World::go_on_with(Who who, std::size_t which, Step step, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  const auto place = machine.open.begin() + static_cast<std::ptrdiff_t>(which);
  std::unique_ptr<OpenWork> open = std::move(*place);
  machine.open.erase(place);
  if (machine.disk.touched()) return end_over_touched(who, *open);
  if (machine.disk.now().serial != open->since) strike(Fault::left_open, who);
  open->moments.push_back(ledger_.of(who));
  if (step == Step::act && open->done) step = Step::end;
  if (step == Step::end) return end(who, *open, pick);
  const bool goes_on = step == Step::act ? act_in(who, *open, pick) : read_in(who, *open, pick);
  if (goes_on) machine.open.push_back(std::move(open));
}

/// All that is open ends, and stores nothing where the store is not as it was.
void World::end_open(Who who) {
  while (!machines_[who]->open.empty()) go_on_with(who, 0, Step::end, 0);
}

/// The store went back, or rows were altered. Who has seen more than there is says so.
void World::end_over_touched(Who who, OpenWork& open) {
  Machine& machine = *machines_[who];
  if (!machine.disk.is_behind() || open.since <= machine.disk.now().serial) return;
  const auto done = (*std::move(open.work)).commit();
  if (done) ledger_.violated(Rule::rollback_untold, "at the end of open work", {who});
  if (done.error() != Error::rolled_back)
    ledger_.violated(Rule::false_error, "end: " + std::string(sotto::name(done.error())), {who});
  struck_.add(Deed::open_work_rolled_back);
}

/// Everything that it was told was so at one of the moments at which it was told anything.
void World::check_told(Who who, OpenWork& open) {
  std::optional<Violation> why;
  for (std::size_t i = open.moments.size(); i > 0; --i) {
    std::swap(ledger_.of(who), open.moments[i - 1]);
    bool right = true;
    try {
      for (const OpenWork::Told& told : open.told) told.check();
    } catch (const Violation& violation) {
      right = false;
      if (!why) why = violation;
    }
    std::swap(ledger_.of(who), open.moments[i - 1]);
    if (right) return;
  }
  if (why) throw Violation(*why);
}

bool World::takes(Who who, OpenWork& open, OpenWork::Told told) {
  open.told.push_back(std::move(told));
  check_told(who, open);
  return true;
}

/// A conflict is one with somebody, and ends the work. Any other error is something that it is
/// told.
bool World::takes_error(Who who, OpenWork& open, Error error, std::function<void()> check) {
  // Nothing is wrong with the store here.
  if (is_of_store(error))
    ledger_.violated(Rule::false_error, "open work: " + std::string(sotto::name(error)), {who});
  if (error != Error::conflict) return takes(who, open, {false, std::move(check)});
  if (machines_[who]->disk.now().serial == open.since)
    ledger_.violated(Rule::false_error, "a conflict with nobody", {who});
  struck_.add(Deed::open_work_refused);
  return false;
}

bool World::read_in(Who who, OpenWork& open, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  using Content = OpenWork::Content;
  const auto is_none = [this, who](Error error, const char* what) {
    return [this, who, error, what] {
      ledger_.violated(Rule::false_error, what + std::string(sotto::name(error)), {who});
    };
  };
  const bool touches_peer =
      open.done && (open.content == Content::connect || open.content == Content::deliver ||
                    open.content == Content::send);
  const bool touches_prekeys =
      open.done && (open.content == Content::prekeys || open.content == Content::deliver);
  switch (pick % 4) {
    case 0: {
      if (touches_peer) break;
      const auto peers = open.work->peers();
      if (!peers) return takes_error(who, open, peers.error(), is_none(peers.error(), "peers: "));
      return takes(who, open, {true, [this, who, listed = *peers] { check_listed(who, listed); }});
    }
    case 1: {
      if (touches_prekeys) break;
      const auto status = open.work->prekey_status(reading(machine));
      if (!status)
        return takes_error(who, open, status.error(), is_none(status.error(), "status: "));
      return takes(who, open, {false, [this, who, told = *status] { check_status(who, told); }});
    }
    case 2: {
      if (open.done && open.content == Content::row) break;
      const auto row = open.work->row(count_key);
      if (!row) return takes_error(who, open, row.error(), is_none(row.error(), "row: "));
      return takes(who, open, {false, [this, who, found = *row] {
                                 if (found != row_of_known(ledger_.of(who).count))
                                   ledger_.violated(Rule::knows_falsely, "a row of the app's",
                                                    {who});
                               }});
    }
    default:
      break;
  }
  const Who peer = pick / 4 % 2 == 0
                       ? open.peer
                       : (who + 1 + pick / 8 % machines_.size()) % (machines_.size() + 1);
  if (peer == who || (touches_peer && peer == open.peer)) return true;
  const auto seen = open.work->look_at(name_of(who, peer), reading(machine));
  if (!seen) return takes_error(who, open, seen.error(), is_none(seen.error(), "look: "));
  return takes(who, open, {false, [this, who, name = name_of(who, peer), told = *seen] {
                             check_seen_as(who, name, told);
                           }});
}

/// Whoever has the name; at another moment somebody else has it, or nobody.
void World::check_seen_as(Who who, const PeerName& name, const Seen& seen) {
  for (Who peer = 0; peer <= machines_.size(); ++peer)
    if (peer != who && name_of(who, peer) == name) return check_seen(who, peer, seen, false);
  if (seen.identity || seen.info.can_send)
    ledger_.violated(Rule::knows_falsely, "somebody is known as " + name.name, {who});
}

/// What it was begun for. What comes of it is told when it is stored.
bool World::act_in(Who who, OpenWork& open, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  WorkUnderTest& work = *open.work;
  const PeerName name = name_of(who, open.peer);
  open.done = true;
  open.at = now_;
  std::optional<Error> failed;
  const auto note = [&failed](const auto& done) {
    if (!done) failed = done.error();
  };
  std::function<void(Error)> judged = [this, who](Error error) {
    ledger_.violated(Rule::false_error, "in open work: " + std::string(sotto::name(error)), {who});
  };
  switch (open.content) {
    case OpenWork::Content::nothing:
      break;
    case OpenWork::Content::connect:
      open.fetched = open.peer == stranger()
                         ? Fetched{stranger_.bundle(), open.peer, 0, true}
                         : service_.fetch(open.peer, pick % 2 == 0, pick % 8 == 1);
      if (!open.fetched) {
        open.content = OpenWork::Content::nothing;
        return true;
      }
      note(work.connect(name, open.fetched->bundle, machine.tape, reading(machine)));
      judged = [this, who, peer = open.peer, fetched = *open.fetched](Error error) {
        judge_connect(who, peer, fetched, error);
      };
      break;
    case OpenWork::Content::send:
      open.text = plaintext(machine, pick);
      note(work.encrypt(name, open.text, reading(machine)));
      judged = [this, who, peer = open.peer](Error error) { judge_send(who, peer, error, false); };
      break;
    case OpenWork::Content::deliver: {
      const auto id = waiting_for(who, 1);
      if (!id) {
        open.content = OpenWork::Content::nothing;
        return true;
      }
      open.letter = *id;
      const Letter letter = ledger_.letters()[*id];
      open.peer = letter.from;
      note(work.decrypt(name_of(who, letter.from), letter.kind, letter.bytes, inbox_key(*id),
                        machine.tape, reading(machine)));
      judged = [this, who, letter, at = now_, installation = machine.installation](Error error) {
        ledger_.check_refused(letter, who, error, ledger_.must_open(letter, who, installation, at));
      };
      break;
    }
    case OpenWork::Content::prekeys:
      note(work.tend_prekeys(service_.held(who, machine.installation), machine.renews, machine.tape,
                             reading(machine)));
      break;
    case OpenWork::Content::row: {
      const auto row = work.row(count_key);
      note(row);
      if (failed) break;
      const Blob before = row->value_or(Blob{0, 0});
      open.count = before[0] + 256U * before[1];
      note(work.put(count_key, row_of(open.count + 1)));
      break;
    }
    case OpenWork::Content::snapshot: {
      const bool of_prekeys = pick % 3 == 0;
      if (of_prekeys) open.peer = who;
      note(work.save(of_prekeys ? nullptr : &name));
      judged = [this, who, peer = open.peer](Error error) {
        if (error != Error::no_session || ledger_.of(who).peers[peer].current)
          ledger_.violated(Rule::false_error, "save: " + std::string(sotto::name(error)), {who});
      };
      break;
    }
  }
  open.name = name_of(who, open.peer);
  open.known = ledger_.of(who).peers[open.peer].accepted.has_value();
  if (!failed) return true;
  // A refusal leaves it as it was.
  open.content = OpenWork::Content::nothing;
  return takes_error(who, open, *failed,
                     [this, who, judged, error = *failed, peer = open.peer, name = open.name] {
                       // Somebody of whom nothing was held may be called otherwise at another
                       // moment.
                       if (name_of(who, peer) == name) judged(error);
                     });
}

void World::end(Who who, OpenWork& open, std::uint32_t pick) {
  using Content = OpenWork::Content;
  const Machine& machine = *machines_[who];
  const bool of_peer = open.done && open.peer != who && open.content != Content::nothing &&
                       open.content != Content::prekeys && open.content != Content::row;
  const bool renamed = of_peer && open.name != name_of(who, open.peer);
  // Somebody of whom nothing was held is called otherwise, which the device need not know.
  if (renamed && !open.known) return;
  HostileStore& store = open.running.store;
  if (pick % 8 == 3) store.arm(failures[pick / 8 % failures.size()], struck_, pick / 32 % 2 == 0);
  const std::uint64_t before = machine.disk.now().serial;
  const auto released = (*std::move(open.work)).commit();
  const bool stored = machine.disk.now().serial != before;
  if (!released && !fails_truly(who, open, released.error(), stored)) return;
  check_told(who, open);
  for (const OpenWork::Told& told : open.told)
    if (!told.is_walk) told.check();
  if (renamed)
    ledger_.violated(Rule::knows_falsely, "work for " + open.name.name + " is stored", {who});
  if (open.since != before) struck_.add(Deed::open_work_stored);
  if (released) know(who, released->number);
  if (open.done) {
    // Whatever has a time in it has that of when it was done.
    const Instant now = std::exchange(now_, open.at);
    note_stored(who, open, released ? &*released : nullptr);
    now_ = now;
  }
  if (stored) saved(who);
  if (open.done && open.content == Content::prekeys && released) upload(who, *released->upload, 1);
}

/// Whether it is stored all the same, so that nobody is told; otherwise it came to nothing.
bool World::fails_truly(Who who, OpenWork& open, Error error, bool stored) {
  const HostileStore& store = open.running.store;
  const std::string told = "end: " + std::string(sotto::name(error));
  if (stored && error != Error::outcome_unknown)
    ledger_.violated(Rule::stored_but_failed, told, {who});
  const bool is_true =
      (store.failed() && (error == Error::store_failed || error == Error::outcome_unknown)) ||
      (store.conflicted() && error == Error::conflict);
  if (!is_true)
    static_cast<void>(takes_error(
        who, open, error, [this, who, told] { ledger_.violated(Rule::false_error, told, {who}); }));
  return stored;
}

/// It is stored; without `released` nothing came out of it.
void World::note_stored(Who who, OpenWork& open, const Released* released) {
  Machine& machine = *machines_[who];
  switch (open.content) {
    case OpenWork::Content::nothing:
      break;
    case OpenWork::Content::connect:
      note_connected(who, open.peer, *open.fetched, false);
      break;
    case OpenWork::Content::send: {
      Came<Sealed> came{.stored = true};
      if (released != nullptr) came.value = released->sealed;
      note_sent(who, open.peer, open.text, came);
      break;
    }
    case OpenWork::Content::deliver: {
      Came<Heard> came{.stored = true};
      if (released != nullptr) came.value = released->heard;
      note_opened(Letter(ledger_.letters()[open.letter]), came, true, 1);
      break;
    }
    case OpenWork::Content::prekeys:
      ledger_.of(who).prekeys_unsure = true;
      if (released != nullptr) note_prekeys(who, *released->upload, false);
      break;
    case OpenWork::Content::row:
      if (ledger_.of(who).count != open.count)
        ledger_.violated(Rule::knows_falsely, "a row was written over another's", {who});
      ++ledger_.of(who).count;
      break;
    case OpenWork::Content::snapshot: {
      if (released == nullptr) break;
      const auto peer = open.peer == who ? std::nullopt : std::optional(open.peer);
      const auto present = snapshot_of(who, peer, 1);
      if (present && *present != *released->snapshot)
        ledger_.violated(Rule::past_restored, "it is one of the past", {who});
      machine.snapshots.push_back({peer, *released->snapshot, machine.installation});
      break;
    }
  }
}

}  // namespace sotto::prop::sim
