// SPDX-License-Identifier: MIT OR Apache-2.0
/// When messages disappear. Entries stand in the order of (deadline, id): what is due is in front.
#include <algorithm>
#include <new>
#include <tuple>
#include <utility>

#include <sotto/timers.hpp>

namespace sotto {
namespace {

using std::chrono::milliseconds;

/// No later than time itself goes [TM-4-3].
Instant later(Instant start, milliseconds by) noexcept {
  return by > Instant::max() - start ? Instant::max() : start + by;
}

milliseconds length(std::uint32_t seconds) noexcept {
  return std::chrono::seconds(seconds);
}

auto rank(const RunningTimer& entry) noexcept {
  return std::tuple(entry.deadline, entry.id);
}

/// When a message that nobody reads goes [TM-3-3]. `now` is when it came to this device: who was
/// away may read it nonetheless.
Instant unread_deadline(const RunningTimer& entry, Instant sent_at, Instant now) noexcept {
  if (entry.type == TimerType::after_send) {
    const Instant start = std::max(std::min(sent_at, now), Instant{});  // [TM-2-1]
    return later(start, length(entry.seconds));
  }
  return later(later(now, timer_max_unread), length(entry.seconds));
}

/// When it goes after it was read at `now`.
Instant read_deadline(const RunningTimer& entry, Instant now) noexcept {
  if (entry.type == TimerType::after_read) return later(now, length(entry.seconds));
  return entry.ours ? now : later(now, timer_max_open);  // seen once [TM-3-4]
}

}  // namespace

bool is_valid(const TimerSetting& setting) noexcept {
  if (setting.set_at.time_since_epoch().count() < 0) return false;
  switch (setting.type) {
    case TimerType::off:
    case TimerType::seen_once:
      return setting.seconds == 0;
    case TimerType::after_read:
    case TimerType::after_send:
      return setting.seconds > 0 && setting.seconds <= timer_max_seconds;
  }
  return false;
}

TimerBook::TimerBook(TimerBook&& other) noexcept
    : entries_(std::move(other.entries_)),
      count_(std::exchange(other.count_, 0)),
      room_(std::exchange(other.room_, 0)),
      latest_(other.latest_) {
}

TimerBook& TimerBook::operator=(TimerBook&& other) noexcept {
  if (this == &other) return *this;
  entries_ = std::move(other.entries_);
  count_ = std::exchange(other.count_, 0);
  room_ = std::exchange(other.room_, 0);
  latest_ = other.latest_;
  return *this;
}

Result<TimerStart> TimerBook::add(const MessageId& id, const TimerSetting& setting, Instant sent_at,
                                  bool ours, Instant now) noexcept {
  if (!is_valid(setting)) return std::unexpected(Error::malformed);
  if (setting.type == TimerType::off) return TimerStart::untimed;
  if (find(id) != nullptr) return TimerStart::known;
  RunningTimer entry{
      .id = id, .type = setting.type, .ours = ours, .seconds = setting.seconds, .deadline = {}};
  const Instant time = std::max(now, latest_);
  entry.deadline = unread_deadline(entry, sent_at, time);
  if (entry.deadline <= time) {  // [TM-2-2]
    latest_ = time;
    return TimerStart::over;
  }
  if (count_ == max_running) return std::unexpected(Error::exhausted);  // [TM-5-2]
  if (!reserve(count_ + 1)) return std::unexpected(Error::out_of_memory);
  latest_ = time;
  entries_[count_++] = entry;
  move_to(entries_[count_ - 1], entry.deadline);
  return TimerStart::running;
}

bool TimerBook::read(const MessageId& id, Instant now) noexcept {
  const Instant time = advance(now);
  RunningTimer* const entry = find(id);
  if (entry == nullptr || entry->type == TimerType::after_send || entry->read ||
      entry->deadline <= time)
    return false;  // [TM-3-2]
  entry->read = true;
  // Reading never makes a message live longer.
  move_to(*entry, std::min(entry->deadline, read_deadline(*entry, time)));
  return true;
}

bool TimerBook::close(const MessageId& id, Instant now) noexcept {
  const Instant time = advance(now);
  RunningTimer* const entry = find(id);
  if (entry == nullptr || entry->type != TimerType::seen_once || entry->ours || entry->closed ||
      entry->deadline <= time)
    return false;
  entry->read = true;
  entry->closed = true;
  move_to(*entry, time);
  return true;
}

std::span<const RunningTimer> TimerBook::due(Instant now) noexcept {
  const Instant time = advance(now);
  const auto all = running();
  const auto first_later = std::ranges::upper_bound(all, time, {}, &RunningTimer::deadline);
  return all.first(static_cast<std::size_t>(first_later - all.begin()));
}

bool TimerBook::done(const MessageId& id) noexcept {
  RunningTimer* const entry = find(id);
  if (entry == nullptr) return false;
  std::move(entry + 1, entries_.get() + count_, entry);
  entries_[--count_] = {};
  return true;
}

std::optional<Instant> TimerBook::next_deadline() const noexcept {
  if (count_ == 0) return std::nullopt;
  return entries_[0].deadline;
}

void TimerBook::correct_clock(Instant now) noexcept {
  const Instant time = std::max(now, Instant{});
  for (RunningTimer& entry : std::span(entries_.get(), count_)) {
    // Of what is due no more is left than nothing, so that an hour before 1970 cannot come about.
    const milliseconds left = std::max(entry.deadline - latest_, milliseconds(0));
    entry.deadline = later(time, left);
  }
  // What was due at different times, or is now at the end of time, stands in the order of ids.
  std::ranges::sort(std::span(entries_.get(), count_), {}, rank);
  latest_ = time;
}

Instant TimerBook::advance(Instant now) noexcept {
  return latest_ = std::max(now, latest_);  // [TM-4-1]
}

RunningTimer* TimerBook::find(const MessageId& id) noexcept {
  const std::span all(entries_.get(), count_);
  const auto found = std::ranges::find(all, id, &RunningTimer::id);
  return found == all.end() ? nullptr : &*found;
}

bool TimerBook::reserve(std::size_t room) noexcept {
  if (room <= room_) return true;
  const std::size_t more = std::clamp(2 * room_, std::max<std::size_t>(room, 8), max_running);
  std::unique_ptr<RunningTimer[]> larger(new (std::nothrow) RunningTimer[more]);
  if (larger == nullptr) return false;
  std::copy_n(entries_.get(), count_, larger.get());
  entries_ = std::move(larger);
  room_ = more;
  return true;
}

void TimerBook::move_to(RunningTimer& entry, Instant deadline) noexcept {
  entry.deadline = deadline;
  RunningTimer* const place = &entry;
  const auto before = [](const RunningTimer& a, const RunningTimer& b) {
    return rank(a) < rank(b);
  };
  RunningTimer* const first = entries_.get();
  RunningTimer* const last = first + count_;
  RunningTimer* const up = std::upper_bound(first, place, entry, before);
  std::rotate(up, place, place + 1);
  if (up != place) return;
  RunningTimer* const down = std::lower_bound(place + 1, last, entry, before);
  std::rotate(place, place + 1, down);
}

}  // namespace sotto
