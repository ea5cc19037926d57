// SPDX-License-Identifier: MIT OR Apache-2.0
/// What group calls do when there is no memory: keys and rosters stay as they were.
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "alloc/starve.hpp"
#include "call/test_group.hpp"

namespace sotto::call {
namespace {

using testing::error_of;
using testing::keep;
using testing::made_or_not;
using testing::starve;
using testing::TapeEntropy;

/// Everything that is to be seen of a group call, after what it has to say was taken out.
auto image_of(Meeting& group) {
  std::vector<std::tuple<MemberId, RosterHash, SframeKid, bool, std::size_t>> members;
  std::vector<std::size_t> keys;
  for (auto& [who, call] : group.calls) {
    members.emplace_back(who, call.roster_hash(), call.kid(), call.switching(), call.confirmed());
    for (const auto& [other, ignored] : group.calls) keys.push_back(call.keys_of(other));
  }
  group.letters.clear();
  group.collect();
  std::vector<std::pair<MemberId, Buffer>> said;
  for (const auto& letter : group.letters) said.emplace_back(letter.to, letter.bytes);
  return std::tuple(members, keys, said);
}

struct Group : Meeting {
  explicit Group(SframeSuite with) : Meeting(with) {
    see({1, 2, 3});
    EXPECT_EQ(deliver(), std::nullopt);
    EXPECT_TRUE(all_hear_all({1, 2, 3}));
  }
  std::vector<MemberId> others;
  std::optional<GroupCall> fresh;
  Letter letter;
  Buffer frame;
  Buffer out = Buffer(300);
};

constexpr std::array suites{SframeSuite::aes_128_gcm_sha256_128,
                            SframeSuite::aes_256_gcm_sha512_128,
                            SframeSuite::sotto_aes_256_ctr_hmac_sha512_256};

TEST(OutOfMemory, a_group_call_is_joined_or_not) {
  for (const SframeSuite suite : suites) {
    SCOPED_TRACE(static_cast<int>(suite));
    const auto roster = members({1, 2, 3, 4});
    EXPECT_GE(starve([&] { return std::make_unique<Group>(suite); },
                     [&](Group& group) {
                       group.tape = TapeEntropy(8);
                       return keep(group.fresh, GroupCall::create(group.terms(4), 2, roster,
                                                                  group.tape, group.now));
                     },
                     [](Group& group) {
                       return group.fresh ? std::optional(group.fresh->kid()) : std::nullopt;
                     }),
              3U);
  }
  const auto roster = members({3, 1, 2});
  EXPECT_GE(made_or_not<RosterHash>([&] { return group_roster_hash(CallId(), 7, roster); }), 1U);
}

TEST(OutOfMemory, a_roster_changes_whole_or_not_at_all) {
  for (const SframeSuite suite : suites)
    for (const auto& next :
         {members({1, 2, 3, 4}), members({1, 2}), members({1, 2, 4}), members({1, 2, 3})}) {
      SCOPED_TRACE(::testing::Message() << static_cast<int>(suite) << ", " << next.size());
      EXPECT_GE(starve([&] { return std::make_unique<Group>(suite); },
                       [&](Group& group) {
                         group.tape = TapeEntropy(8);
                         return error_of(group.at(1).set_roster(2, next, group.tape, group.now));
                       },
                       [](Group& group) { return image_of(group); }),
                1U);
    }
}

TEST(OutOfMemory, a_member_s_message_and_frame_are_taken_or_not) {
  for (const SframeSuite suite : suites) {
    SCOPED_TRACE(static_cast<int>(suite));
    const auto make = [&] {
      auto group = std::make_unique<Group>(suite);
      // 3 leaves: 2 draws a new key and tells it to 1.
      EXPECT_TRUE(group->at(1).set_roster(2, members({1, 2}), group->tape, group->now));
      EXPECT_TRUE(group->at(2).set_roster(2, members({1, 2}), group->tape, group->now));
      group->calls.erase(member(3));
      group->collect();
      for (const auto& letter : group->letters)
        if (letter.to == member(1)) group->letter = letter;
      group->letters.clear();
      return group;
    };
    EXPECT_GE(starve(
                  make,
                  [](Group& group) {
                    group.tape = TapeEntropy(8);
                    return error_of(group.at(1).take(group.letter.from, group.letter.bytes,
                                                     group.tape, group.now));
                  },
                  [](Group& group) { return image_of(group); }),
              1U);
    // A newcomer has stepped the chain of 2, which its next frame tells 1.
    const auto stepped = [&] {
      auto group = std::make_unique<Group>(suite);
      EXPECT_TRUE(group->at(2).set_roster(2, members({1, 2, 3, 4}), group->tape, group->now));
      group->collect();
      group->letters.clear();
      group->frame = group->seal(2);
      return group;
    };
    EXPECT_GE(starve(
                  stepped,
                  [](Group& group) {
                    return error_of(group.at(1).open(member(2), group.out, group.metadata,
                                                     group.frame, group.now));
                  },
                  [](Group& group) { return image_of(group); }),
              1U);
  }
}

TEST(OutOfMemory, a_switch_that_is_due_comes_later) {
  for (const SframeSuite suite : suites) {
    SCOPED_TRACE(static_cast<int>(suite));
    const auto make = [&] {
      auto group = std::make_unique<Group>(suite);
      EXPECT_TRUE(group->at(1).set_roster(2, members({1, 2}), group->tape, group->now));
      group->collect();  // What it has to say is said: the image takes it out.
      group->letters.clear();
      group->now += group_switch_delay;
      return group;
    };
    const auto image = [](Group& group) { return image_of(group); };
    EXPECT_GE(starve(
                  make, [](Group& group) { return error_of(group.at(1).tick(group.now)); }, image),
              1U);
    EXPECT_GE(starve(
                  make,
                  [](Group& group) {
                    return error_of(group.at(1).seal(group.out, group.metadata,
                                                     Bytes(group.metadata), group.now));
                  },
                  image),
              1U);
  }
}

}  // namespace
}  // namespace sotto::call
