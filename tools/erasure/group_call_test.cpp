// SPDX-License-Identifier: MIT OR Apache-2.0
/// A group call holds the keys of the generations that count, and nothing of those before; once it
/// is gone, nothing.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/group_call.hpp>

#include "call/test_group.hpp"
#include "erasure/memory_scan.hpp"
#include "sframe/schedule.hpp"

namespace sotto::call {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Names = std::set<std::string>;

constexpr std::uint64_t seed = 1001;
constexpr Instant noon{std::chrono::hours(12)};
const CallId call_id(std::array<std::uint8_t, 16>{0x11});

/// The base keys in the order in which they are drawn.
void tell_group(Notes& n) {
  TapeEntropy tape(seed);
  const sframe::Suite& suite = *sframe::find_suite(GroupTerms{}.suite);
  std::array<std::uint8_t, 64> base;
  for (const char* const of : {" of 0", " of 1", " of 2"}) {
    static_cast<void>(tape.fill(base));
    n.add(std::string("key") + of, base);
    n.add(std::string("next key") + of, sframe::next_base_key(suite, base).expose());
  }
  for (const char* const of : {" of 0", " of 1"}) {
    static_cast<void>(tape.fill(base));
    n.add(std::string("new key") + of, base);
  }
}

/// Members whose messages are wiped once they are delivered, as an app must.
struct Group {
  TapeEntropy tape{seed};
  Instant now = noon;
  std::array<std::optional<GroupCall>, 3> calls;

  void enter(std::uint32_t n, std::uint64_t number, const std::vector<MemberId>& all) {
    calls.at(n).emplace(
        *GroupCall::create({call_id, GroupTerms{}.suite, member(n)}, number, all, tape, now));
  }
  void see(std::uint32_t n, std::uint64_t number, const std::vector<MemberId>& all) {
    EXPECT_TRUE(calls.at(n)->set_roster(number, all, tape, now));
  }
  void deliver() {
    std::array<std::uint8_t, group_max_message_bytes> room;
    for (bool said = true; said;) {
      said = false;
      for (std::uint32_t n = 0; n < calls.size(); ++n) {
        if (!calls.at(n)) continue;
        while (const auto message = *calls.at(n)->next_message(room)) {
          said = true;
          for (std::uint32_t to = 0; to < calls.size(); ++to)
            if (calls.at(to) && member(to) == message->to) {
              EXPECT_TRUE(calls.at(to)->take(member(n), message->bytes, tape, now));
            }
          wipe(room);
        }
      }
    }
  }
  /// A frame of everybody's, opened by everybody else.
  void talk() {
    const Buffer plaintext(20, 1);
    for (std::uint32_t n = 0; n < calls.size(); ++n) {
      if (!calls.at(n)) continue;
      Buffer frame(calls.at(n)->max_sealed_size(plaintext.size())), out(frame.size());
      const auto sealed = *calls.at(n)->seal(frame, {}, plaintext, now);
      for (std::uint32_t to = 0; to < calls.size(); ++to)
        if (to != n && calls.at(to)) {
          EXPECT_TRUE(calls.at(to)->open(member(n), out, {}, sealed, now));
        }
    }
  }
  void wait(std::chrono::seconds some) {
    now += some;
    for (auto& call : calls)
      if (call) {
        EXPECT_TRUE(call->tick(now));
      }
  }
};

TEST(Erasure, a_group_call_keeps_its_generation_and_then_nothing) {
  const auto needles = learn(tell_group);
  const auto group = std::make_unique<Group>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] {
    group->enter(0, 1, members({0, 1}));
    group->enter(1, 1, members({0, 1}));
    group->deliver();
    group->talk();
  });
  EXPECT_EQ(found(), (Names{"key of 0", "key of 1"})) << where;

  deep_down([&] {  // Somebody joins: chains step on, and the newcomer is told the step after.
    group->enter(2, 2, members({0, 1, 2}));
    group->see(0, 2, members({0, 1, 2}));
    group->see(1, 2, members({0, 1, 2}));
    group->deliver();
    group->talk();
  });
  EXPECT_EQ(found(), (Names{"next key of 0", "next key of 1", "key of 2"})) << where;

  deep_down([&] {  // Somebody leaves: new keys, known to those who stay.
    group->calls[2].reset();
    group->see(0, 3, members({0, 1}));
    group->see(1, 3, members({0, 1}));
    group->deliver();
  });
  // Of a member that left its windows stay, in case it comes back; its keys for 10 s [GC-5-6].
  EXPECT_EQ(found(),
            (Names{"next key of 0", "next key of 1", "new key of 0", "new key of 1", "key of 2"}))
      << where << "the old ones serve until the switch";
  deep_down([&] {
    group->wait(std::chrono::seconds(30));
    group->talk();
    group->wait(std::chrono::seconds(30));
    group->talk();
  });
  EXPECT_EQ(found(), (Names{"new key of 0", "new key of 1"})) << where;

  deep_down([&] {
    for (auto& call : group->calls) call.reset();
  });
  EXPECT_EQ(found(), Names{}) << where;
}

}  // namespace
}  // namespace sotto::call
