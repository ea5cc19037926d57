// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/clocked_book.hpp"

#include <algorithm>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::messenger {

using std::chrono::milliseconds;

namespace {

/// Steps back come to no more in all: two million years.
constexpr milliseconds longest_back((std::int64_t{1} << 56) - 1);

template <class Steps>
milliseconds sum_of(const Steps& steps) noexcept {
  milliseconds sum(0);
  for (const milliseconds by : steps) sum += by;
  return sum;
}

}  // namespace

bool ClockedBook::follow(Instant now) noexcept {
  if (timers_.running().empty()) {  // Nothing waits: any time will do.
    *this = ClockedBook();
    return false;
  }
  const Instant time = std::max(now, Instant{});
  const Instant last = timers_.latest();
  milliseconds passed(0);
  if (time < last) {
    put_back(last - time);
  } else {
    const milliseconds step = time - last;
    const bool believed = step <= longest_idle;
    const milliseconds corrected = believed ? correction(step) : step;
    if (corrected == milliseconds(0)) {
      static_cast<void>(timers_.due(time));
      return step >= longest_unstored;
    }
    put_forward(corrected);
    passed = step - corrected;
    // A message that came while the clock was back would pay for what others lost before.
    if (passed / correcting_part < corrected) passed = milliseconds(0);
  }
  static_cast<void>(timers_.due(last + passed));
  timers_.correct_clock(time);
  return true;
}

void ClockedBook::put_back(milliseconds by) noexcept {
  by = std::min(by, longest_back - sum_of(back_));
  if (by == milliseconds(0)) return;
  back_[max_steps - 2] += back_[max_steps - 1];
  std::ranges::move_backward(back_.begin(), back_.end() - 1, back_.end());
  back_[0] = by;
}

/// How much of a step forward is the end of an error.
milliseconds ClockedBook::correction(milliseconds step) const noexcept {
  milliseconds sum(0);
  for (const milliseconds by : back_) {
    if (step < (sum + by) / correcting_part) break;
    sum += by;
  }
  return std::min(step, sum);
}

/// As much of it as the clock was put back: the latest first.
void ClockedBook::put_forward(milliseconds by) noexcept {
  std::size_t kept = 0;
  for (milliseconds step : std::exchange(back_, {})) {
    const milliseconds of_it = std::min(by, step);
    by -= of_it;
    step -= of_it;
    if (step > milliseconds(0)) back_[kept++] = step;
  }
}

Result<TimerStart> ClockedBook::add(const MessageId& id, const TimerSetting& setting,
                                    Instant sent_at, bool ours, Instant now) noexcept {
  const bool doubtful = std::max(now, Instant{}) - std::max(sent_at, Instant{}) > longest_idle;
  return timers_.add(id, setting, doubtful ? now : sent_at, ours, now);
}

Result<MutableBytes> ClockedBook::write(MutableBytes out) const noexcept {
  if (out.size() < head_bytes) return std::unexpected(Error::buffer_too_small);
  const auto book = timers_.write(out.subspan(head_bytes));
  if (!book) return book;
  base::Writer writer(out.first(head_bytes));
  for (const milliseconds by : back_) writer.put_uint(static_cast<std::uint64_t>(by.count()));
  return out.first(head_bytes + book->size());
}

Result<ClockedBook> ClockedBook::restore(Bytes bytes) noexcept {
  // No step back is so far that the second one begins as a book does.
  const bool earlier = bytes.size() > 8 && bytes[8] == 1;
  const std::size_t head = earlier ? 8 : head_bytes;
  if (bytes.size() < head) return std::unexpected(Error::malformed);
  base::Fields fields(bytes.first(head));
  ClockedBook clocked;
  milliseconds sum(0);
  for (std::size_t i = 0; i < head / 8; ++i) {
    const milliseconds by = fields.milliseconds();
    const bool in_a_row = i == 0 || by == milliseconds(0) || clocked.back_[i - 1] > milliseconds(0);
    if (by < milliseconds(0) || by > longest_back - sum || !in_a_row)
      return std::unexpected(Error::malformed);
    sum += by;
    clocked.back_[i] = by;
  }
  auto book = TimerBook::restore(bytes.subspan(head));
  if (!book) return std::unexpected(book.error());
  if (book->running().empty()) return std::unexpected(Error::malformed);
  clocked.timers_ = *std::move(book);
  return clocked;
}

}  // namespace sotto::messenger
