// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/window.hpp"

namespace sotto::sframe {

bool Window::accepts(std::uint64_t counter) const noexcept {
  if (!any_ || counter > newest_) return true;
  if (newest_ - counter >= sframe_replay_window) return false;
  const std::size_t place = counter % sframe_replay_window;
  return (seen_[place / word_bits] >> (place % word_bits) & 1) == 0;
}

void Window::commit(std::uint64_t counter) noexcept {
  if (!any_ || counter > newest_) {
    // The places of the counters passed over hold those of a whole width ago: they open again.
    if (!any_ || counter - newest_ >= sframe_replay_window)
      seen_.fill(0);
    else
      for (std::uint64_t i = newest_ + 1; i < counter; ++i) mark(i, false);
    newest_ = counter;
    any_ = true;
  }
  mark(counter, true);
}

void Window::mark(std::uint64_t counter, bool seen) noexcept {
  const std::size_t place = counter % sframe_replay_window;
  const std::uint64_t bit = std::uint64_t{1} << (place % word_bits);
  std::uint64_t& word = seen_[place / word_bits];
  word = seen ? word | bit : word & ~bit;
}

}  // namespace sotto::sframe
