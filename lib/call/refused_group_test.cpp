// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages of a group call that no member sends, one for each clause of their form
/// (spec/group_calls.md) and of what a member's state refuses: each differs from one that is taken
/// in what the clause forbids, and no more.
#include <algorithm>
#include <tuple>

#include <gtest/gtest.h>

#include "call/group_messages.hpp"
#include "call/test_group.hpp"
#include "call/test_heads.hpp"
#include "testing/refused.hpp"

namespace sotto::call {
namespace {

using testing::BadRecord;
using testing::byte;
using testing::error_of;
using testing::lengthen;
using testing::refuse_each;
using testing::shorten;

constexpr std::size_t suite_at = 26, since_at = 36, number_at = 44;
constexpr auto longer_key = SframeSuite::aes_256_gcm_sha512_128;
constexpr auto shorter_key = SframeSuite::aes_128_gcm_sha256_128;

/// What every message has: a head and a size.
std::vector<BadRecord> bad_forms() {
  auto table = bad_heads(4);
  table.push_back({"a byte too few", shorten, Error::malformed});
  table.push_back({"a byte too many", lengthen, Error::malformed});
  return table;
}

Buffer key_message(const KeyHead& head, std::uint8_t key = 9) {
  Buffer room(group_max_message_bytes);
  room.resize(
      write_group_key(room, head, Buffer(sframe_sizes(head.suite).ratchet_key, key))->size());
  return room;
}

Buffer roster_message(GroupKind kind, const CallId& id, const RosterName& roster) {
  Buffer room(group_note_bytes);
  EXPECT_TRUE(write_group_roster(room, {kind, id, roster}));
  return room;
}

TEST(Refused, forms_of_keys_of_a_group_call) {  // [GC-2-1]
  KeyHead head;
  head.suite = longer_key;
  head.since = 3;
  head.roster.number = 3;
  auto table = bad_forms();
  table.insert(table.end(),
               {
                   {"a request", byte(1, 2), Error::malformed},
                   {"a note", byte(1, 3), Error::malformed},
                   {"no suite", byte(suite_at + 1, 0), Error::malformed},
                   {"a suite that is none", byte(suite_at + 1, 9), Error::malformed},
                   {"a suite that is none, and no key",
                    [](Buffer& message) {
                      message[suite_at + 1] = 9;
                      message.resize(group_key_message_bytes);
                    },
                    Error::malformed},
                   {"a suite of a shorter key", byte(suite_at + 1, 4), Error::malformed},
                   {"told to members of a roster to come", byte(since_at + 7, 4), Error::malformed},
                   {"and of the last of all", byte(since_at, 0xff), Error::malformed},
                   {"naming a roster before that", byte(number_at + 7, 2), Error::malformed},
               });
  refuse_each(key_message(head), table,
              [](const Buffer& message) { return error_of(read_group_key(message)); });
  head.suite = shorter_key;
  refuse_each(key_message(head),
              {{"a suite of a longer key", byte(suite_at + 1, 5), Error::malformed}},
              [](const Buffer& message) { return error_of(read_group_key(message)); });
}

TEST(Refused, forms_of_requests_and_notes_of_a_group_call) {  // [GC-2-1]
  for (const GroupKind kind : {GroupKind::request, GroupKind::note}) {
    auto table = bad_forms();
    table.push_back({"a key", byte(1, 1), Error::malformed});
    refuse_each(roster_message(kind, {}, {3, {}}), table,
                [](const Buffer& message) { return error_of(read_group_roster(message)); });
  }
}

/// Member 0 of a call, which has heard of member 1: of its stay 7 the generation 2, told to the
/// members of roster 2. The roster is the fourth.
struct Listener {
  Listener() {
    meeting.number = 4;
    meeting.enter(0, members({0, 1}));
    meeting.collect();
    head = {.id = meeting.terms(0).id,
            .stay = 7,
            .suite = meeting.suite,
            .kid = SframeKid{2 << 8},
            .since = 2,
            .roster = {4, *group_roster_hash(meeting.terms(0).id, 4, members({0, 1}))}};
    EXPECT_EQ(take(key_message(head)), std::nullopt);
    EXPECT_EQ(call().confirmed(), 1U);
  }
  GroupCall& call() { return meeting.at(0); }
  std::optional<Error> take(const Buffer& message, std::uint32_t from = 1) {
    return error_of(call().take(member(from), message, meeting.tape, meeting.now));
  }
  /// All of the state that shows.
  auto shown() {
    return std::tuple(call().kid(), call().switching(), call().roster_number(),
                      call().keys_of(member(1)), call().confirmed(), call().next_deadline(),
                      call().next_difference(), meeting.messages);
  }

  Meeting meeting;
  KeyHead head;
};

TEST(Refused, keys_by_the_state_of_a_group_call) {
  struct BadKey {
    const char* clause;
    void (*change)(KeyHead&);
    Error error;
    std::uint32_t from = 1;
    std::uint8_t key = 9;
  };
  const BadKey table[]{
      {"of another call", [](KeyHead& h) { h.id = {}; }, Error::malformed},
      {"our own", [](KeyHead&) {}, Error::own_identity, 0},
      {"of nobody in the roster", [](KeyHead&) {}, Error::rosters_differ, 8},
      {"of another suite", [](KeyHead& h) { h.suite = shorter_key; }, Error::downgraded},
      {"of a stay before", [](KeyHead& h) { h.stay = 6; }, Error::replayed},
      {"of a generation before", [](KeyHead& h) { h.kid = SframeKid{(2 << 8) - 1}; },
       Error::replayed},
      {"told to the same members", [](KeyHead& h) { h.since = 2; }, Error::replayed},
      {"told to members of a roster before", [](KeyHead& h) { h.since = 1; }, Error::replayed},
      {"a later generation of zeros", [](KeyHead& h) { h.kid = SframeKid{3 << 8}; },
       Error::weak_key, 1, 0},
      {"a later stay of zeros", [](KeyHead& h) { h.stay = 8; }, Error::weak_key, 1, 0},
      {"told to members of a roster to come", [](KeyHead& h) { h.since = 5; }, Error::malformed},
  };
  Listener listener;
  const auto before = listener.shown();
  for (const BadKey& bad : table) {
    KeyHead head = listener.head;
    head.since = 3;  // By this alone it is taken.
    bad.change(head);
    EXPECT_EQ(listener.take(key_message(head, bad.key), bad.from), bad.error) << bad.clause;
    listener.meeting.collect();
    EXPECT_EQ(listener.shown(), before) << bad.clause;
  }
  constexpr void (*right[])(KeyHead&){
      [](KeyHead& h) { h.since = 3; },
      [](KeyHead& h) { h.since = 4; },
      [](KeyHead& h) { h.kid = SframeKid{3 << 8}; },
      [](KeyHead& h) { h.stay = 8, h.kid = SframeKid{0}; },
  };
  for (const auto change : right) {
    Listener other;
    KeyHead head = other.head;
    change(head);
    EXPECT_EQ(other.take(key_message(head)), std::nullopt);
  }
}

TEST(Refused, requests_and_notes_by_the_state_of_a_group_call) {
  Listener listener;
  const CallId id = listener.head.id;
  const RosterName other{4, {}};  // It would be a difference.
  const auto before = listener.shown();
  for (const GroupKind kind : {GroupKind::request, GroupKind::note}) {
    listener.meeting.now += group_request_gap;
    EXPECT_EQ(listener.take(roster_message(kind, {}, other)), Error::malformed) << "another call";
    EXPECT_EQ(listener.take(roster_message(kind, id, other), 0), Error::own_identity);
    EXPECT_EQ(listener.take(roster_message(kind, id, other), 8), Error::rosters_differ);
    listener.meeting.collect();
    EXPECT_EQ(listener.shown(), before);
    Listener taken;
    EXPECT_EQ(taken.take(roster_message(kind, id, other)), std::nullopt);
    EXPECT_EQ(taken.call().next_difference(), member(1));
  }
}

}  // namespace
}  // namespace sotto::call
