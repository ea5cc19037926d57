// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which session is the current one, in many random orders of messages [SES-4-10].
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

/// Two people, and what is on its way between them; any of it may come next.
struct Talk : Two {
  struct Underway {
    Letter letter;
    bool must_open;
  };
  explicit Talk(std::uint64_t seed, const SessionLimits& limits = {})
      : Two(limits, seed), dice(seed) {}

  bool chance(unsigned in) { return dice() % in == 0; }
  void write(Person& from, bool must_open = true) {
    (&from == &alice ? to_bob : to_alice).push_back({from.send("text"), must_open});
  }
  /// One that is on its way to `to`; whether it opened.
  bool read(Person& to) {
    auto& all = &to == &alice ? to_alice : to_bob;
    if (all.empty()) return false;
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(dice() % all.size());
    const Underway next = *at;
    all.erase(at);
    const bool opened = to.receive(next.letter).has_value();
    EXPECT_TRUE(opened || !next.must_open);
    return opened;
  }

  std::mt19937_64 dice;
  std::vector<Underway> to_alice, to_bob;
};

TEST(SuccessionRuns, two_who_begin_at_once_come_together_whatever_the_order) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Talk run(seed);
    ASSERT_TRUE(run.alice.connect(run.bob));
    ASSERT_TRUE(run.bob.connect(run.alice));
    for (unsigned steps = static_cast<unsigned>(run.dice() % 60); steps > 0; --steps)
      for (Person* const each : {&run.alice, &run.bob}) {
        if (run.chance(3)) run.write(*each);
        if (run.chance(2)) run.read(*each);
      }
    while (!run.to_alice.empty() || !run.to_bob.empty())
      for (Person* const each : {&run.alice, &run.bob}) run.read(*each);
    // In turns, or both at once in each round.
    const bool in_turns = seed % 2 == 0;
    for (int round = 0; round < (in_turns ? 2 : 4); ++round) {
      run.write(run.alice);
      if (in_turns) run.read(run.bob);
      run.write(run.bob);
      run.read(run.alice);
      if (!in_turns) run.read(run.bob);
    }
    EXPECT_TRUE(together(run)) << seed;
  }
}

TEST(SuccessionRuns, one_who_begins_again_and_again_and_its_peer_come_together) {
  // Whatever overtakes whatever. In turns from then on; the peer may first stay in the other one
  // until eight messages came in a row.
  SessionLimits limits;
  limits.max_unanswered_connects = 1000;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Talk run(seed, limits);
    ASSERT_TRUE(run.alice.connect(run.bob, false));
    for (unsigned steps = static_cast<unsigned>(run.dice() % 60); steps > 0; --steps) {
      if (run.chance(5)) {
        ASSERT_TRUE(run.alice.connect(run.bob, false));
      }
      if (run.chance(3)) run.write(run.alice, false);
      if (run.chance(3)) run.read(run.bob);
      if (run.bob.peer->current() != nullptr && run.chance(3)) run.write(run.bob, false);
      if (run.chance(3)) run.read(run.alice);
    }
    while (!run.to_alice.empty() || !run.to_bob.empty())
      for (Person* const each : {&run.alice, &run.bob}) run.read(*each);
    for (int round = 0; round < 10; ++round) {
      run.write(run.alice);
      run.read(run.bob);
      run.write(run.bob);
      run.read(run.alice);
    }
    EXPECT_TRUE(together(run)) << seed;
  }
}

TEST(SuccessionRuns, after_a_recovery_only_what_was_under_way_is_lost) {
  // They have spoken; then Bob loses all of it and begins anew. What Alice writes after she has
  // heard of it opens.
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Talk run(seed);
    Person& began = seed % 2 == 0 ? run.alice : run.bob;
    Person& answered = seed % 2 == 0 ? run.bob : run.alice;
    ASSERT_TRUE(began.connect(answered));
    ASSERT_TRUE(answered.receive(began.send("first")));
    ASSERT_TRUE(began.receive(answered.send("answer")));
    ASSERT_TRUE(answered.receive(began.send("goes on")));
    const auto go_on = [&](unsigned steps, bool must_open) {
      for (; steps > 0; --steps) {
        if (run.chance(3)) run.write(run.alice, must_open);
        if (run.chance(3)) run.write(run.bob);
        if (run.chance(2)) run.read(run.alice);
        if (run.chance(2)) run.read(run.bob);
      }
    };
    go_on(20, true);
    run.bob.peer->erase_sessions();
    ASSERT_TRUE(run.bob.connect(run.alice));
    const Letter anew = run.bob.send("anew");
    for (auto& underway : run.to_bob) underway.must_open = false;
    go_on(5, false);
    ASSERT_TRUE(run.alice.receive(anew));
    go_on(60, true);
    EXPECT_TRUE(together(run)) << seed;
  }
}

}  // namespace
}  // namespace sotto::session
