// SPDX-License-Identifier: MIT OR Apache-2.0
// Timers: when a message is due, whatever clocks and receipts do.
#include <vector>

#include <gtest/gtest.h>

#include "conversation/test_contents.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Buffer;
using testing::error_of;
using testing::message;

constexpr Instant start(days(20'000));
constexpr bool ours = true, theirs = false;

TimerSetting timer(TimerType type, std::uint32_t for_seconds = 0) {
  return {type, for_seconds, start};
}
const TimerSetting after_read = timer(TimerType::after_read, 10);
const TimerSetting after_send = timer(TimerType::after_send, 10);
const TimerSetting seen_once = timer(TimerType::seen_once);

/// The first bytes of the ids that are due.
std::vector<int> due(TimerBook& book, Instant now) {
  std::vector<int> ids;
  for (const RunningTimer& entry : book.due(now)) ids.push_back(entry.id.bytes()[0]);
  return ids;
}
const std::vector<int> nothing;

Buffer bytes_of(const TimerBook& book) {
  Buffer room(TimerBook::max_bytes);
  room.resize(book.write(room)->size());
  return room;
}

/// Nothing is due a millisecond before `at`, and 1 is at `at`.
void expect_due_at(TimerBook& book, Instant at) {
  EXPECT_EQ(book.next_deadline(), at);
  EXPECT_EQ(due(book, at - milliseconds(1)), nothing);
  EXPECT_EQ(due(book, at), std::vector{1});
}

TEST(TimerSetting, BothSidesOfEveryLimit) {  // [TM-1-1]
  for (const TimerType type : {TimerType::off, TimerType::seen_once}) {
    EXPECT_TRUE(is_valid(timer(type)));
    EXPECT_FALSE(is_valid(timer(type, 1)));
  }
  for (const TimerType type : {TimerType::after_read, TimerType::after_send}) {
    EXPECT_FALSE(is_valid(timer(type, 0)));
    EXPECT_TRUE(is_valid(timer(type, 1)));
    EXPECT_TRUE(is_valid(timer(type, timer_max_seconds)));
    EXPECT_FALSE(is_valid(timer(type, timer_max_seconds + 1)));
    EXPECT_FALSE(is_valid(timer(type, UINT32_MAX)));
  }
  EXPECT_FALSE(is_valid(timer(static_cast<TimerType>(4))));
  EXPECT_FALSE(is_valid(timer(static_cast<TimerType>(4), 1)));
  EXPECT_TRUE(is_valid({TimerType::off, 0, Instant{}}));
  EXPECT_FALSE(is_valid({TimerType::off, 0, Instant(milliseconds(-1))}));
}

TEST(TimerBook, WhatIsNotTaken) {  // [TM-1-1]
  TimerBook book;
  EXPECT_EQ(error_of(book.add(message(1), timer(TimerType::after_read), start, ours, start)),
            Error::malformed);
  EXPECT_EQ(book.add(message(1), timer(TimerType::off), start, ours, start), TimerStart::untimed);
  EXPECT_TRUE(book.running().empty());
  EXPECT_EQ(book.next_deadline(), std::nullopt);
  EXPECT_EQ(book.latest(), Instant{});
}

TEST(TimerBook, AfterSendRunsFromTheSendersWord) {  // [TM-2-1]
  for (const bool whose : {ours, theirs}) {
    TimerBook book;
    EXPECT_EQ(book.add(message(1), after_send, start, whose, start + seconds(4)),
              TimerStart::running);
    EXPECT_FALSE(book.read(message(1), start + seconds(5)));  // which makes no difference
    expect_due_at(book, start + seconds(10));
  }
}

TEST(TimerBook, ASenderWhoseClockIsAheadGainsNothing) {  // [TM-2-1]
  for (const Instant sent_at : {start + milliseconds(1), start + days(400), Instant::max()}) {
    TimerBook book;
    ASSERT_EQ(book.add(message(1), after_send, sent_at, theirs, start), TimerStart::running);
    expect_due_at(book, start + seconds(10));
  }
}

TEST(TimerBook, WhatComesTooLateIsNeverShown) {  // [TM-2-2]
  const auto added = [](Instant sent_at) {
    TimerBook book;
    const auto done = book.add(message(1), after_send, sent_at, theirs, start);
    EXPECT_EQ(book.running().empty(), done == TimerStart::over);
    EXPECT_EQ(book.latest(), start);
    return *done;
  };
  EXPECT_EQ(added(start - seconds(10) + milliseconds(1)), TimerStart::running);
  EXPECT_EQ(added(start - seconds(10)), TimerStart::over);
  EXPECT_EQ(added(Instant{}), TimerStart::over);
  EXPECT_EQ(added(Instant::min()), TimerStart::over);
}

TEST(TimerBook, AfterReadRunsFromTheFirstReading) {  // [TM-3-1]
  for (const bool whose : {ours, theirs}) {
    TimerBook book;
    ASSERT_EQ(book.add(message(1), after_read, start, whose, start), TimerStart::running);
    EXPECT_TRUE(book.read(message(1), start + days(1)));
    EXPECT_FALSE(book.read(message(1), start + days(1) + seconds(5)));  // a receipt once more
    EXPECT_FALSE(book.close(message(1), start + days(1) + seconds(5)));
    expect_due_at(book, start + days(1) + seconds(10));
    EXPECT_FALSE(book.read(message(1), start + days(1) + seconds(10)));
    EXPECT_EQ(due(book, start + days(1) + seconds(10)), std::vector{1});
  }
}

TEST(TimerBook, AReceiptForNobody) {  // [TM-3-2]
  TimerBook book;
  EXPECT_FALSE(book.read(message(1), start));
  EXPECT_FALSE(book.close(message(1), start));
  EXPECT_FALSE(book.done(message(1)));
  ASSERT_TRUE(book.add(message(1), after_read, start, theirs, start));
  const Buffer before = bytes_of(book);
  EXPECT_FALSE(book.read(message(2), start));
  EXPECT_EQ(bytes_of(book), before);
}

TEST(TimerBook, ALostReceiptIsMadeUpFor) {  // [TM-3-3]
  for (const bool whose : {ours, theirs}) {
    TimerBook book;
    ASSERT_TRUE(book.add(message(1), after_read, Instant{}, whose, start));
    const Instant last = start + timer_max_unread;
    EXPECT_EQ(book.next_deadline(), last + seconds(10));
    TimerBook late;
    ASSERT_TRUE(late.add(message(1), after_read, Instant{}, whose, start));
    EXPECT_TRUE(late.read(message(1), last + seconds(3)));  // too late to live longer
    expect_due_at(late, last + seconds(10));
    expect_due_at(book, last + seconds(10));
  }
}

TEST(TimerBook, SeenOnceIsGoneWhenClosed) {  // [TM-3-4]
  TimerBook book;
  ASSERT_TRUE(book.add(message(1), seen_once, start, theirs, start));
  EXPECT_TRUE(book.read(message(1), start + seconds(1)));
  EXPECT_EQ(book.next_deadline(), start + seconds(1) + timer_max_open);
  EXPECT_EQ(due(book, start + minutes(2)), nothing);
  EXPECT_TRUE(book.close(message(1), start + minutes(3)));
  EXPECT_FALSE(book.close(message(1), start + minutes(4)));
  EXPECT_EQ(due(book, start + minutes(3)), std::vector{1});
}

TEST(TimerBook, SeenOnceIsGoneThoughNobodyClosesIt) {  // [TM-3-4]
  TimerBook unread, open, at_once;
  ASSERT_TRUE(unread.add(message(1), seen_once, start, theirs, start));
  expect_due_at(unread, start + timer_max_unread);
  ASSERT_TRUE(open.add(message(1), seen_once, start, theirs, start));
  ASSERT_TRUE(open.read(message(1), start + seconds(1)));
  expect_due_at(open, start + seconds(1) + timer_max_open);
  ASSERT_TRUE(at_once.add(message(1), seen_once, start, theirs, start));
  ASSERT_TRUE(at_once.close(message(1), start + seconds(1)));  // opened unnoticed
  EXPECT_EQ(due(at_once, start + seconds(1)), std::vector{1});
}

TEST(TimerBook, TheSendersCopyOfWhatIsSeenOnce) {  // [TM-3-4]
  TimerBook book;
  ASSERT_TRUE(book.add(message(1), seen_once, start, ours, start));
  EXPECT_FALSE(book.close(message(1), start + seconds(1)));
  EXPECT_EQ(book.next_deadline(), start + timer_max_unread);
  EXPECT_TRUE(book.read(message(1), start + seconds(2)));
  EXPECT_EQ(due(book, start + seconds(2)), std::vector{1});
}

TEST(TimerBook, DueInOrderUntilDone) {  // [TM-3-5]
  TimerBook book;
  const auto put = [&book](std::uint8_t id, std::uint32_t length) {
    ASSERT_EQ(book.add(message(id), timer(TimerType::after_send, length), start, theirs, start),
              TimerStart::running);
  };
  put(3, 30);
  put(1, 10);
  put(5, 20);
  put(4, 20);
  put(2, 40);
  EXPECT_EQ(book.add(message(2), after_send, start, theirs, start), TimerStart::known);
  EXPECT_EQ(due(book, start + seconds(30)), (std::vector{1, 4, 5, 3}));
  EXPECT_TRUE(book.done(message(4)));
  EXPECT_FALSE(book.done(message(4)));
  EXPECT_EQ(due(book, start + seconds(30)), (std::vector{1, 5, 3}));
  EXPECT_EQ(due(book, start + seconds(40)), (std::vector{1, 5, 3, 2}));
  for (const std::uint8_t id : Buffer{1, 5, 3, 2}) EXPECT_TRUE(book.done(message(id)));
  EXPECT_EQ(book.next_deadline(), std::nullopt);
}

TEST(TimerBook, AClockThatGoesBackwards) {  // [TM-4-1]
  TimerBook book;
  ASSERT_TRUE(book.add(message(1), after_send, start, theirs, start));
  ASSERT_TRUE(book.add(message(2), after_read, start, theirs, start));
  EXPECT_EQ(due(book, start + seconds(10)), std::vector{1});
  // Nothing comes back.
  EXPECT_EQ(due(book, start - days(1000)), std::vector{1});
  EXPECT_EQ(due(book, Instant::min()), std::vector{1});
  // Nothing is due before its time once the clock is right again.
  EXPECT_TRUE(book.read(message(2), Instant{}));
  ASSERT_TRUE(book.add(message(3), after_send, start + seconds(10), theirs, Instant{}));
  EXPECT_EQ(due(book, start + seconds(20) - milliseconds(1)), std::vector{1});
  EXPECT_EQ(due(book, start + seconds(20)), (std::vector{1, 2, 3}));
}

TEST(TimerBook, AClockThatIsCorrected) {  // [TM-4-2]
  TimerBook book;
  ASSERT_TRUE(book.add(message(1), after_send, start, theirs, start));
  ASSERT_TRUE(book.add(message(2), timer(TimerType::after_send, 30), start, theirs, start));
  EXPECT_EQ(due(book, start + seconds(15)), std::vector{1});
  const Instant right = start - days(365);
  book.correct_clock(right);
  EXPECT_EQ(book.latest(), right);
  EXPECT_EQ(due(book, right), std::vector{1});  // what was due stays due
  EXPECT_EQ(due(book, right + seconds(15) - milliseconds(1)), std::vector{1});
  EXPECT_EQ(due(book, right + seconds(15)), (std::vector{1, 2}));
  book.correct_clock(Instant::min());
  EXPECT_EQ(book.latest(), Instant{});
  EXPECT_EQ(due(book, Instant{}), (std::vector{1, 2}));
}

TEST(TimerBook, TheEndOfTime) {  // [TM-4-3]
  for (const auto& setting : {timer(TimerType::after_send, timer_max_seconds),
                              timer(TimerType::after_read, timer_max_seconds), seen_once}) {
    TimerBook book;
    const Instant late = Instant::max() - milliseconds(1);
    ASSERT_EQ(book.add(message(1), setting, late, theirs, late), TimerStart::running);
    EXPECT_EQ(book.next_deadline(), Instant::max());
    EXPECT_EQ(due(book, late), nothing);
    book.read(message(1), late);
    EXPECT_EQ(book.next_deadline(), Instant::max());
    EXPECT_EQ(due(book, Instant::max()), std::vector{1});
    book.correct_clock(start);
    EXPECT_EQ(due(book, start), std::vector{1});
  }
  TimerBook longest;
  ASSERT_TRUE(longest.add(message(1), timer(TimerType::after_read, timer_max_seconds), start,
                          theirs, start));
  expect_due_at(longest, start + timer_max_unread + days(365));
}

TEST(TimerBook, AsManyAsItHolds) {  // [TM-5-2]
  TimerBook book;
  const auto id = [](std::size_t i) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = static_cast<std::uint8_t>(i >> 8);
    bytes[1] = static_cast<std::uint8_t>(i);
    return MessageId(bytes);
  };
  for (std::size_t i = 0; i < TimerBook::max_running; ++i)
    ASSERT_EQ(book.add(id(i), after_read, start, theirs, start), TimerStart::running);
  const Buffer full = bytes_of(book);
  EXPECT_EQ(full.size(), TimerBook::max_bytes);
  EXPECT_EQ(error_of(book.add(id(5000), after_read, start, theirs, start + days(1))),
            Error::exhausted);
  EXPECT_EQ(bytes_of(book), full);
  EXPECT_EQ(book.add(id(7), after_read, start, theirs, start), TimerStart::known);
  const auto again = TimerBook::restore(full);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(bytes_of(*again), full);
  EXPECT_TRUE(book.done(id(3)));
  EXPECT_EQ(book.add(id(5000), after_read, start, theirs, start), TimerStart::running);
}

TEST(TimerBook, Moved) {
  TimerBook book;
  ASSERT_TRUE(book.add(message(1), after_send, start, theirs, start));
  const Buffer before = bytes_of(book);
  TimerBook taken(std::move(book));
  EXPECT_EQ(bytes_of(taken), before);
  TimerBook other;
  other = std::move(taken);
  EXPECT_EQ(bytes_of(other), before);
  EXPECT_EQ(taken.running().size(), 0U);  // NOLINT(bugprone-use-after-move): empty, not undefined
}

}  // namespace
}  // namespace sotto
