// SPDX-License-Identifier: MIT OR Apache-2.0
/// The world heals, and everybody comes together again.
#include "world.hpp"

namespace sotto::prop::sim {

/// Nothing goes wrong any more. What was lost is lost, and its owner sees to it.
void World::calm() {
  healing_ = true;
  network_.join();
  service_fault_.reset();
  for (Who who = 0; who < machines_.size(); ++who) {
    Machine& machine = *machines_[who];
    machine.clock.mend();
    if (machine.processes[0]) machine.processes[0]->store.disarm();
    end_open(who);
    machine.processes[1].reset();
    if (machine.disk.touched()) see_to_store(who, 1);
  }
}

/// One message from one to the other, delivered at once; whether it opened.
bool World::exchange(Who from, Who to) {
  if (!send_to(from, to, 1)) return false;
  const std::uint32_t id = static_cast<std::uint32_t>(ledger_.letters().size() - 1);
  return deliver_letter(id, 1) == Delivery::opened;
}

/// Every pair tries once; what does not come through is tried with a new session the next time.
/// People compare safety numbers where an alarm was given. Whether all came through.
bool World::round(bool connects) {
  bool all = true;
  for (Who from = 0; from < machines_.size(); ++from)
    for (Who to = 0; to < machines_.size(); ++to) {
      if (machines_[from]->name.name == machines_[to]->name.name) continue;
      get_ready(from, 1);
      const PeerName name = name_of(from, to);
      const auto known = operate<std::optional<IdentityPublic>>(
          from, 1, [&](DeviceUnderTest& device, Instant) { return device.identity(name); });
      if (known.value && *known.value && **known.value != machines_[to]->identity)
        accept_identity(from, to, machines_[to]->identity, 1);
      if (exchange(from, to)) continue;
      all = false;
      if (connects) connect_to(from, to, 1);
    }
  now_ += std::chrono::minutes(10);
  return all;
}

/// All that waits, in the order in which it was sent; whether anything opened.
bool World::deliver_waiting() {
  const auto waiting = network_.waiting();
  bool any = false;
  for (const std::uint32_t id : waiting) any = deliver_letter(id, 1) == Delivery::opened || any;
  return any;
}

void World::heal() {
  calm();
  deliver_waiting();
  unsigned rounds = 0;
  for (bool together = false; !together; ++rounds) {
    if (rounds == healing_rounds)
      ledger_.violated(Rule::not_converged, last_trouble_, {0, 1, 2, 3});
    for (Who who = 0; who < machines_.size(); ++who) tend_prekeys(who, 1);
    // What was kept may open once people have compared safety numbers.
    together = round(true) && !deliver_waiting();
  }
  for (; rounds < healing_rounds; ++rounds) {
    bool all = true;
    for (Who who = 0; who < machines_.size(); ++who) {
      tend_prekeys(who, 1);
      all = all && service_.left(who) > 0;
    }
    if (all) break;
    now_ += std::chrono::hours(24);
  }
  for (Who who = 0; who < machines_.size(); ++who) {
    if (service_.left(who) == 0)
      ledger_.violated(Rule::prekeys_not_published, "device " + std::to_string(who), {who});
    check_inbox(who);
  }

  // Each operation erases a little of what is old. Where a thief spoke in a session that nobody had
  // answered, two may have been on two sessions until these were over: then people `connect`.
  const bool thief = !stolen_.empty();
  for (unsigned age = 0; age < ageing_rounds; ++age) {
    now_ += std::chrono::days(31);
    for (Who who = 0; who < machines_.size(); ++who) tend_prekeys(who, 1);
    bool all = true;
    for (unsigned i = 0; i < most_exchanges && (i < 2 || !all || !what_is_old().empty()); ++i) {
      all = round(thief);
      if (!all && !thief) break;
    }
    if (!all) ledger_.violated(Rule::not_converged, last_trouble_, {0, 1, 2, 3});
  }
  if (const std::string old = what_is_old(); !old.empty())
    ledger_.violated(Rule::old_stays, old, {0, 1, 2, 3});

  // Nobody hears a thief any more, and everybody knows of the others what is so.
  for (Stolen& copy : stolen_) thief_writes(copy, 1);
  for (Who who = 0; who < machines_.size(); ++who) check_knowledge(who, 1);
}

/// Sessions and keys that are kept for what may come late, in words; empty when there are none.
std::string World::what_is_old() {
  std::size_t archived = 0;
  std::size_t skipped = 0;
  for (Who who = 0; who < machines_.size(); ++who)
    for (Who peer = 0; peer < machines_.size(); ++peer) {
      if (machines_[who]->name.name == machines_[peer]->name.name) continue;
      get_ready(who, 1);
      const PeerName name = name_of(who, peer);
      const auto info = operate<SessionInfo>(
          who, 1, [&](DeviceUnderTest& device, Instant at) { return device.info(name, at); });
      if (!info.value) continue;
      archived += info.value->archived;
      skipped += info.value->skipped_keys;
    }
  if (archived + skipped == 0) return {};
  return std::to_string(archived) + " archived sessions, " + std::to_string(skipped) +
         " skipped keys";
}

}  // namespace sotto::prop::sim
