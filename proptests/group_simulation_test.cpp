// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole group calls of up to a thousand members through a join and a leave: who hears whom, and
// what it costs. A few members are there from beginning to end; each of the others lives through
// the call alone, for what it says does not depend on what it hears, and is let go.
#include <chrono>
#include <cstdio>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "call/test_group.hpp"
#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

using call::Buffer;
using call::member;

/// What one member says to those that are watched, and seals, in each of three parts: the call as
/// it begins, after the join, after the leave and its switch.
struct Part {
  std::map<MemberId, std::vector<Buffer>> letters;
  Buffer frame;
  std::size_t messages = 0;
};

class Simulation {
 public:
  Simulation(std::uint32_t members, std::uint64_t seed) : count_(members), tape_(seed) {
    for (std::uint32_t n = 0; n < members; ++n) rosters_[0].push_back(member(n));
    rosters_[1] = rosters_[0];
    rosters_[1].push_back(member(newcomer()));
    for (const MemberId& who : rosters_[1])
      if (who != member(leaver())) rosters_[2].push_back(who);
  }

  void run() {
    for (const std::uint32_t n : {0U, 1U, leaver(), newcomer()}) watched_.push_back(n);
    const auto start = std::chrono::steady_clock::now();
    for (std::uint32_t n = 0; n <= count_; ++n) live(n);
    for (std::size_t part = 0; part < 3; ++part) hear(part);
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
    std::printf("%5u members: join %zu messages, leave %zu; all of it in %.2f s\n", count_,
                messages_[1], messages_[2], took.count());
    // Each who was there tells the newcomer, and it them; then each tells all others.
    EXPECT_EQ(messages_[1], 2 * count_);
    EXPECT_EQ(messages_[2], count_ * (count_ - 1));
  }

 private:
  [[nodiscard]] std::uint32_t leaver() const { return count_ - 1; }
  [[nodiscard]] std::uint32_t newcomer() const { return count_; }
  [[nodiscard]] GroupTerms terms(std::uint32_t n) const {
    return {CallId(), SframeSuite::aes_256_gcm_sha512_128, member(n)};
  }
  [[nodiscard]] Instant time(std::size_t part) const {
    return Instant(std::chrono::hours(1)) + part * std::chrono::seconds(5);
  }

  /// The member's own life. Of one that is watched the call stays.
  void live(std::uint32_t n) {
    const std::size_t first = n == newcomer() ? 1 : 0;
    auto call = *GroupCall::create(terms(n), first + 1, rosters_[first], tape_, time(first));
    for (std::size_t part = first; part < 3; ++part) {
      if (part > first && (part < 2 || n != leaver())) {
        ASSERT_TRUE(call.set_roster(part + 1, rosters_[part], tape_, time(part)));
      }
      Part& said = parts_[part].emplace_back();
      Buffer room(group_max_message_bytes);
      while (const auto message = *call.next_message(room)) {
        ++messages_[part];
        for (const std::uint32_t watched : watched_)
          if (message->to == member(watched))
            said.letters[message->to].emplace_back(message->bytes.begin(), message->bytes.end());
      }
      const Buffer plain(3, static_cast<std::uint8_t>(part));
      said.frame.resize(call.max_sealed_size(plain.size()));
      const auto sealed = call.seal(said.frame, {}, plain, time(part) + group_switch_delay);
      ASSERT_TRUE(sealed);
      said.frame.resize(sealed->size());
      who_[part].push_back(n);
    }
  }

  /// All that was said in a part reaches those that are watched, and they try every frame so far.
  void hear(std::size_t part) {
    for (const std::uint32_t n : watched_) {
      if (n == newcomer() && part == 0) continue;
      if (!calls_.contains(n)) {
        calls_.emplace(n,
                       *GroupCall::create(terms(n), part + 1, rosters_[part], tape_, time(part)));
      } else if (part < 2 || n != leaver()) {
        ASSERT_TRUE(calls_.at(n).set_roster(part + 1, rosters_[part], tape_, time(part)));
      }
      for (std::size_t i = 0; i < parts_[part].size(); ++i)
        for (const Buffer& letter : parts_[part][i].letters[member(n)])
          EXPECT_TRUE(calls_.at(n).take(member(who_[part][i]), letter, tape_, time(part)));
      for (std::size_t before = 0; before <= part; ++before)
        for (std::size_t i = 0; i < parts_[before].size(); ++i) listen(n, part, before, i);
    }
  }

  void listen(std::uint32_t n, std::size_t now, std::size_t part, std::size_t i) {
    const std::uint32_t from = who_[part][i];
    // Of the past only the newcomer tries to open something.
    if (from == n || (part < now && (n != newcomer() || part > 0))) return;
    const bool may = !(n == newcomer() && part == 0) && !(n == leaver() && part == 2) &&
                     !(from == leaver() && part == 2);
    const Buffer& frame = parts_[part][i].frame;
    Buffer out(frame.size());
    const bool opened =
        calls_.at(n).open(member(from), out, {}, frame, time(now) + group_switch_delay).has_value();
    EXPECT_EQ(opened, may) << n << " from " << from << ", part " << part;
  }

  std::uint32_t count_;
  testing::TapeEntropy tape_;
  std::array<std::vector<MemberId>, 3> rosters_;
  std::vector<std::uint32_t> watched_;
  std::array<std::vector<Part>, 3> parts_;
  std::array<std::vector<std::uint32_t>, 3> who_;
  std::array<std::size_t, 3> messages_{};
  std::map<std::uint32_t, GroupCall> calls_;
};

void simulate(std::uint32_t members) {
  const std::uint64_t first = testing::soak_seed(3);
  const std::uint64_t runs = testing::soak_times();
  for (std::uint64_t i = 0; i < runs; ++i) Simulation(members, first + i).run();
}

TEST(GroupSimulation, TenMembers) {
  simulate(10);
}
TEST(GroupSimulation, AHundredMembers) {
  simulate(100);
}
TEST(GroupSimulation, AThousandMembers) {
  simulate(1000);
}

}  // namespace
}  // namespace sotto::prop
