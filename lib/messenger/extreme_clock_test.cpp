// SPDX-License-Identifier: MIT OR Apache-2.0
// A clock at the ends of what it can read, in everything of a messenger that takes the time.
// Overflow itself is for the build with sanitizers to find.
#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

constexpr milliseconds one{1};
constexpr std::array moments{Instant::min(), Instant::min() + one, Instant{} - one,
                             Instant{},      Instant::max() - one, Instant::max()};
constexpr Instant today{days(20'000)};

/// Ben's messages that go after an hour, an hour after they were read, and once they were seen.
constexpr std::array kinds{TimerType::after_send, TimerType::after_read, TimerType::seen_once};

struct Timed : World {
  Timed() {
    set(today);
    for (const TimerType type : kinds) {
      say(ann, "before", TimerSetting{type, type == TimerType::seen_once ? 0U : 3600U, today});
      const auto arrival = hear(ben);
      EXPECT_TRUE(arrival);
      static_cast<void>(hear(tablet));
    }
  }
  void set(Instant now) {
    for (Phone* phone : {&ann, &tablet, &ben}) phone->now = now;
  }
  Result<RostersTaken> take_lists(Phone& phone, Instant now) {
    const Roster& list = service.newest(user_of(1));
    Blob bytes(list.size_bytes());
    static_cast<void>(must(list.write(bytes), "list"));
    const std::array<Bytes, 1> views{Bytes(bytes)};
    return phone.messenger().take_rosters(user_of(1), views, now);
  }
  /// All that Ben does at `now` to what is there.
  void look_at_all(Instant now) {
    std::array<Erased, 8> gone{};
    Blob out(content_max_padded + 200);
    for (std::optional<OrderKey> after;;) {
      const auto next = must(ben.messenger().next_kept(out, talk, after), "next_kept");
      if (!next) break;
      after = next->place;
      const MessageName message{next->place.sender, next->place.id};
      EXPECT_EQ(error_of(ben.messenger().read(talk, message, now)), std::nullopt);
      EXPECT_EQ(error_of(ben.messenger().close(talk, message, now)), std::nullopt);
    }
    EXPECT_EQ(error_of(ben.messenger().tick(gone, now)), std::nullopt);
    EXPECT_EQ(error_of(ben.messenger().next_deadline()), std::nullopt);
  }
};

TEST(ExtremeClock, IsTakenByEverythingThatTakesTheTime) {
  for (const Instant now : moments) {
    SCOPED_TRACE(now.time_since_epoch().count());
    Timed world;
    // A content and a list say when they were made, and no form of theirs has a time before 1970.
    const auto refused = now < Instant{} ? std::optional(Error::malformed) : std::nullopt;
    EXPECT_EQ(error_of(world.take_lists(world.ben, now)), refused);
    EXPECT_EQ(error_of(world.ben.messenger().send(world.talk, ContentKind::text, text("said"), {},
                                                  world.ben.tape, now)),
              refused);
    Blob out(delivery_max_bytes);
    EXPECT_EQ(error_of(world.ben.messenger().next_delivery(out, {}, now)), std::nullopt);
    // What comes then, and what was there.
    for (const TimerType type : kinds)
      world.say(world.ann, "then",
                TimerSetting{type, type == TimerType::seen_once ? 0U : 3600U, today});
    world.ben.now = now;
    for (std::size_t i = 0; i < kinds.size(); ++i)
      EXPECT_EQ(error_of(world.hear(world.ben)), std::nullopt);
    world.look_at_all(now);

    // The clock is right again, and all goes on.
    for (int day = 0; day < 3; ++day) {
      world.set(today + days(day));
      world.look_at_all(world.ben.now);
      EXPECT_EQ(error_of(world.take_lists(world.ben, world.ben.now)), std::nullopt);
      world.say(world.ann, "later");
      const auto arrival = world.hear(world.ben);
      ASSERT_TRUE(arrival) << name(arrival.error());
      EXPECT_EQ(arrival->kind, Arrival::Kind::content);
    }
  }
}

TEST(ExtremeClock, OfASenderIsTakenByWhoHearsIt) {
  for (const Instant now : moments) {
    if (now < Instant{}) continue;  // It sends nothing.
    SCOPED_TRACE(now.time_since_epoch().count());
    Timed world;
    world.ann.now = now;
    for (const TimerType type : kinds) {
      std::optional<TimerSetting> timer(
          {type, type == TimerType::seen_once ? 0U : 3600U, std::min(now, today)});
      if (now == Instant::max()) timer.reset();  // Whatever has a time is over at the end of time.
      world.say(world.ann, "then", timer);
    }
    for (std::size_t i = 0; i < kinds.size(); ++i)
      EXPECT_EQ(error_of(world.hear(world.ben)), std::nullopt);
    world.look_at_all(today);
    world.set(today + days(1));
    world.look_at_all(world.ben.now);
    world.say(world.ann, "later");
    const auto arrival = world.hear(world.ben);
    ASSERT_TRUE(arrival) << name(arrival.error());
    EXPECT_EQ(arrival->kind, Arrival::Kind::content);
  }
}

}  // namespace
}  // namespace sotto::messenger
