// SPDX-License-Identifier: MIT OR Apache-2.0
// A book of timers as bytes.
#include <gtest/gtest.h>

#include <sotto/timers.hpp>

#include "conversation/test_contents.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Buffer;
using testing::error_of;
using testing::message;

constexpr Instant start(milliseconds(0x10000));

/// 2 is due first (opened, and closed), then 1 (ours, read).
TimerBook two() {
  TimerBook book;
  const TimerSetting after_read{TimerType::after_read, 8, Instant{}};
  EXPECT_TRUE(book.add(message(1), after_read, start, true, start));
  EXPECT_TRUE(book.add(message(2), {TimerType::seen_once, 0, Instant{}}, start, false, start));
  EXPECT_TRUE(book.read(message(1), start + milliseconds(1)));
  EXPECT_TRUE(book.close(message(2), start + milliseconds(2)));
  return book;
}

Buffer bytes_of(const TimerBook& book) {
  Buffer room(TimerBook::max_bytes);
  room.resize(book.write(room)->size());
  return room;
}

Buffer joined(const std::vector<Buffer>& parts) {
  Buffer all;
  for (const Buffer& part : parts)
    for (const std::uint8_t byte : part) all.push_back(byte);
  return all;
}

TEST(TimerBytes, EveryByte) {  // [TM-5-1]
  const Buffer expected = joined({{1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2},
                                  Buffer(16, 2),
                                  {1, 2 | 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2},
                                  Buffer(16, 1),
                                  {2, 1 | 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 1, 0x1f, 0x41}});
  const TimerBook book = two();
  EXPECT_EQ(bytes_of(book), expected);
  Buffer room(expected.size() - 1, 7);
  EXPECT_EQ(error_of(book.write(room)), Error::buffer_too_small);
  EXPECT_EQ(room, Buffer(expected.size() - 1, 7));
  EXPECT_EQ(bytes_of(TimerBook()), Buffer({1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(TimerBytes, ABookGoesOnWhereItWas) {  // [TM-5-1]
  auto book = TimerBook::restore(bytes_of(two()));
  ASSERT_TRUE(book.has_value());
  EXPECT_TRUE(std::ranges::equal(book->running(), two().running()));
  EXPECT_EQ(book->latest(), start + milliseconds(2));
  // A clock that was set back while the app was away.
  EXPECT_EQ(book->due(Instant{}).size(), 1U);
  EXPECT_FALSE(book->read(message(1), start + seconds(1)));  // Read before it was stored.
  EXPECT_EQ(book->due(start + milliseconds(8000)).size(), 1U);
  EXPECT_EQ(book->due(start + milliseconds(8001)).size(), 2U);
  EXPECT_TRUE(TimerBook::restore(bytes_of(TimerBook()))->running().empty());
}

TEST(TimerBytes, BytesThatAreNone) {  // [TM-5-1]
  const Buffer good = bytes_of(two());
  const auto with = [&good](std::size_t at, std::uint8_t byte) {
    Buffer bytes = good;
    bytes[at] = byte;
    return error_of(TimerBook::restore(bytes));
  };
  EXPECT_EQ(with(8, 3), std::nullopt);
  EXPECT_EQ(with(0, 0), Error::unsupported_version);
  EXPECT_EQ(with(0, 2), Error::unsupported_version);
  EXPECT_EQ(with(1, 0x80), Error::malformed);  // latest
  EXPECT_EQ(with(10, 1), Error::malformed);    // count
  EXPECT_EQ(with(10, 3), Error::malformed);
  EXPECT_EQ(with(27, 0), Error::malformed);      // no timer
  EXPECT_EQ(with(27, 2), Error::malformed);      // after_read, of 0 seconds
  EXPECT_EQ(with(27, 4), Error::malformed);      // unknown
  EXPECT_EQ(with(28, 8 | 6), Error::malformed);  // an unknown flag
  EXPECT_EQ(with(28, 4), Error::malformed);      // closed, and not read
  EXPECT_EQ(with(28, 7), Error::malformed);      // ours, and closed
  EXPECT_EQ(with(32, 1), Error::malformed);      // seen once, with seconds
  EXPECT_EQ(with(33, 0x80), Error::malformed);   // deadline
  EXPECT_EQ(with(38, 2), Error::malformed);      // after the next one
  EXPECT_EQ(with(57, 3), Error::malformed);      // after_send, and read
  EXPECT_EQ(with(58, 7), Error::malformed);      // after_read, and closed
  EXPECT_EQ(with(62, 0), Error::malformed);      // of 0 seconds
  EXPECT_EQ(with(59, 0x02), Error::malformed);   // of too many
  EXPECT_EQ(with(58, 6), Error::malformed);      // after_read, theirs, read and closed
  Buffer off = good;
  off[57] = 0;
  off[62] = 0;
  EXPECT_EQ(error_of(TimerBook::restore(off)), Error::malformed);  // off, of no seconds
  Buffer at_once = good;
  std::copy_n(at_once.begin() + 33, 8, at_once.begin() + 63);
  EXPECT_EQ(error_of(TimerBook::restore(at_once)), Error::malformed);  // 2 before 1
  std::swap_ranges(at_once.begin() + 11, at_once.begin() + 27, at_once.begin() + 41);
  EXPECT_TRUE(TimerBook::restore(at_once).has_value());
  Buffer twice = good;
  std::copy_n(twice.begin() + 11, 16, twice.begin() + 41);
  EXPECT_EQ(error_of(TimerBook::restore(twice)), Error::malformed);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error_of(TimerBook::restore(Bytes(good).first(size))), Error::malformed);
  Buffer more = good;
  more.push_back(0);
  EXPECT_EQ(error_of(TimerBook::restore(more)), Error::malformed);
  Buffer many(TimerBook::max_bytes + TimerBook::entry_bytes);
  many[0] = 1;
  many[9] = 0x04;
  many[10] = 0x01;
  EXPECT_EQ(error_of(TimerBook::restore(many)), Error::malformed);
}

}  // namespace
}  // namespace sotto
