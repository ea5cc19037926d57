// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/past.hpp"

#include <algorithm>

namespace sotto::session {

void Past::hand_over(const Reached& last, Writer next) noexcept {
  if (last.writer == next || last.number == 0) return;
  // The next one stands in the head from now on; else the lowest makes room.
  std::size_t place = std::min(count_, most - 1);
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].writer == next) place = i;
  if (place == count_) ++count_;
  std::ranges::copy_backward(all_.begin(), all_.begin() + place, all_.begin() + place + 1);
  all_[0] = last;
}

std::optional<bool> Past::has(const Reached& commit) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].writer == commit.writer) return all_[i].number >= commit.number;
  if (count_ == most && all_[most - 1].number > commit.number) return std::nullopt;
  return false;
}

bool Past::append(const Reached& commit) noexcept {
  if (count_ == most || commit.number == 0) return false;
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].writer == commit.writer || all_[i].number <= commit.number) return false;
  all_[count_++] = commit;
  return true;
}

}  // namespace sotto::session
