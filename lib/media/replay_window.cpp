// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/replay_window.hpp"

namespace sotto::media {

bool ReplayWindow::accepts(PacketIndex index) const noexcept {
  if (index > newest_) return true;
  if (newest_.value - index.value >= srtp_replay_window) return false;
  const std::size_t place = index.value % srtp_replay_window;
  return (seen_[place / word_bits] >> (place % word_bits) & 1) == 0;
}

void ReplayWindow::commit(PacketIndex index) noexcept {
  if (index > newest_) {
    // The places of the indices passed over hold those of a whole width ago: they open again.
    if (index.value - newest_.value >= srtp_replay_window)
      seen_.fill(0);
    else
      for (PacketIndex i{newest_.value + 1}; i < index; ++i.value) mark(i, false);
    newest_ = index;
  }
  mark(index, true);
}

void ReplayWindow::mark(PacketIndex index, bool seen) noexcept {
  const std::size_t place = index.value % srtp_replay_window;
  const std::uint64_t bit = std::uint64_t{1} << (place % word_bits);
  std::uint64_t& word = seen_[place / word_bits];
  word = seen ? word | bit : word & ~bit;
}

}  // namespace sotto::media
