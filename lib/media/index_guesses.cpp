// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/index_guesses.hpp"

namespace sotto::media {

IndexGuesses::IndexGuesses(PacketIndex likeliest, std::uint32_t told_roc) noexcept {
  guesses_[0] = likeliest;
  std::uint64_t tried = likeliest.roc();
  const auto try_at = [&](std::uint64_t roc) {
    if (roc <= tried || roc > last_index.roc()) return;
    tried = roc;
    guesses_[count_++] = PacketIndex::of(static_cast<std::uint32_t>(roc), likeliest.seq());
  };
  for (std::size_t i = 0; i < srtp_rollover_search; ++i) try_at(tried + 1);
  for (std::size_t i = 0; i < told; ++i) try_at(std::uint64_t{told_roc} + i);
}

}  // namespace sotto::media
