// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which packets of one stream were opened already; or, at a sender, which indices were spent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/srtp.hpp>

#include "media/packet_index.hpp"

namespace sotto::media {

/// A list of the last `srtp_replay_window` indices up to the newest [RFC3711-3.3.2-1]. Older ones
/// count as seen: they cannot be told from a replay.
class ReplayWindow {
 public:
  ReplayWindow() noexcept = default;

  /// A window whose first packet is `first`, which counts as seen.
  explicit ReplayWindow(PacketIndex first) noexcept : newest_(first) { mark(first, true); }

  /// The highest index that was seen.
  [[nodiscard]] PacketIndex newest() const noexcept { return newest_; }

  /// Whether `index` is ahead of the window or inside it: older ones are no longer remembered.
  [[nodiscard]] bool covers(PacketIndex index) const noexcept {
    return index > newest_ || newest_.value - index.value < srtp_replay_window;
  }

  /// Whether `index` may still be opened [RFC3711-3.3.2-2]. Changes nothing.
  [[nodiscard]] bool accepts(PacketIndex index) const noexcept;

  /// Count `index` as seen. Only for a packet that was accepted and then authenticated.
  void commit(PacketIndex index) noexcept;

 private:
  static constexpr std::size_t word_bits = 64;
  static_assert(srtp_replay_window % word_bits == 0);

  void mark(PacketIndex index, bool seen) noexcept;

  PacketIndex newest_;
  /// A ring: the bit of an index stands at its value modulo the width.
  std::array<std::uint64_t, srtp_replay_window / word_bits> seen_{};
};

}  // namespace sotto::media
