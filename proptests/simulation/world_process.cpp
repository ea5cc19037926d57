// SPDX-License-Identifier: MIT OR Apache-2.0
/// Stores that go back and lie, and processes that die, fork and meet.
#include <array>
#include <cstdlib>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

#include "world.hpp"

namespace sotto::prop::sim {

World::Process& World::process(Who who, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  // What was armed for the second one is forgotten with it.
  if (!machine.processes[0]) open(who, machine.keeps_number || pick % 4 != 0);
  const std::size_t which = machine.processes[1] ? pick / 4 % 2 : 0;
  return *machine.processes[which];
}

void World::know(Who who, std::uint64_t number, bool lied) {
  Machine& machine = *machines_[who];
  if (number < machine.newest) return;
  machine.newest = number;
  machine.newest_serial = machine.disk.now().serial + (lied ? 1 : 0);
}

void World::stop(Who who) {
  for (auto& running : machines_[who]->processes) running.reset();
  machines_[who]->open.clear();
}

/// A device with an identity and a store of its own; whoever knew the one before has to learn of
/// it.
void World::set_up(Who who) {
  Machine& machine = *machines_[who];
  if (machine.keys) {
    ++machine.installation;
    ledger_.reinstalled(who);
  }
  auto identity = IdentityKeyPair::generate(machine.tape);
  if (!identity) throw std::runtime_error("no identity");
  machine.keys.emplace(*std::move(identity));
  machine.identity = machine.keys->public_key();
  machine.registration =
      RegistrationId{static_cast<std::uint32_t>(100 + who + 10 * machine.installation)};
  machine.snapshots.clear();
  begin_anew(who);
}

void World::begin_anew(Who who) {
  Machine& machine = *machines_[who];
  stop(who);
  machine.disk = {};
  machine.went_back = false;
  machine.newest_key = 0;
  auto running = std::make_unique<Process>(machine.disk);
  auto device =
      DeviceUnderTest::create(running->store, machine.newest_key, *machine.keys,
                              DeviceId{machine.name.device}, machine.registration, limits_);
  if (!device) throw std::runtime_error("no device");
  running->device.emplace(*std::move(device));
  machine.newest = 0;
  machine.newest_serial = 0;
  machine.renews = false;
  machine.processes[0] = std::move(running);
  saved(who);
  tend_prekeys(who, 0);
}

/// The rows may be under an older key than the newest: of what is kept all are tried.
void World::open(Who who, bool passes_number) {
  Machine& machine = *machines_[who];
  for (int attempt = 0; attempt < 3; ++attempt) {
    auto running = std::make_unique<Process>(machine.disk);
    const auto number = passes_number ? std::optional(machine.newest) : std::nullopt;
    std::uint8_t key = machine.newest_key;
    auto device = DeviceUnderTest::open(running->store, key, number, limits_);
    while (!device && device.error() == Error::corrupted && key > 0)
      device = DeviceUnderTest::open(running->store, --key, number, limits_);
    if (device) {
      if (machine.disk.is_behind()) {
        if (passes_number && machine.newest != 0 &&
            machine.newest_serial > machine.disk.now().serial)
          ledger_.violated(Rule::rollback_untold, "open", {who});
        // The one case that nobody can tell: whole, closed, and no number at hand.
        take_as_it_is(who);
      }
      if (!machine.disk.touched() && key != ledger_.of(who).storage_key)
        ledger_.violated(Rule::knows_falsely, "another storage key opens the rows", {who});
      running->device.emplace(*std::move(device));
      running->key = key;
      running->seen = machine.disk.now().serial;
      machine.processes[0] = std::move(running);
      return;
    }
    const Error error = device.error();
    const bool true_word = error == Error::rolled_back || error == Error::corrupted ||
                           (error == Error::not_set_up && machine.disk.now().rows.empty());
    if (!machine.disk.touched() || !true_word)
      ledger_.violated(Rule::false_error, "open: " + std::string(sotto::name(error)), {who});
    if (!machine.disk.repair()) break;
  }
  set_up(who);
}

void World::take_as_it_is(Who who) {
  Machine& machine = *machines_[who];
  const std::uint64_t serial = machine.disk.now().serial;
  for (const auto& running : machine.processes)
    if (running) running->set_back(serial);
  end_open(who);
  machine.disk.take_as_it_is();
  machine.went_back = true;
  ++machine.installation;
  machine.renews = true;
  machine.newest = 0;  // The sealed number of what is there is none that the app was told.
  machine.newest_serial = serial;
  ledger_.set_back(who, serial);
}

bool World::must_tell(Who who, Process& running) {
  const Machine& machine = *machines_[who];
  if (running.must_tell) return true;
  if (!machine.disk.is_behind()) return false;
  if (running.seen > machine.disk.now().serial) return true;
  take_as_it_is(who);
  return false;
}

bool World::shows_tampering(Who who, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  if (!machine.disk.is_tampered()) return false;
  Process next(machine.disk);
  auto device =
      DeviceUnderTest::open(next.store, ledger_.of(who).storage_key, std::nullopt, limits_);
  // Rows of a session are compared when its peer is read.
  bool shown = !device;
  for (Who peer = 0; peer <= machines_.size() && !shown; ++peer)
    shown = peer != who && !device->look_at(name_of(who, peer), now_);
  if (shown) see_to_store(who, pick);
  return shown;
}

/// Who said that its store went back goes on no more, also if what was there is put back under it.
void World::check_stays_rolled_back(Who who) {
  for (const auto& running : machines_[who]->processes) {
    if (!running || !running->said_rolled_back) continue;
    running->store.begin_step();
    const auto answer = running->device->peers();
    if (answer || answer.error() != Error::rolled_back)
      ledger_.violated(Rule::rollback_untold, "it was said once and is forgotten", {who});
    struck_.add(Deed::asked_after_rollback);
  }
}

/// The owner puts back what was there, if it is anywhere, or sets the device up anew.
void World::see_to_store(Who who, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  // A person may take what is there for granted, and the number is gone with the app.
  const bool as_it_is = machine.disk.is_behind() && !machine.keeps_number && pick % 3 == 0;
  end_open(who);
  const bool goes_on = as_it_is || machine.disk.repair();
  check_stays_rolled_back(who);
  stop(who);
  if (goes_on)
    open(who, !as_it_is);
  else
    set_up(who);
}

bool World::judge(Who who, Process& running, Error error, bool stored, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  const HostileStore& store = running.store;
  const std::string told = "any operation: " + std::string(sotto::name(error));
  switch (error) {
    case Error::store_failed:
    case Error::conflict:
      if (stored) ledger_.violated(Rule::stored_but_failed, told, {who});
      if (error == Error::store_failed ? store.failed() : store.conflicted()) return true;
      // Rows that were touched can be at a revision that nobody expects; then it is the owner's.
      if (error == Error::conflict && machine.disk.touched()) {
        see_to_store(who, pick);
        return true;
      }
      break;
    case Error::outcome_unknown:
      if (store.failed()) return true;
      break;
    case Error::rolled_back:
    case Error::corrupted:
      running.said_rolled_back = error == Error::rolled_back;
      if (machine.disk.touched())
        see_to_store(who, pick);
      else if (running.must_tell || running.may_tell)
        stop(who);
      else
        break;
      return true;
    default:
      return shows_tampering(who, pick);
  }
  last_trouble_ = told;
  ledger_.violated(Rule::false_error, told, {who});
}

/// The next commit of the machine's first process goes wrong in this way.
void World::arm(const WorldEvent& event) {
  process(who(event), 0).store.arm(fault_of(event), struck_, event.detail % 2 == 0);
}

/// A backup is put back, by a few commits or by many: while the device is closed, while it is open,
/// or so that the store's number stays what it was.
void World::set_back(const WorldEvent& event) {
  const Who self = who(event);
  Machine& machine = *machines_[self];
  if (machine.disk.touched() || machine.disk.states() < 3) return;
  const Fault fault = fault_of(event);
  const std::size_t most = machine.disk.states() - 2;  // that there is a device stays
  if (fault == Fault::store_back_closed) stop(self);
  machine.disk.go_back(1 + event.detail / 8 % (event.detail % 2 == 0 ? 1 : most),
                       fault == Fault::store_back_numbered);
  strike(fault, self);
}

void World::tamper(const WorldEvent& event) {
  const Who self = who(event);
  Machine& machine = *machines_[self];
  if (machine.disk.touched()) return;
  if (event.detail % 2 == 0) stop(self);
  const Fault fault = fault_of(event);
  const std::uint32_t pick = event.detail / 4;
  bool done = false;
  if (fault == Fault::row_back)
    done = machine.disk.set_row_back(pick, event.detail / 2 % 2 == 0);
  else if (fault == Fault::rows_erased)
    done = machine.disk.erase_rows(pick);
  else
    done = machine.disk.exchange_row(machines_[whom(event)]->disk, pick);
  if (done) strike(fault, self);
}

void World::close(const WorldEvent& event) {
  stop(who(event));
  strike(Fault::killed_between, who(event));
  if (event.detail % 8 == 0) check_inbox(who(event));
}

/// One more, over rows that nobody touched.
void World::open_beside(Who who, Process& running) {
  const Machine& machine = *machines_[who];
  running.key = ledger_.of(who).storage_key;
  auto device = DeviceUnderTest::open(running.store, running.key, machine.newest, limits_);
  if (!device)
    ledger_.violated(Rule::false_error, "open: " + std::string(sotto::name(device.error())), {who});
  running.device.emplace(*std::move(device));
  running.seen = machine.disk.now().serial;
}

void World::second_process(const WorldEvent& event) {
  const Who self = who(event);
  Machine& machine = *machines_[self];
  static_cast<void>(process(self, 0));
  if (machine.disk.touched() || machine.processes[0]->must_tell) return;
  if (machine.processes[1]) {
    machine.processes[1].reset();
    return;
  }
  machine.processes[1] = std::make_unique<Process>(machine.disk);
  open_beside(self, *machine.processes[1]);
  strike(Fault::second_process, self);
}

/// The process forks; the child seals a message, sends it and ends, and the parent goes on.
void World::fork_process(const WorldEvent& event) {
  const Who self = who(event);
  const Who to = whom(event);
  Process& running = process(self, 0);
  Machine& machine = *machines_[self];
  if (running.must_tell || machine.disk.touched() || !ledger_.of(self).peers[to].current) return;
  const Blob text = plaintext(machine, event.detail);
  const bool leapt = machine.clock.leaps();
  const Instant at = reading(machine);
  running.store.begin_step();
  running.store.disarm();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const ::pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no fork");
  if (child == 0) {
    const auto sealed = running.device->encrypt(name_of(self, to), text, at);
    Blob told{static_cast<std::uint8_t>(sealed ? 1 : 0),
              static_cast<std::uint8_t>(sealed ? static_cast<int>(sealed->kind)
                                               : static_cast<int>(sealed.error()))};
    if (sealed) told.insert(told.end(), sealed->bytes.begin(), sealed->bytes.end());
    // Shorter than what a pipe takes at once.
    const auto written = ::write(ends[1], told.data(), told.size());
    ::_exit(written == static_cast<::ssize_t>(told.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  Blob told(4096);
  std::size_t got = 0;
  for (::ssize_t n = 1; n > 0; got += static_cast<std::size_t>(n > 0 ? n : 0))
    n = ::read(ends[0], told.data() + got, told.size() - got);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0 || got < 2) throw std::runtime_error("the child ended wrongly");
  strike(Fault::forked, self);
  if (told[0] == 0) {
    const auto error = static_cast<Error>(told[1]);
    const PeerTruth& truth = ledger_.of(self).peers[to];
    const bool may_be_old = leapt || (!truth.answered && now_ - truth.begun >= surely_young);
    if (error != Error::wrong_state && !(error == Error::no_session && may_be_old))
      ledger_.violated(Rule::false_error, "child: " + std::string(sotto::name(error)), {self});
    return;
  }
  told.resize(got);
  post({.from = self,
        .to = to,
        .kind = static_cast<MessageKind>(told[1]),
        .bytes = Blob(told.begin() + 2, told.end()),
        .plaintext = text,
        .session = *ledger_.of(self).peers[to].current,
        .identity = machine.identity},
       &machine);
}

/// One device, two units of work at the same time: whatever leaves it does so under different
/// numbers.
void World::two_transactions(const WorldEvent& event) {
  const Who self = who(event);
  const Who to = whom(event);
  Process& running = process(self, 0);
  Machine& machine = *machines_[self];
  if (running.must_tell || machine.disk.touched() || !ledger_.of(self).peers[to].current) return;
  running.store.begin_step();
  running.store.disarm();
  const Blob text = plaintext(machine, event.detail);
  const auto all = running.device->two_at_once(name_of(self, to), text, reading(machine));
  strike(Fault::two_transactions, self);
  const PeerTruth truth = ledger_.of(self).peers[to];
  for (const auto& one : all) {
    if (one) {
      know(self, one->number);
      running.seen = machine.disk.now().serial;
      post({.from = self,
            .to = to,
            .kind = one->kind,
            .bytes = one->bytes,
            .plaintext = text,
            .session = *truth.current,
            .identity = machine.identity},
           &machine);
      saved(self);
    } else if (one.error() != Error::conflict && one.error() != Error::wrong_state &&
               one.error() != Error::no_session &&
               !(one.error() == Error::identity_in_use && truth.accepted &&
                 ledger_.proved_elsewhere(self, to, *truth.accepted))) {
      ledger_.violated(Rule::false_error, "at once: " + std::string(sotto::name(one.error())),
                       {self});
    }
  }
}

/// An app notes that a person verified an identity, while another process accepts another one.
void World::verify_identity(const WorldEvent& event) {
  const Who self = who(event);
  const Who peer = whom(event);
  Process& running = process(self, 0);
  Machine& machine = *machines_[self];
  PeerTruth& truth = ledger_.of(self).peers[peer];
  if (running.must_tell || machine.disk.touched() || !truth.accepted) return;
  running.store.disarm();
  const auto other = IdentityKeyPair::generate(machine.tape);
  if (!other) throw std::runtime_error("no identity");
  Process second(machine.disk);
  open_beside(self, second);
  bool accepted = false;
  const auto came =
      operate<std::optional<IdentityPublic>>(self, 0, [&](DeviceUnderTest& first, Instant) {
        return first.note_identity(name_of(self, peer), Blob{'v'}, [&] {
          if (!accepted)
            accepted = second.device->accept_identity(name_of(self, peer), other->public_key())
                           .has_value();
        });
      });
  strike(Fault::second_process, self);
  if (accepted) {
    truth = {};
    truth.accepted = other->public_key();
    truth.proved = true;
    saved(self);
  }
  if (came.value && *came.value && accepted && **came.value != other->public_key())
    ledger_.violated(Rule::verified_falsely, "after another was accepted", {self});
}

}  // namespace sotto::prop::sim
