// SPDX-License-Identifier: MIT OR Apache-2.0
/// A world as it begins; time, network and service.
#include "world.hpp"

#include <stdexcept>

namespace sotto::prop::sim {
namespace {

constexpr Instant beginning{std::chrono::days(20'000)};

/// Few prekeys, so that they run out; sessions as they are, so that what is lost is a loss.
DeviceLimits few_prekeys() {
  DeviceLimits limits;
  limits.sessions.ratchet.max_receiving_chains = 32;
  limits.prekeys.batch = 6;
  limits.prekeys.low_water = 3;
  limits.prekeys.max_last_resort = 8;
  limits.prekeys.max_last_resort_per_name = 4;
  return limits;
}

}  // namespace

const std::vector<World::Kind>& World::kinds() {
  using W = World;
  using enum Fault;
  static const std::vector<Kind> all{
      {"connect", 8, {}, &W::connect},
      {"send", 18, {}, &W::send},
      {"deliver", 24, {}, &W::deliver},
      {"tend prekeys", 4, {}, &W::tend},
      {"hours pass", 4, {}, &W::pass_hours},
      {"accept", 1, {}, &W::accept},
      {"erase sessions", 1, {}, &W::erase},
      {"forget", 2, {}, &W::forget},
      {"rename", 2, {}, &W::rename},
      {"look", 2, {}, &W::look},
      {"rotate the storage key", 1, {}, &W::rotate_key},
      {"purge", 1, {}, &W::purge},
      {"write to the stranger", 2, {}, &W::greet_stranger},
      {"stranger writes", 3, {}, &W::stranger_writes},
      {"store goes back closed", 3, store_back_closed, &W::set_back},
      {"store goes back open", 3, store_back_open, &W::set_back},
      {"store goes back, number kept", 3, store_back_numbered, &W::set_back},
      {"row goes back", 4, row_back, &W::tamper},
      {"rows erased", 4, rows_erased, &W::tamper},
      {"row of another device", 4, row_exchanged, &W::tamper},
      {"store lies", 4, store_lies, &W::arm},
      {"store fails before", 4, store_fails_before, &W::arm},
      {"store fails after", 4, store_fails_after, &W::arm},
      {"store unreadable", 4, store_unreadable, &W::arm},
      {"open in doubt", 5, store_unreadable, &W::open_in_doubt},
      {"store conflict", 4, store_conflict, &W::arm},
      {"killed before a write", 4, killed_before_write, &W::arm},
      {"killed after a write", 4, killed_after_write, &W::arm},
      {"killed between", 4, killed_between, &W::close},
      {"fork", 4, forked, &W::fork_process},
      {"two transactions", 4, two_transactions, &W::two_transactions},
      {"second process", 4, second_process, &W::second_process},
      {"verify an identity", 4, second_process, &W::verify_identity},
      {"clock leaps", 6, year_ahead, &W::leap_clock},
      {"repeat", 6, message_repeated, &W::deliver_again},
      {"reorder", 10, message_reordered, &W::deliver_any},
      {"lose a message", 4, message_forgotten, &W::forget_message},
      {"hold for days", 5, held_for_days, &W::hold_for_days},
      {"split", 3, network_split, &W::split},
      {"drain prekeys", 4, prekeys_drained, &W::drain},
      {"withhold prekeys", 4, prekeys_withheld, &W::misuse_service},
      {"bundle of another", 5, bundle_of_another, &W::misuse_service},
      {"old bundle", 4, bundle_old, &W::misuse_service},
      {"forget an upload", 4, upload_forgotten, &W::misuse_service},
      {"fail an upload", 4, upload_failed, &W::misuse_service},
      {"stranger re-signs", 8, fields_resigned, &W::stranger_resigns},
      {"forge an identity", 5, identity_forged, &W::forge_identity},
      {"forge bytes", 5, bytes_forged, &W::forge_bytes},
      {"stranger floods", 3, stranger_floods, &W::stranger_floods},
      {"steal", 5, state_stolen, &W::steal},
      {"drop a snapshot", 5, snapshot_dropped, &W::drop_snapshot},
      {"restore a snapshot", 5, snapshot_restored, &W::restore_snapshot},
      {"restore dropped work", 5, snapshot_dropped, &W::restore_snapshot},
      {"restore another history", 5, snapshot_restored, &W::restore_other_history},
      {"recover, restore what was lost", 4, snapshot_restored, &W::recover},
      {"leave work open", 10, left_open, &W::leave_open},
      {"go on with open work", 18, left_open, &W::go_on},
  };
  return all;
}

std::string describe(const WorldEvent& event) {
  return std::string(World::kinds()[event.kind].name) + " " + std::to_string(event.who) + " " +
         std::to_string(event.whom) + " " + std::to_string(event.detail);
}

World::World(std::uint64_t seed, Struck& struck)
    : struck_(struck),
      seed_(seed),
      now_(beginning),
      limits_(few_prekeys()),
      stranger_(mixed(seed) ^ 0x5eed),
      ledger_(5, limits_.prekeys.max_last_resort_per_name) {
  Dice dice(seed);
  // alice 1, bob 1, then bob 2 and alice 2.
  const std::size_t devices = 2 + dice.below(5) / 2;
  constexpr std::array<std::pair<const char*, std::uint32_t>, 4> names{
      {{"alice", 1}, {"bob", 1}, {"bob", 2}, {"alice", 2}}};
  for (std::size_t i = 0; i < devices; ++i) {
    const auto shape = static_cast<ClockShape>(dice.below(clock_shapes));
    machines_.push_back(std::unique_ptr<Machine>(
        new Machine{.name = {names[i].first, names[i].second},
                    .disk = {},
                    .clock = MachineClock(shape, mixed(seed + i), beginning),
                    .tape = testing::TapeEntropy(mixed(seed ^ (i + 1) << 40)),
                    .keeps_number = dice.below(2) == 0}));
  }
  for (Who who = 0; who < devices; ++who) set_up(who);
}

void World::apply(const WorldEvent& event) {
  ++struck_.steps;
  (this->*kinds()[event.kind].apply)(event);
  // A person looks at the clock now and then; each event takes a while.
  now_ += std::chrono::seconds(20 + event.detail % 60);
}

std::string World::user_of(Who who) const {
  return who == machines_.size() ? "mallory" : machines_[who]->name.name;
}

PeerName World::name_of(Who viewer, Who whose) {
  const std::string user = user_of(whose);
  const auto& names = ledger_.of(viewer).names;
  const auto other = names.find(user);
  return {other == names.end() ? user : other->second,
          whose == machines_.size() ? 1 : machines_[whose]->name.device};
}

Who World::whom(const WorldEvent& event) const {
  const Who self = who(event);
  const std::size_t n = machines_.size();
  for (std::size_t step = 0; step < n; ++step) {
    const Who other = (self + 1 + (event.whom / 2U + step)) % n;
    if (other == self) continue;
    if (event.whom % 8 != 7 && machines_[other]->name.name == machines_[self]->name.name) continue;
    return other;
  }
  return (self + 1) % n;
}

void World::strike(Fault fault, Who who) {
  struck_.add(fault);
  ledger_.struck(who).set(index_of(fault));
}

bool World::misuses(Fault fault, Who who) {
  if (service_fault_ != fault) return false;
  service_fault_.reset();
  strike(fault, who);
  return true;
}

Instant World::reading(Machine& machine) {
  ++struck_.clocks[static_cast<std::size_t>(machine.clock.shape())];
  return machine.clock.read(now_);
}

void World::pass_hours(const WorldEvent& event) {
  now_ += std::chrono::minutes(event.detail % 360);
}

/// Whatever is on its way stays there for days.
void World::hold_for_days(const WorldEvent& event) {
  if (network_.waiting().empty()) return;
  for (const std::uint32_t id : network_.waiting())
    if (const Who to = ledger_.letters()[id].to; to < machines_.size())
      ledger_.struck(to).set(index_of(Fault::held_for_days));
  struck_.add(Fault::held_for_days);
  now_ += std::chrono::hours(24 + event.detail % 150);
}

void World::forget_message(const WorldEvent& event) {
  if (network_.waiting().empty()) return;
  const auto& waiting = network_.waiting();
  const std::uint32_t id = waiting[event.detail % waiting.size()];
  strike(Fault::message_forgotten, ledger_.letters()[id].to);
  network_.acknowledge(id);
}

/// The two users cannot reach each other until the next split, or until the world heals.
void World::split(const WorldEvent& event) {
  if (network_.is_split())
    network_.join();
  else if (event.detail % 4 != 0) {
    network_.split();
    strike(Fault::network_split, who(event));
  }
}

void World::leap_clock(const WorldEvent& event) {
  machine(event).clock.leap();
  strike(Fault::year_ahead, who(event));
}

void World::drain(const WorldEvent& event) {
  if (service_.left(who(event)) == 0) return;
  service_.drain(who(event));
  strike(Fault::prekeys_drained, who(event));
}

/// The service's next answer is wrong in this way.
void World::misuse_service(const WorldEvent& event) {
  service_fault_ = fault_of(event);
}

}  // namespace sotto::prop::sim
