// SPDX-License-Identifier: MIT OR Apache-2.0
// The attacks on group calls of spec/attacks.toml.
#include <gtest/gtest.h>

#include "call/group_messages.hpp"
#include "call/test_group.hpp"

namespace sotto::call {
namespace {

using std::chrono::milliseconds;
using testing::error_of;

// Member 1 has modified software and tells 0 that its key is known to members of a roster to come
// alone. If that were believed, no leave before that roster would make 0 deaf to the key.
TEST(Attack, attack_M11_roster_to_come) {
  constexpr std::uint64_t to_come = 1'000;
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  GroupCall& call = meeting.at(0);
  const RosterHash seen = *group_roster_hash(meeting.terms(0).id, 1, members({0, 1, 2}));
  const auto stay = static_cast<std::uint64_t>(meeting.now.time_since_epoch().count());
  const auto tell = [&](const RosterName& roster) {
    Buffer room(group_max_message_bytes);
    const KeyHead head{.id = meeting.terms(0).id,
                       .stay = stay,
                       .suite = meeting.suite,
                       .kid = SframeKid{0},
                       .since = to_come,
                       .roster = roster};
    const auto message =
        write_group_key(room, head, Buffer(sframe_sizes(meeting.suite).ratchet_key, 1));
    return error_of(call.take(member(1), *message, meeting.tape, meeting.now));
  };
  EXPECT_EQ(tell({1, seen}), Error::malformed) << "it names the roster that all see";
  EXPECT_EQ(tell({to_come - 1, {}}), Error::malformed);
  // 2 leaves, and 1 says nothing of it: 10 s later it is not heard any more.
  ASSERT_TRUE(call.set_roster(2, members({0, 1}), meeting.tape, meeting.now));
  const Buffer frame = meeting.seal(1);
  meeting.now += group_leave_limit;
  EXPECT_EQ(meeting.open(0, 1, frame), Error::unknown_key);
  // Naming that roster as well it is taken, as one that is ahead: people are told.
  EXPECT_EQ(tell({to_come, {}}), std::nullopt);
  meeting.now += group_roster_grace - milliseconds(1);
  ASSERT_TRUE(call.tick(meeting.now));
  EXPECT_FALSE(call.next_difference());
  meeting.now += milliseconds(1);
  ASSERT_TRUE(call.tick(meeting.now));
  EXPECT_EQ(call.next_difference(), member(1));
}

}  // namespace
}  // namespace sotto::call
