// SPDX-License-Identifier: MIT OR Apache-2.0
/// What files, timers, reports and lines do when there is no memory.
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/call_setup.hpp>
#include <sotto/timers.hpp>

#include "alloc/starve.hpp"
#include "conversation/test_attachment.hpp"
#include "conversation/test_franking.hpp"

namespace sotto::conversation {
namespace {

using testing::made_or_not;
using testing::starve;

TEST(OutOfMemory, a_file_is_begun_or_not) {
  EXPECT_GE(made_or_not<AttachmentSealer>([] {
              TapeEntropy tape(1);
              return AttachmentSealer::create(5'000, tape);
            }),
            3U);
  const SealedFile file = seal_file(file_of(5'000));
  EXPECT_GE(made_or_not<AttachmentOpener>([&] { return AttachmentOpener::create(file.reference); }),
            3U);
}

TEST(OutOfMemory, a_line_is_made_or_not) {
  EXPECT_EQ(made_or_not<CallLine>([] { return CallLine::create(); }), 1U);
}

TEST(OutOfMemory, a_report_is_verified_or_not) {
  Passed passed;
  passed.pass(1, 2, "one");
  passed.pass(2, 1, "two");
  const Buffer report = joined(passed.all);
  EXPECT_EQ(
      made_or_not<VerifiedReport>([&] { return VerifiedReport::verify(passed.platform, report); }),
      1U);
}

MessageId numbered(std::size_t number) {
  std::array<std::uint8_t, MessageId::size_bytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(number >> 8);
  bytes[1] = static_cast<std::uint8_t>(number);
  return MessageId(bytes);
}

Buffer bytes_of(const TimerBook& book) {
  Buffer room(TimerBook::max_bytes);
  room.resize(book.write(room)->size());
  return room;
}

TEST(OutOfMemory, a_book_of_timers_keeps_what_it_has) {
  constexpr Instant now{std::chrono::days(20'000)};
  const TimerSetting setting{TimerType::after_send, 10, now};
  bool grew = false;
  // The number before which a book grows is its own affair: all are tried.
  for (std::size_t before = 0; before <= 40; ++before) {
    SCOPED_TRACE(before);
    const auto make = [&] {
      auto book = std::make_unique<TimerBook>();
      for (std::size_t i = 0; i < before; ++i)
        EXPECT_TRUE(book->add(numbered(i), setting, now, true, now));
      return book;
    };
    const auto image = [](const TimerBook& book) { return bytes_of(book); };
    grew |= starve(
                make,
                [&](TimerBook& book) {
                  return error_of(book.add(numbered(before), setting, now, true, now));
                },
                image) > 0;
    const Buffer written = bytes_of(*make());
    made_or_not<TimerBook>([&] { return TimerBook::restore(written); });
  }
  EXPECT_TRUE(grew);
}

}  // namespace
}  // namespace sotto::conversation
