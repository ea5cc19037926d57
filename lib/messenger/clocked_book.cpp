// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/clocked_book.hpp"

#include <algorithm>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::messenger {

using std::chrono::milliseconds;

bool ClockedBook::follow(Instant now) noexcept {
  if (timers_.running().empty()) {  // Nothing waits: any time will do.
    *this = ClockedBook();
    return false;
  }
  const Instant time = std::max(now, Instant{});
  const Instant last = timers_.latest();
  milliseconds passed(0);
  if (time < last) {
    const milliseconds by = last - time;
    put_back_ = by > longest_idle - put_back_ ? milliseconds(0) : put_back_ + by;
  } else {
    passed = time - last;
    const bool put_forward = put_back_ > milliseconds(0) && passed >= put_back_;
    if (!put_forward && passed <= longest_idle) return false;
    if (put_forward) passed -= std::exchange(put_back_, milliseconds(0));
    if (passed > longest_idle) passed = put_back_ = milliseconds(0);
  }
  static_cast<void>(timers_.due(last + passed));
  timers_.correct_clock(time);
  return true;
}

Result<MutableBytes> ClockedBook::write(MutableBytes out) const noexcept {
  if (out.size() < head_bytes) return std::unexpected(Error::buffer_too_small);
  const auto book = timers_.write(out.subspan(head_bytes));
  if (!book) return book;
  base::Writer writer(out.first(head_bytes));
  writer.put_uint(static_cast<std::uint64_t>(put_back_.count()));
  return out.first(head_bytes + book->size());
}

Result<ClockedBook> ClockedBook::restore(Bytes bytes) noexcept {
  if (bytes.size() < head_bytes) return std::unexpected(Error::malformed);
  base::Fields fields(bytes.first(head_bytes));
  ClockedBook clocked;
  clocked.put_back_ = fields.milliseconds();
  if (clocked.put_back_ < milliseconds(0) || clocked.put_back_ > longest_idle)
    return std::unexpected(Error::malformed);
  auto book = TimerBook::restore(bytes.subspan(head_bytes));
  if (!book) return std::unexpected(book.error());
  if (book->running().empty()) return std::unexpected(Error::malformed);
  clocked.timers_ = *std::move(book);
  return clocked;
}

}  // namespace sotto::messenger
