// SPDX-License-Identifier: MIT OR Apache-2.0
/// The library's sessions beside those of the slow twin, under everything that can happen to them.
#include <cstdlib>
#include <iostream>
#include <random>

#include "generators.hpp"
#include "session_world.hpp"
#include "testing/soak.hpp"

namespace sotto::prop {

void showValue(const SessionEvent& event, std::ostream& out) {
  out << describe(event);
}

namespace {

struct Script {
  std::uint64_t seed = 0;
  std::vector<SessionEvent> events{};
};

rc::Gen<SessionEvent> events() {
  const auto bytes = [] { return within<unsigned>(0, 256); };
  return rc::gen::map(
      rc::gen::tuple(bytes(), bytes(), bytes(), within<std::uint32_t>(0, 1'000'000)),
      [](const auto& numbers) {
        const auto byte = [](unsigned n) { return static_cast<std::uint8_t>(n); };
        return SessionEvent{byte(std::get<0>(numbers)), byte(std::get<1>(numbers)),
                            byte(std::get<2>(numbers)), std::get<3>(numbers)};
      });
}

/// What did not agree after which event, or nothing.
std::string run(const Script& script, Tally& tally) {
  SessionWorld world(script.seed, tally);
  for (std::size_t i = 0; i < script.events.size(); ++i) {
    try {
      world.apply(script.events[i]);
    } catch (const Difference& difference) {
      return "event " + std::to_string(i) + ", " + describe(script.events[i]) + ": " +
             difference.what;
    }
  }
  return {};
}

RC_GTEST_PROP(Session, does_what_the_slow_twin_does, ()) {
  Script script{*seeds(), *rc::gen::container<std::vector<SessionEvent>>(events())};
  Tally tally;
  const std::string difference = run(script, tally);
  if (!difference.empty()) RC_FAIL(difference);
}

/// What must have come at least once, beside every kind of event.
const std::vector<std::string> outcomes{
    "connect: ok",
    "connect: own_identity",
    "connect: identity_changed",
    "connect: identity_in_use",
    "connect: stale_bundle",
    "connect: exhausted",
    "connect: entropy_failed",
    "encrypt: ok",
    "encrypt: no_session",
    "encrypt: buffer_too_small",
    "encrypt: identity_in_use",
    "encrypt: too_large",
    "sent prekey",
    "sent signal",
    "decrypt signal: ok",
    "decrypt signal: no_session",
    "decrypt signal: replayed",
    "decrypt signal: too_far_ahead",
    "decrypt signal: weak_key",
    "decrypt signal: authentication_failed",
    "decrypt signal: malformed",
    "decrypt signal: unsupported_version",
    "decrypt signal: entropy_failed",
    "decrypt signal: buffer_too_small",
    "decrypt prekey: ok",
    "decrypt prekey: no_session",
    "decrypt prekey: own_identity",
    "decrypt prekey: weak_key",
    "decrypt prekey: identity_changed",
    "decrypt prekey: identity_in_use",
    "decrypt prekey: replayed",
    "decrypt prekey: unknown_prekey",
    "decrypt prekey: exhausted",
    "decrypt prekey: too_far_ahead",
    "decrypt prekey: authentication_failed",
    "decrypt prekey: malformed",
    "decrypt prekey: unsupported_version",
    "decrypt prekey: entropy_failed",
    "decrypt prekey: buffer_too_small",
    "began a session",
    "changed the session",
    "consumed a one-time prekey",
    "accept_identity: ok",
    "accept_identity: own_identity",
    "accept_identity: weak_key",
    "accept_identity: identity_in_use",
    "erase_sessions: ok",
    "forget: ok",
    "restart: ok",
    "a session went by number",
    "a session went by age",
    "skipped keys went by number",
};

/// A fixed set of long scripts, of which it is shown that they meet everything.
TEST(SessionTwins, meet_every_event_and_every_outcome) {
  Tally tally;
  std::mt19937_64 random(testing::soak_seed(20160205));
  for (int i = 0; i < 400; ++i) {
    Script script{random()};
    for (int j = 0; j < 100; ++j) {
      const std::uint64_t drawn = random();
      script.events.push_back(
          {static_cast<std::uint8_t>(drawn), static_cast<std::uint8_t>(drawn >> 8),
           static_cast<std::uint8_t>(drawn >> 16), static_cast<std::uint32_t>(drawn >> 32)});
    }
    const std::string difference = run(script, tally);
    ASSERT_EQ(difference, "") << "script " << i << ", seed " << script.seed;
  }
  for (const std::string& kind : SessionWorld::kinds())
    EXPECT_GE(tally["event " + kind], 50U) << kind;
  for (const std::string& outcome : outcomes) EXPECT_GE(tally[outcome], 3U) << outcome;
  if (HasFailure() || std::getenv("SOTTO_TALLY") != nullptr)
    for (const auto& [what, count] : tally) std::cout << what << " " << count << "\n";
}

}  // namespace
}  // namespace sotto::prop
