// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ages by clocks of random shapes: what a wrong clock destroys, and that all ages once it is
/// right; and what disappears by them.
#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "messenger/clocked_book.hpp"
#include "model/clock.hpp"
#include "ratchet/age.hpp"
#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr milliseconds age = days(30);
constexpr Instant beginning{days(20'000)};

/// Something that is stamped, and destroyed for its age; and the true time when it was stamped.
struct Thing {
  Instant since;
  Instant truly;
};

/// What a holder of such things does with the rule of ratchet/age.hpp, and its slow twin.
struct Holder {
  std::deque<Thing> things;
  ratchet::ClockDoubt doubt;
  std::deque<Thing> twin_things;
  model::Doubt twin;

  /// Returns the true ages of those that were destroyed, at most two.
  std::vector<milliseconds> operate(Instant shown, Instant truly, bool stamps) {
    const bool found = std::ranges::any_of(
        things, [&](const Thing& thing) { return ratchet::is_doubtful(thing.since, shown, age); });
    // As it is stored, and read again.
    doubt = ratchet::ClockDoubt(doubt.stored());
    if (doubt.believes_clock(found, shown))
      for (Thing& thing : things)
        if (ratchet::is_doubtful(thing.since, shown, age)) thing.since = shown;
    std::vector<milliseconds> destroyed;
    std::erase_if(things, [&](const Thing& thing) {
      const bool gone = destroyed.size() < 2 && ratchet::over(thing.since, shown, age);
      if (gone) destroyed.push_back(truly - thing.truly);
      return gone;
    });
    if (stamps) things.push_back({shown, truly});

    std::vector<model::Stamp> stamps_of_twin;
    for (Thing& thing : twin_things) stamps_of_twin.push_back({&thing.since, age});
    twin.settle(stamps_of_twin, shown);
    int left = 2;
    std::erase_if(twin_things, [&](const Thing& thing) {
      return model::over(thing.since, shown, age) && left-- > 0;
    });
    if (stamps) twin_things.push_back({shown, truly});
    return destroyed;
  }
  [[nodiscard]] bool equals_twin() const {
    return doubt.stored() == twin.mark &&
           std::ranges::equal(things, twin_things, {}, &Thing::since, &Thing::since);
  }
};

enum class Shape : std::uint8_t { eras, frozen, steps, drift, restarts, anything };
constexpr std::array shapes{Shape::eras,  Shape::frozen,   Shape::steps,
                            Shape::drift, Shape::restarts, Shape::anything};

/// A clock that is wrong in its shape until it is `right`.
class Clock {
 public:
  Clock(Shape shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

  [[nodiscard]] Instant read(Instant truly) {
    if (right) return truly;
    const auto passed = truly - beginning;
    switch (shape_) {
      case Shape::eras: {  // right, in 1970, in 2057 or in 2106, for hours or weeks
        if (random_() % 12 == 0) era_ = random_() % 4;
        constexpr std::array offsets{days(0), days(-20'000), days(12'000), days(30'000)};
        return truly + offsets[era_];
      }
      case Shape::frozen:
        return beginning;
      case Shape::steps:  // a month at once
        return Instant(days(30) * (truly.time_since_epoch() / days(30)));
      case Shape::drift:  // two per cent
        return truly + passed / 50;
      case Shape::restarts:  // at 1970, and has its time some hours later
        if (random_() % 8 == 0) restarted_ = truly;
        return truly - restarted_ < hours(20) ? Instant{} + (truly - restarted_) : truly;
      case Shape::anything:
        return Instant(milliseconds(static_cast<std::int64_t>(random_()) >> random_() % 40));
    }
    return truly;
  }
  bool right = false;

 private:
  Shape shape_;
  std::mt19937_64 random_;
  std::size_t era_ = 0;
  Instant restarted_{};
};

/// Whether the shape is wrong by decades or not at all: then it makes nothing older than it is.
bool is_far_off(Shape shape) {
  return shape == Shape::eras || shape == Shape::restarts;
}

// [SES-6-4]
TEST(Clocks, far_off_make_nothing_old_and_right_again_all) {
  std::mt19937_64 seeds(testing::soak_seed(1970));
  std::size_t destroyed_while_wrong = 0;
  for (const Shape shape : shapes)
    for (int run = 0; run < 200; ++run) {
      const std::uint64_t seed = seeds();
      std::mt19937_64 random(seed);
      Clock clock(shape, random());
      Holder holder;
      Instant truly = beginning;
      const auto operate = [&](milliseconds later, bool stamps) {
        truly += later;
        const auto destroyed = holder.operate(clock.read(truly), truly, stamps);
        ASSERT_TRUE(holder.equals_twin()) << "seed " << seed;
        ASSERT_LE(destroyed.size(), 2U);
        if (!clock.right) destroyed_while_wrong += destroyed.size();
        for (const milliseconds old : destroyed)
          ASSERT_TRUE(old >= age || !is_far_off(shape)) << "seed " << seed;
      };
      for (int i = 0; i < 150; ++i) {
        const auto later = random() % 3 == 0 ? random() % 86'400'000 : random() % 7'200'000;
        ASSERT_NO_FATAL_FAILURE(operate(milliseconds(later), random() % 3 == 0));
      }
      // From now on it is right, and all that was is gone soon: the age, two with each operation,
      // and two days until it is believed. These are four where a wrong clock found the first
      // doubtful time on what counts as the day after the first right one: days are told apart
      // modulo 255. A device in which so little happens that what is old waits for its turn until
      // it is doubtful takes as much longer; this one is busy at the beginning and at the end.
      clock.right = true;
      const Instant healed = truly;
      const auto many = [&] {
        for (int i = 0; i < 100; ++i) ASSERT_NO_FATAL_FAILURE(operate(milliseconds(0), false));
      };
      ASSERT_NO_FATAL_FAILURE(many());
      for (int day = 0; day < 35; ++day) ASSERT_NO_FATAL_FAILURE(operate(days(1), true));
      ASSERT_NO_FATAL_FAILURE(many());
      for (const Thing& thing : holder.things) ASSERT_GT(thing.truly, healed) << "seed " << seed;
    }
  EXPECT_GT(destroyed_while_wrong, 1'000U);
}

/// Messages that disappear, under a clock that is put wrong and right again in steps.
class Corrected {
 public:
  /// One message stays for longer than all of it takes: a book without messages knows no clock.
  explicit Corrected(std::uint64_t seed) : random_(seed) {
    const std::array<std::uint8_t, MessageId::size_bytes> id{0xff, 0xff};
    const TimerSetting for_long{TimerType::after_read, timer_max_seconds, Instant{}};
    EXPECT_TRUE(book_.add(MessageId(id), for_long, truly_, false, shown()));
  }

  /// The clock is looked at some time later; what is over is erased.
  void look(milliseconds later) {
    truly_ += later;
    book_.follow(shown());
    for (auto due = book_.timers().due(shown()); !due.empty(); due = book_.timers().due(shown())) {
      const RunningTimer& one = due.front();
      const auto lived = truly_ - came_.at(one.id.bytes()[0] * 256U + one.id.bytes()[1]);
      ASSERT_GE(lived, std::chrono::seconds(one.seconds));
      ASSERT_TRUE(book_.timers().done(MessageId(one.id)));
    }
  }
  /// A message is sent and comes at once.
  void say() {
    const auto length = static_cast<std::uint32_t>(3'600 + random_() % (20 * 86'400));
    const auto number = came_.size();
    const std::array<std::uint8_t, MessageId::size_bytes> id{
        static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number)};
    came_.push_back(truly_);
    book_.follow(shown());
    const auto begun = book_.add(MessageId(id), {TimerType::after_send, length, Instant{}}, truly_,
                                 false, shown());
    ASSERT_TRUE(begun && *begun == TimerStart::running);
  }
  void look_and_say() {
    for (auto i = random_() % 6; i > 0; --i) ASSERT_NO_FATAL_FAILURE(look(a_while()));
    // A clock that is ahead by less makes what comes over, as far as anybody can know.
    if (error_ > milliseconds(0) && error_ <= days(400)) return;
    if (random_() % 3 == 0) return;
    ASSERT_NO_FATAL_FAILURE(say());
  }
  /// In each one to four steps. Ahead by less than 400 days cannot be told from idleness; nor can
  /// steps that are about as long as the app looks away.
  void go_wrong_and_right() {
    const bool is_ahead = random_() % 2 == 0;
    const auto steps = 1 + random_() % 3;
    for (auto i = steps; i > 0; --i) {
      const milliseconds far = days(403 * (1 + random_() % 5));
      const milliseconds near = hours(std::int64_t{256} << random_() % 8);
      ASSERT_NO_FATAL_FAILURE(set_to(error_ + (is_ahead ? far : -near)));
    }
    for (auto i = random_() % 4; i > 0; --i) {
      const auto quarters = 1 + static_cast<std::int64_t>(random_() % 3);
      const milliseconds left = error_ - error_ / 4 * quarters;
      if (left > -most_taken_for_looks && left < most_taken_for_looks) continue;
      ASSERT_NO_FATAL_FAILURE(set_to(left));
    }
    ASSERT_NO_FATAL_FAILURE(set_to(milliseconds(0)));
  }
  [[nodiscard]] bool holds_more() const { return book_.timers().running().size() > 1; }

 private:
  /// It is looked at just before and just after: what passes between is not known of a step back.
  void set_to(milliseconds error) {
    ASSERT_NO_FATAL_FAILURE(look(milliseconds(0)));
    error_ = error;
    ASSERT_NO_FATAL_FAILURE(look(milliseconds(0)));
    ASSERT_NO_FATAL_FAILURE(look_and_say());
  }
  [[nodiscard]] Instant shown() const { return truly_ + error_; }
  milliseconds a_while() { return milliseconds(random_() % 7'200'000); }
  /// An error that is no longer than so many of them: looking away is taken for its end.
  static constexpr milliseconds most_taken_for_looks =
      hours(2) * messenger::ClockedBook::correcting_part;

  std::mt19937_64 random_;
  Instant truly_ = beginning;
  milliseconds error_{};
  messenger::ClockedBook book_;
  std::vector<Instant> came_;
};

// [CV-5-6] [CV-5-7]
TEST(Clocks, corrected_in_steps_erase_nothing_early_and_right_again_all) {
  std::mt19937_64 seeds(testing::soak_seed(2038));
  for (int run = 0; run < 300; ++run) {
    const std::uint64_t seed = seeds();
    SCOPED_TRACE(seed);
    Corrected world(seed);
    for (int times = 0; times < 12; ++times) ASSERT_NO_FATAL_FAILURE(world.go_wrong_and_right());
    ASSERT_NO_FATAL_FAILURE(world.say());
    for (int hour = 0; hour < 24 * 32; ++hour) ASSERT_NO_FATAL_FAILURE(world.look(hours(1)));
    EXPECT_FALSE(world.holds_more());
  }
}

}  // namespace
}  // namespace sotto::prop
