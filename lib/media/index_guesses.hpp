// SPDX-License-Identifier: MIT OR Apache-2.0
/// At which indices a packet is tried, of which its sequence number tells 16 bits of 48.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/srtp.hpp>

#include "media/packet_index.hpp"

namespace sotto::media {

/// The likeliest index first; those behind it are for a rollover counter that was lost. The tag
/// decides which one is right.
class IndexGuesses {
 public:
  /// A counter that the caller was told may have risen by one since.
  static constexpr std::size_t told = 2;
  static constexpr std::size_t most = 1 + srtp_rollover_search + told;

  /// Behind the likeliest index come those of the rollover counters that follow,
  /// `srtp_rollover_search` of them [RFC3711-3.3.1-8], and of the one that the caller was told, if
  /// that is ahead of these [RFC3711-3.3.1-3].
  IndexGuesses(PacketIndex likeliest, std::uint32_t told_roc) noexcept;

  [[nodiscard]] const PacketIndex* begin() const noexcept { return guesses_.data(); }
  [[nodiscard]] const PacketIndex* end() const noexcept { return guesses_.data() + count_; }
  [[nodiscard]] PacketIndex first() const noexcept { return guesses_[0]; }

 private:
  std::array<PacketIndex, most> guesses_{};
  std::size_t count_ = 1;
};

}  // namespace sotto::media
