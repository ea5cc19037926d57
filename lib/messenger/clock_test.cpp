// SPDX-License-Identifier: MIT OR Apache-2.0
// Messages that disappear, under a clock that is wrong and put right again [CV-5-5].
#include "messenger/clocked_book.hpp"
#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::error_of;

/// How wrong a clock may be: a quarter of an hour to many years, ahead and back.
constexpr std::array ahead{milliseconds(minutes(15)), milliseconds(hours(7)),
                           milliseconds(days(100)),   milliseconds(days(399)),
                           milliseconds(days(401)),   milliseconds(days(12 * 365))};
constexpr std::array back{milliseconds(minutes(15)), milliseconds(days(100)),
                          milliseconds(days(401)), milliseconds(days(19'999))};

/// Long after 1970.
struct Today : World {
  Today() {
    for (Phone* phone : {&ann, &tablet, &ben}) phone->now += days(20'000);
  }
};

std::size_t erased_at(Phone& phone, Instant now) {
  std::array<Erased, 8> room{};
  return must(phone.messenger().tick(room, now), "tick").erased.size();
}

/// Ann says something for an hour, and Ben has it at his time.
Result<Arrival> pass(World& world, std::string_view said, const TimerSetting& timer) {
  world.say(world.ann, said, timer);
  auto arrival = world.hear(world.ben);
  static_cast<void>(world.hear(world.tablet));
  return arrival;
}
TimerSetting hour(const World& world) {
  return {TimerType::after_send, 3600, world.ann.now};
}
TimerSetting minute(const World& world) {
  return {TimerType::after_read, 60, world.ann.now};
}
void go_on(World& world, milliseconds time) {
  for (Phone* phone : {&world.ann, &world.tablet, &world.ben}) phone->now += time;
}

/// After the clock was put right: what comes is shown, what was read goes in its time.
void expect_that_all_goes_on(World& world) {
  for (const milliseconds later : {milliseconds(minutes(1)), milliseconds(hours(25))}) {
    go_on(world, later);
    const auto arrival = pass(world, "for an hour", hour(world));
    ASSERT_TRUE(arrival) << name(arrival.error());
    EXPECT_EQ(arrival->kind, Arrival::Kind::content);
  }
  static_cast<void>(erased_at(world.ben, world.ben.now));
  const auto arrival = pass(world, "for a minute", minute(world));
  ASSERT_TRUE(arrival) << name(arrival.error());
  const MessageName message{arrival->place.sender, arrival->place.id};
  ASSERT_TRUE(world.ben.messenger().read(world.talk, message, world.ben.now));
  go_on(world, seconds(59));
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
  go_on(world, seconds(2));
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 1U);
}

TEST(Clock, ThatWasWrongForOneLookAtWhatIsOverHidesNothing) {
  std::vector<milliseconds> wrong(ahead.begin(), ahead.end());
  for (const milliseconds by : back) wrong.push_back(-by);
  for (const milliseconds by : wrong) {
    SCOPED_TRACE(by.count());
    Today world;
    static_cast<void>(must(pass(world, "before", hour(world)), "receive"));
    static_cast<void>(must(
        pass(world, "for long", {TimerType::after_read, 31'000'000, world.ann.now}), "receive"));
    static_cast<void>(erased_at(world.ben, world.ben.now + by));
    expect_that_all_goes_on(world);
  }
}

TEST(Clock, ThatWasWrongWhenAMessageCameHidesNothing) {
  std::vector<milliseconds> wrong(ahead.begin(), ahead.end());
  for (const milliseconds by : {back[0], back[2], back[3]}) wrong.push_back(-by);
  for (const milliseconds by : wrong) {
    SCOPED_TRACE(by.count());
    Today world;
    world.ben.now += by;
    const auto arrival = pass(world, "unread so far", minute(world));
    ASSERT_TRUE(arrival) << name(arrival.error());
    EXPECT_EQ(arrival->kind, Arrival::Kind::content);
    world.ben.now -= by;
    expect_that_all_goes_on(world);
    EXPECT_EQ(world.kept(world.ben).front(), "unread so far") << "nobody has read it";
  }
}

TEST(Clock, ThatWasBackForAWhileMakesNothingDueEarly) {
  for (const milliseconds by : {milliseconds(minutes(15)), milliseconds(days(100)),
                                milliseconds(days(399)), milliseconds(days(401))}) {
    SCOPED_TRACE(by.count());
    Today world;
    static_cast<void>(must(pass(world, "unread", minute(world)), "receive"));
    const Instant right = world.ben.now;
    EXPECT_EQ(erased_at(world.ben, right - by), 0U);
    EXPECT_EQ(erased_at(world.ben, right - by + minutes(10)), 0U);
    EXPECT_EQ(erased_at(world.ben, right + minutes(11)), 0U);
    EXPECT_EQ(world.kept(world.ben), Strings{"unread"});
    EXPECT_EQ(erased_at(world.ben, right + minutes(11) + timer_max_unread - minutes(12)), 0U);
    EXPECT_EQ(erased_at(world.ben, right + minutes(12) + timer_max_unread + minutes(1)), 1U);
  }
}

TEST(Clock, ThatIsPutForwardInStepsMakesNothingDueEarly) {  // [CV-5-6]
  const std::vector<std::vector<milliseconds>> corrections{
      {days(2), days(3)},
      {days(3), days(1), days(1)},
      {days(6 * 365), days(4 * 365)},
      {days(300), days(300), days(300), days(300), days(300)},
      {hours(12), hours(24 * 7)},
      {minutes(5), minutes(5), minutes(5)}};
  for (const auto& steps : corrections)
    for (const bool restarts : {false, true}) {
      Today world;
      static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
      const Instant right = world.ben.now;
      milliseconds by(0);
      for (const milliseconds step : steps) by += step;
      SCOPED_TRACE(by.count());
      // It is put back in two steps as well.
      EXPECT_EQ(erased_at(world.ben, right - by / 3), 0U);
      EXPECT_EQ(erased_at(world.ben, right - by), 0U);
      Instant shown = right - by;
      for (const milliseconds step : steps) {
        if (restarts) world.ben.restart();
        EXPECT_EQ(erased_at(world.ben, shown += step), 0U);
      }
      EXPECT_EQ(erased_at(world.ben, right + minutes(59)), 0U);
      EXPECT_EQ(world.kept(world.ben), Strings{"for an hour"});
      EXPECT_EQ(erased_at(world.ben, right + minutes(60)), 1U);
    }
}

TEST(Clock, ThatWasFarAheadOnceIsPutBackAndForwardLater) {  // [CV-5-6]
  // Many more steps back than are told apart, and the latest ones are still made up for.
  Today world;
  static_cast<void>(
      must(pass(world, "for long", {TimerType::after_read, 31'000'000, world.ann.now}), "receive"));
  for (int i = 0; i < 10; ++i)
    for (const int years : {12, 5, 0})
      EXPECT_EQ(erased_at(world.ben, world.ben.now + days(365 * years)), 0U);
  static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
  const Instant right = world.ben.now;
  for (const milliseconds by : {days(1), days(5), days(3), days(0)})
    EXPECT_EQ(erased_at(world.ben, right - by), 0U);
  EXPECT_EQ(erased_at(world.ben, right + minutes(59)), 0U);
  EXPECT_EQ(erased_at(world.ben, right + minutes(60)), 1U);
}

TEST(Clock, ThatWasFarAheadAndIsPutBackInStepsMakesNothingDueEarly) {  // [CV-5-6]
  Today world;
  static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
  const Instant right = world.ben.now;
  for (const int years : {10, 4, 0}) EXPECT_EQ(erased_at(world.ben, right + days(365 * years)), 0U);
  EXPECT_EQ(erased_at(world.ben, right + minutes(59)), 0U);
  EXPECT_EQ(erased_at(world.ben, right + minutes(60)), 1U);
}

TEST(Clock, ThatWasPutRightLongAgoLetsMessagesGoInTheirTime) {  // [CV-5-6]
  // Years ahead for one look; from then on the app is opened once a day.
  Today world;
  static_cast<void>(
      must(pass(world, "for long", {TimerType::after_read, 31'000'000, world.ann.now}), "receive"));
  static_cast<void>(erased_at(world.ben, world.ben.now + days(12 * 365)));
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
  const TimerSetting for_days{TimerType::after_send, 3 * 24 * 3600, world.ann.now};
  static_cast<void>(must(pass(world, "for three days", for_days), "receive"));
  for (int day = 1; day <= 3; ++day) {
    go_on(world, days(1));
    EXPECT_EQ(erased_at(world.ben, world.ben.now), day == 3 ? 1U : 0U) << day;
  }
}

TEST(Clock, ThatIsPutBackIsMeasuredFromTheLastLook) {  // [CV-5-6]
  // Ten days pass, in which nothing is over; the time is stored all the same.
  Today world;
  static_cast<void>(
      must(pass(world, "for long", {TimerType::after_read, 31'000'000, world.ann.now}), "receive"));
  for (int day = 0; day < 10; ++day) {
    go_on(world, days(1));
    EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
  }
  const auto by = days(10) + hours(6);
  world.ben.now -= by;
  static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
  world.ben.now += by;
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
  go_on(world, minutes(59));
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
  go_on(world, minutes(1));
  EXPECT_EQ(erased_at(world.ben, world.ben.now), 1U);
}

TEST(Clock, ThatIsFarAheadWhenAMessageComesLeavesItItsTime) {  // [CV-5-7]
  for (const milliseconds by : {milliseconds(days(401)), milliseconds(days(12 * 365))})
    for (const bool first : {true, false})
      for (const int steps : {1, 3}) {
        SCOPED_TRACE(by.count());
        Today world;
        if (!first)
          static_cast<void>(must(
              pass(world, "before", {TimerType::after_read, 1'000, world.ann.now}), "receive"));
        const Instant right = world.ben.now;
        world.ben.now += by;
        const auto arrival = pass(world, "for an hour", hour(world));
        ASSERT_TRUE(arrival) << name(arrival.error());
        EXPECT_EQ(arrival->kind, Arrival::Kind::content);
        EXPECT_EQ(erased_at(world.ben, world.ben.now), 0U);
        for (int left = steps; left > 0; --left)
          EXPECT_EQ(erased_at(world.ben, right + by / steps * (left - 1)), 0U);
        EXPECT_EQ(erased_at(world.ben, right + minutes(59)), 0U);
        EXPECT_EQ(world.kept(world.ben).back(), "for an hour");
        EXPECT_EQ(erased_at(world.ben, right + minutes(60)), 1U);
      }
}

TEST(Clock, ThatIsNotDoubtedHidesWhatIsOver) {  // [CV-5-2, CV-5-7]
  Today world;
  world.ben.now += days(400);
  const auto arrival = pass(world, "for an hour", hour(world));
  ASSERT_TRUE(arrival) << name(arrival.error());
  EXPECT_EQ(arrival->kind, Arrival::Kind::over);
}

TEST(Clock, OfADeviceThatLayUnusedForYearsIsBelievedFromThenOn) {
  Today world;
  static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
  const Instant again = world.ben.now + days(800);
  EXPECT_EQ(erased_at(world.ben, again), 0U) << "it keeps the time that it had left";
  EXPECT_EQ(erased_at(world.ben, again + minutes(59)), 0U);
  EXPECT_EQ(erased_at(world.ben, again + minutes(60)), 1U);
}

TEST(Clock, WithoutTimersHasNoRow) {
  Today world;
  static_cast<void>(must(pass(world, "for an hour", hour(world)), "receive"));
  EXPECT_EQ(erased_at(world.ben, world.ben.now + hours(1)), 1U);
  auto desk = must(Desk::open(world.ben.device()), "desk");
  std::array<std::uint8_t, 8> room{};
  EXPECT_FALSE(must(desk.get(room, timers_row(world.talk, user_of(1))), "get"));
}

TEST(ClockedBook, IsReadFromWhatItWritesAndFromNothingElse) {
  ClockedBook book;
  const Instant start{days(20'000)};
  EXPECT_FALSE(book.follow(start));
  std::array<std::uint8_t, ClockedBook::max_bytes> room{};
  const std::size_t empty = must(book.write(room), "write").size();
  EXPECT_EQ(error_of(ClockedBook::restore(std::span(room).first(empty))), Error::malformed)
      << "an empty one is never stored";
  const std::array<std::uint8_t, 16> id{1};
  ASSERT_TRUE(
      book.timers().add(MessageId(id), {TimerType::after_send, 10, start}, start, true, start));
  EXPECT_TRUE(book.follow(start - hours(2)));
  const MutableBytes written = must(book.write(room), "write");
  EXPECT_EQ(error_of(book.write(std::span(room).first(written.size() - 1))),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(book.write(std::span(room).first(ClockedBook::head_bytes - 1))),
            Error::buffer_too_small);
  auto again = must(ClockedBook::restore(written), "restore");
  EXPECT_TRUE(again.follow(start + seconds(1))) << "put forward again";
  EXPECT_EQ(again.timers().next_deadline(), start + seconds(11));
  for (std::size_t size = 0; size < written.size(); ++size)
    EXPECT_EQ(error_of(ClockedBook::restore(written.first(size))), Error::malformed);
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Blob changed(written.begin(), written.end());
    changed[at] = value;
    return error_of(ClockedBook::restore(changed));
  };
  EXPECT_EQ(with(0, 0x80), Error::malformed) << "back by less than nothing";
  EXPECT_EQ(with(0, 1), Error::malformed) << "by more than there is";
  EXPECT_EQ(with(1, 0xff), std::nullopt);
  EXPECT_EQ(with(9, 0xff), std::nullopt) << "in two steps";
  EXPECT_EQ(with(17, 0xff), Error::malformed) << "in the first and the third step";
  EXPECT_EQ(with(16, 0x80), Error::malformed);
  // An earlier version kept the sum of all steps alone.
  const Bytes timers = Bytes(written).subspan(ClockedBook::head_bytes);
  Blob earlier(written.begin(), written.begin() + 8);
  earlier.insert(earlier.end(), timers.begin(), timers.end());
  auto old = must(ClockedBook::restore(earlier), "restore");
  EXPECT_TRUE(old.follow(start + seconds(1)));
  EXPECT_EQ(old.timers().next_deadline(), start + seconds(11));
}

}  // namespace
}  // namespace sotto::messenger
