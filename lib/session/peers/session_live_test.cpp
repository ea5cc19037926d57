// SPDX-License-Identifier: MIT OR Apache-2.0
// The live property: whatever two devices and the network between them do, ours and theirs agree on
// what opens and what does not.
//
//     test_session_live [--seed N] [--scripts N]
#include <iomanip>
#include <iostream>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "session/peers/live_script.hpp"
#include "testing/options.hpp"
#include "testing/soak.hpp"

namespace sotto::peers {
namespace {

constexpr std::uint64_t own_seed = 1;
std::uint64_t first_seed = testing::soak_seed(own_seed);
std::uint64_t scripts = 600 * testing::soak_times();

void print(const Tally& tally) {
  std::cout << std::left << std::setw(34) << "event" << std::right << std::setw(10) << "ours"
            << std::setw(10) << "theirs" << '\n';
  for (std::size_t i = 0; i < event_kinds; ++i) {
    const auto event = static_cast<Event>(i);
    std::cout << std::left << std::setw(34) << name(event) << std::right << std::setw(10)
              << tally.of(event, ours) << std::setw(10) << tally.of(event, theirs) << '\n';
  }
  std::cout << tally.messages << " messages\n";
}

/// What only one side can do: theirs knows no stale bundle, and the script changes only theirs.
bool one_sided(Event event) {
  return event == Event::refuse_stale_bundle || event == Event::refuse_identity;
}

TEST(Live, scripts_agree) {
  Tally tally;
  for (std::uint64_t i = 0; i < scripts; ++i) {
    const std::uint64_t seed = first_seed + i;
    const std::string complaint = Script(seed, tally).run(seed % 10 == 0 ? 400 : 20 + seed % 50);
    ASSERT_EQ(complaint, "") << "seed " << seed << ": run again with --seed " << seed
                             << " --scripts 1";
  }
  print(tally);
  // In fewer scripts, or in others, something rare may not happen.
  if (scripts < 600 || first_seed != own_seed) return;
  for (std::size_t i = 0; i < event_kinds; ++i) {
    const auto event = static_cast<Event>(i);
    EXPECT_GT(tally.of(event, ours), 0U) << name(event);
    if (!one_sided(event)) {
      EXPECT_GT(tally.of(event, theirs), 0U) << name(event);
    }
  }
}

TEST(Live, a_long_conversation) {
  Tally tally;
  const std::string complaint = Script(first_seed, tally).run(6'000);
  EXPECT_EQ(complaint, "");
  EXPECT_GT(tally.messages, 2'000U);
  print(tally);
}

}  // namespace
}  // namespace sotto::peers

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const sotto::testing::NumberOption options[] = {
      {"--seed", &sotto::peers::first_seed},
      {"--scripts", &sotto::peers::scripts, 1},
  };
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  if (!sotto::testing::read_options(words.subspan(1), options)) return 2;
  return RUN_ALL_TESTS();
}
