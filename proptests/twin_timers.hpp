// SPDX-License-Identifier: MIT OR Apache-2.0
/// Timers by the letter of spec/timers.md: a list of what happened to each message, on an axis of
/// time that no clock moves, and everything worked out from it when it is asked for. And what a
/// clock that may be wrong says of that axis.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <sotto/timers.hpp>

namespace sotto::prop {

class TwinTimers {
 public:
  using Axis = std::int64_t;  ///< milliseconds; for times that are far from its ends

  [[nodiscard]] bool knows(const MessageId& id) { return find(id) != nullptr; }

  TimerStart add(const MessageId& id, const TimerSetting& setting, Instant sent_at, bool ours,
                 Instant now) {
    if (setting.type == TimerType::off) return TimerStart::untimed;
    if (knows(id)) return TimerStart::known;
    see(now);
    const Axis sent = std::max<Axis>(count(sent_at), 0) + shift_;
    Story story{id, setting.type, ours, Axis{setting.seconds} * 1000, std::min(sent, time_), time_,
                {}, {},           {}};
    if (deadline(story) <= time_) return TimerStart::over;
    stories_.push_back(story);
    return TimerStart::running;
  }

  bool read(const MessageId& id, Instant now) {
    see(now);
    Story* const story = find(id);
    if (story == nullptr || story->type == TimerType::after_send || story->read ||
        deadline(*story) <= time_)
      return false;
    story->read = time_;
    return true;
  }

  bool close(const MessageId& id, Instant now) {
    see(now);
    Story* const story = find(id);
    if (story == nullptr || story->type != TimerType::seen_once || story->ours ||
        deadline(*story) <= time_)
      return false;
    if (!story->read) story->read = time_;
    story->closed = time_;
    return true;
  }

  bool done(const MessageId& id) {
    return std::erase_if(stories_, [&id](const Story& story) { return story.id == id; }) > 0;
  }

  void correct_clock(Instant now) {
    shift_ = time_ - std::max<Axis>(count(now), 0);
    for (Story& story : stories_)
      if (deadline(story) < time_) story.was_due = time_;
  }

  using Due = std::vector<std::pair<Instant, MessageId>>;
  /// By the clock, in order.
  [[nodiscard]] Due due(Instant now) {
    see(now);
    Due all = running();
    const Instant time(std::chrono::milliseconds(time_ - shift_));
    std::erase_if(all, [time](const auto& entry) { return entry.first > time; });
    return all;
  }
  [[nodiscard]] Due running() const {
    Due all;
    for (const Story& story : stories_)
      all.emplace_back(Instant(std::chrono::milliseconds(deadline(story) - shift_)), story.id);
    std::ranges::sort(all);
    return all;
  }

 private:
  struct Story {
    MessageId id;
    TimerType type;
    bool ours;
    Axis length;
    Axis sent;
    Axis came;
    std::optional<Axis> read;
    std::optional<Axis> closed;
    std::optional<Axis> was_due;  ///< at a correction, which forgets since when
  };

  static Axis count(Instant at) { return at.time_since_epoch().count(); }

  static Axis deadline(const Story& story) {
    constexpr Axis fortnight = Axis{14} * 24 * 3600 * 1000, hour = Axis{3600} * 1000;
    if (story.was_due) return *story.was_due;
    if (story.type == TimerType::after_send) return story.sent + story.length;
    Axis last = story.came + fortnight + story.length;
    if (story.type == TimerType::after_read && story.read)
      last = std::min(last, *story.read + story.length);
    if (story.type == TimerType::seen_once && story.read)
      last = std::min(last, *story.read + (story.ours ? 0 : hour));
    if (story.closed) last = std::min(last, *story.closed);
    return last;
  }

  void see(Instant now) { time_ = std::max(time_, count(now) + shift_); }

  Story* find(const MessageId& id) {
    const auto found = std::ranges::find(stories_, id, &Story::id);
    return found == stories_.end() ? nullptr : &*found;
  }

  std::vector<Story> stories_;
  Axis time_ = 0;   ///< on the axis
  Axis shift_ = 0;  ///< from the clock to the axis
};

/// The time that passed by a clock that may be wrong, by the letter of spec/conversation.md: a list
/// of all that it showed, from which the time is worked out anew whenever it is asked for.
class TwinClock {
 public:
  using Axis = TwinTimers::Axis;

  /// What passed in all, now that the clock shows this [CV-5-5, CV-5-6].
  Axis show(Instant now) {
    shown_.push_back(std::max<Axis>(now.time_since_epoch().count(), 0));
    return before_ + passed();
  }
  /// Nothing waits any more.
  void forget() {
    before_ += passed();
    shown_.clear();
  }

 private:
  [[nodiscard]] Axis passed() const {
    Axis time = 0;
    std::vector<Axis> back;  // steps of the clock that were not made up for
    for (std::size_t i = 1; i < shown_.size(); ++i) {
      const Axis step = shown_[i] - shown_[i - 1];
      if (step < 0) {
        back.push_back(-step);
        if (back.size() > 5) {
          back[1] += back[0];
          back.erase(back.begin());
        }
        continue;
      }
      if (step <= Axis{400} * 24 * 3600 * 1000)
        time += left_of(step, make_up(back, step, true));
      else
        make_up(back, step, false);
    }
    return time;
  }

  static Axis left_of(Axis step, Axis made_up) {
    return (step - made_up) / 16 < made_up ? 0 : step - made_up;
  }

  /// Set a step forward against steps back, the latest first: how much of it was. `careful`: only
  /// against those of which it is a sixteenth.
  static Axis make_up(std::vector<Axis>& back, Axis step, bool careful) {
    Axis left = step, all = 0;
    while (!back.empty() && left > 0) {
      all += back.back();
      if (careful && step < all / 16) break;
      const Axis part = std::min(left, back.back());
      left -= part;
      if (part < back.back())
        back.back() -= part;
      else
        back.pop_back();
    }
    return step - left;
  }

  std::vector<Axis> shown_;
  Axis before_ = 0;
};

}  // namespace sotto::prop
