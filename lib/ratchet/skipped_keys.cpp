// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/skipped_keys.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "ratchet/age.hpp"

namespace sotto::ratchet {
namespace {

constexpr std::size_t smallest_run = 8;

/// Slots for `keys` keys when at most `limit` are ever kept: twice as many, so that growing costs
/// a constant on average; at the limit a quarter more, so that closing the holes does.
std::size_t run_size(std::size_t keys, std::size_t limit) noexcept {
  return std::max(smallest_run, std::min(2 * keys, limit + limit / 4));
}

}  // namespace

SkippedKey& SkippedKey::operator=(SkippedKey&& other) noexcept {
  if (this != &other) {
    since = other.since;
    n = other.n;
    kept = other.kept;
    seed = other.seed;
    other.erase();
  }
  return *this;
}

void SkippedKey::erase() noexcept {
  kept = false;
  wipe(seed);
}

Result<SkippedRun> SkippedRun::allocate(std::size_t size) noexcept {
  SkippedRun run;
  if (size == 0) return run;
  run.slots.reset(new (std::nothrow) SkippedKey[size]);
  if (!run.slots) return std::unexpected(Error::out_of_memory);
  run.size = size;
  return run;
}

std::size_t SkippedKeys::lower_bound(std::uint32_t n) const noexcept {
  const SkippedKey* const first = run_.slots.get() + head_;
  const SkippedKey* const last = run_.slots.get() + tail_;
  const auto* found = std::lower_bound(
      first, last, n, [](const SkippedKey& key, std::uint32_t number) { return key.n < number; });
  return head_ + static_cast<std::size_t>(found - first);
}

std::size_t SkippedKeys::position_of(std::uint32_t n) const noexcept {
  const std::size_t position = lower_bound(n);
  if (position == tail_ || run_.slots[position].n != n || !run_.slots[position].kept) return tail_;
  return position;
}

const SkippedKey* SkippedKeys::find(std::uint32_t n) const noexcept {
  const std::size_t position = position_of(n);
  return position == tail_ ? nullptr : &run_.slots[position];
}

Result<SkippedRun> SkippedKeys::room_for(std::size_t more, std::size_t limit) const noexcept {
  if (more == 0 || run_.size == 0 || tail_ + more <= run_.size) return SkippedRun{};
  const std::size_t keys = std::min(kept_ + more, limit);
  // Closing the holes in place is enough when it frees a good part.
  if (keys + keys / 4 <= run_.size) return SkippedRun{};
  return SkippedRun::allocate(run_size(keys, limit));
}

void SkippedKeys::append(SkippedRun&& fresh, SkippedRun&& room, std::size_t limit) noexcept {
  if (fresh.size == 0) return;
  ++changes_;
  while (kept_ > 0 && kept_ + fresh.size > limit) erase_oldest();
  for (std::size_t i = 0; i < fresh.size; ++i) {
    latest_ = std::max(latest_, fresh.slots[i].since);
    earliest_ = std::min(earliest_, fresh.slots[i].since);
  }
  if (run_.size == 0) {
    run_ = std::move(fresh);
    tail_ = kept_ = run_.size;
    return;
  }
  if (room.size > 0) {
    move_to(room);
    run_ = std::move(room);
  } else if (tail_ + fresh.size > run_.size) {
    move_to(run_);
  }
  for (std::size_t i = 0; i < fresh.size; ++i) run_.slots[tail_++] = std::move(fresh.slots[i]);
  kept_ += fresh.size;
}

void SkippedKeys::erase(std::uint32_t n) noexcept {
  const std::size_t position = position_of(n);
  if (position != tail_) erase_at(position);
}

void SkippedKeys::erase_oldest() noexcept {
  if (kept_ > 0) erase_at(head_);
}

std::size_t SkippedKeys::expire(Instant now, std::chrono::milliseconds age,
                                std::size_t most) noexcept {
  std::size_t erased = 0;
  for (; erased < most && kept_ > 0 && over(run_.slots[head_].since, now, age); ++erased)
    erase_at(head_);
  return erased;
}

bool SkippedKeys::is_doubtful(Instant now, std::chrono::milliseconds age) const noexcept {
  if (kept_ == 0 ||
      !(ratchet::is_doubtful(latest_, now, age) || ratchet::is_doubtful(earliest_, now, age)))
    return false;
  for (std::size_t i = head_; i < tail_; ++i)
    if (run_.slots[i].kept && ratchet::is_doubtful(run_.slots[i].since, now, age)) return true;
  return false;
}

void SkippedKeys::settle(Instant now, std::chrono::milliseconds age) noexcept {
  if (!is_doubtful(now, age)) return;
  ++changes_;
  latest_ = Instant::min();
  earliest_ = Instant::max();
  for (std::size_t i = head_; i < tail_; ++i) {
    SkippedKey& key = run_.slots[i];
    if (!key.kept) continue;
    if (ratchet::is_doubtful(key.since, now, age)) key.since = now;
    latest_ = std::max(latest_, key.since);
    earliest_ = std::min(earliest_, key.since);
  }
}

void SkippedKeys::erase_at(std::size_t position) noexcept {
  ++changes_;
  run_.slots[position].erase();
  if (--kept_ == 0) {
    run_ = {};
    head_ = tail_ = 0;
    latest_ = Instant::min();
    earliest_ = Instant::max();
    return;
  }
  while (!run_.slots[head_].kept) ++head_;
  while (!run_.slots[tail_ - 1].kept) --tail_;
}

/// Move the kept keys to the front of `target`, which may be the run they are in.
void SkippedKeys::move_to(SkippedRun& target) noexcept {
  std::size_t moved = 0;
  for (std::size_t i = head_; i < tail_; ++i)
    if (run_.slots[i].kept) target.slots[moved++] = std::move(run_.slots[i]);
  head_ = 0;
  tail_ = moved;
}

}  // namespace sotto::ratchet
