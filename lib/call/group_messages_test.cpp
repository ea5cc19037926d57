// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_messages.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include <sotto/group_call.hpp>

#include "call/test_group.hpp"

namespace sotto::call {
namespace {

using testing::error_of;

TEST(GroupMessages, ExactSizes) {  // [GC-2-1]
  Meeting meeting;
  meeting.see({0, 1});
  const Buffer key = meeting.letters.front().bytes;
  EXPECT_EQ(key.size(), group_max_message_bytes);
  for (std::size_t size = 0; size < key.size(); ++size)
    EXPECT_EQ(error_of(read_group_key(Bytes(key).first(size))), Error::malformed);
  Buffer altered = key;
  altered.push_back(0);
  EXPECT_EQ(error_of(read_group_key(altered)), Error::malformed);
  altered = key;
  altered[0] = 2;
  EXPECT_EQ(error_of(read_group_key(altered)), Error::unsupported_version);
  for (const std::uint8_t kind : std::array<std::uint8_t, 4>{0, 2, 4, 255}) {
    altered = key;
    altered[1] = kind;
    EXPECT_EQ(error_of(read_group_key(altered)), Error::malformed);
  }
  altered = key;
  altered[27] ^= 0x40;  // a suite that is none
  EXPECT_EQ(error_of(read_group_key(altered)), Error::malformed);
  const auto note = meeting.at(0).roster_note();
  EXPECT_EQ(read_group_roster(note)->kind, GroupKind::note);
  for (std::size_t size = 0; size < note.size(); ++size)
    EXPECT_EQ(error_of(read_group_roster(Bytes(note).first(size))), Error::malformed);
}

TEST(GroupMessages, AKeyOfZerosIsWeak) {  // [GC-3-2]
  Meeting meeting;
  meeting.see({0, 1});
  for (auto letter : meeting.letters) {
    std::fill(letter.bytes.begin() + group_key_message_bytes, letter.bytes.end(), std::uint8_t{0});
    EXPECT_EQ(error_of(meeting.calls.at(letter.to).take(letter.from, letter.bytes, meeting.tape,
                                                        meeting.now)),
              Error::weak_key);
  }
  meeting.deliver();
  EXPECT_TRUE(meeting.all_hear_all({0, 1}));
}

}  // namespace
}  // namespace sotto::call
