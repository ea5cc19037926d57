// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run.hpp"

#include <algorithm>
#include <charconv>

namespace sotto::prop::sim {

Plan plan_of(std::uint64_t seed) {
  Dice dice(mixed(seed) ^ 0x9a7);
  FaultSet chosen;
  constexpr auto drawn = static_cast<std::uint32_t>(index_of(Fault::left_open));
  for (std::uint32_t left = 1 + dice.below(6); left > 0; --left) chosen.set(dice.below(drawn));
  // Work is left open beside whatever else goes wrong.
  if (Dice(mixed(seed) ^ 0x0be2).below(4) == 0) chosen.set(drawn);
  // A snapshot matters once the store went back.
  if (chosen.test(index_of(Fault::snapshot_dropped)))
    chosen.set(index_of(Fault::snapshot_restored)).set(index_of(Fault::store_back_closed));
  const auto& kinds = World::kinds();
  std::vector<std::uint8_t> tickets;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    if (!kinds[kind].fault || chosen.test(index_of(*kinds[kind].fault)))
      tickets.insert(tickets.end(), kinds[kind].weight, static_cast<std::uint8_t>(kind));
  Plan plan{seed, {}};
  for (std::uint32_t left = 30 + dice.below(61); left > 0; --left)
    plan.events.push_back({tickets[dice.below(static_cast<std::uint32_t>(tickets.size()))],
                           static_cast<std::uint8_t>(dice.below(16)),
                           static_cast<std::uint8_t>(dice.below(16)), dice.below(1 << 20)});
  return plan;
}

std::optional<Violation> run(const Plan& plan, Struck& struck) {
  ++struck.runs;
  try {
    World world(plan.seed, struck);
    for (const WorldEvent& event : plan.events) world.apply(event);
    world.heal();
  } catch (const Violation& violation) {
    return violation;
  }
  return std::nullopt;
}

namespace {

/// Tries plans, and keeps each that fails in the same way.
class Shrinking {
 public:
  Shrinking(Plan plan, const Violation& violation, std::size_t most_runs, const Runner& runner)
      : runner_(runner),
        best_(std::move(plan)),
        rule_(violation.rule),
        known_(known(violation) != nullptr),
        left_(most_runs) {}

  [[nodiscard]] const Plan& best() const { return best_; }
  [[nodiscard]] bool is_over() const { return left_ == 0; }

  bool keeps(const Plan& plan) {
    if (left_ == 0) return false;
    --left_;
    const auto violation = runner_(plan);
    if (!violation || violation->rule != rule_ || (known(*violation) != nullptr) != known_)
      return false;
    best_ = plan;
    return true;
  }

  /// Leaves out `n` events from `at`.
  bool keeps_without(std::size_t at, std::size_t n) {
    Plan plan = best_;
    const auto from = plan.events.begin() + static_cast<std::ptrdiff_t>(at);
    plan.events.erase(from,
                      from + static_cast<std::ptrdiff_t>(std::min(n, plan.events.size() - at)));
    return keeps(plan);
  }

 private:
  const Runner& runner_;
  Plan best_;
  Rule rule_;
  bool known_;
  std::size_t left_;
};

}  // namespace

Plan shrunk(const Plan& plan, const Violation& violation, std::size_t most_runs) {
  return shrunk(plan, violation, most_runs, [](const Plan& shorter) {
    Struck ignored;
    return run(shorter, ignored);
  });
}

Plan shrunk(const Plan& plan, const Violation& violation, std::size_t most_runs,
            const Runner& runner) {
  Shrinking shrinking(plan, violation, most_runs, runner);
  for (bool better = true; better && !shrinking.is_over();) {
    better = false;
    for (std::size_t n = std::max<std::size_t>(1, shrinking.best().events.size() / 2); n > 0;
         n /= 2)
      for (std::size_t at = 0; at < shrinking.best().events.size();) {
        if (shrinking.keeps_without(at, n))
          better = true;
        else
          at += n;
      }
  }
  for (std::size_t i = 0; i < shrinking.best().events.size(); ++i) {
    const auto halve = [&](auto WorldEvent::* number) {
      for (Plan smaller = shrinking.best(); smaller.events[i].*number > 0;) {
        smaller.events[i].*number /= 2;
        if (!shrinking.keeps(smaller)) return;
      }
    };
    halve(&WorldEvent::detail);
    halve(&WorldEvent::whom);
    halve(&WorldEvent::who);
  }
  return shrinking.best();
}

std::string line_of(const Plan& plan) {
  std::string line = std::to_string(plan.seed) + ":";
  for (const WorldEvent& event : plan.events)
    line += std::to_string(event.kind) + "." + std::to_string(event.who) + "." +
            std::to_string(event.whom) + "." + std::to_string(event.detail) + ",";
  return line;
}

std::optional<Plan> plan_from(std::string_view line) {
  const char* at = line.data();
  const char* const end = at + line.size();
  bool good = true;
  const auto number = [&](auto& into, char then) {
    const auto read = std::from_chars(at, end, into);
    good = good && read.ec == std::errc() && read.ptr != end && *read.ptr == then;
    if (good) at = read.ptr + 1;
  };
  Plan plan;
  number(plan.seed, ':');
  while (good && at != end) {
    WorldEvent event;
    number(event.kind, '.');
    number(event.who, '.');
    number(event.whom, '.');
    number(event.detail, ',');
    good = good && event.kind < World::kinds().size();
    if (good) plan.events.push_back(event);
  }
  return good ? std::optional(plan) : std::nullopt;
}

std::string describe(const Plan& plan) {
  std::string text;
  for (const WorldEvent& event : plan.events) text += "  " + describe(event) + "\n";
  return text;
}

}  // namespace sotto::prop::sim
