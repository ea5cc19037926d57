// SPDX-License-Identifier: MIT OR Apache-2.0
/// A run of a world: made of a seed, run, made as short as it can be, written down and read again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules.hpp"
#include "world.hpp"

namespace sotto::prop::sim {

/// A world's seed and what happens in it.
struct Plan {
  std::uint64_t seed = 1;
  std::vector<WorldEvent> events;
};

/// 30 to 90 events, with a few of all faults, chosen by the seed.
[[nodiscard]] Plan plan_of(std::uint64_t seed);

/// Run it and heal; what did not hold, if anything.
[[nodiscard]] std::optional<Violation> run(const Plan& plan, Struck& struck);

/// The shortest plan found that violates the same rule: events are left out, then numbers halved.
/// Runs at most `most_runs` worlds.
[[nodiscard]] Plan shrunk(const Plan& plan, const Violation& violation,
                          std::size_t most_runs = 2000);
/// The same for another way to run a plan.
using Runner = std::function<std::optional<Violation>(const Plan&)>;
[[nodiscard]] Plan shrunk(const Plan& plan, const Violation& violation, std::size_t most_runs,
                          const Runner& runner);

/// One line from which `plan_from` makes the same plan, and nothing from anything else.
[[nodiscard]] std::string line_of(const Plan& plan);
[[nodiscard]] std::optional<Plan> plan_from(std::string_view line);

/// Events in words, one a line.
[[nodiscard]] std::string describe(const Plan& plan);

}  // namespace sotto::prop::sim
