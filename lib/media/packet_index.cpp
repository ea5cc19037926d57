// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/packet_index.hpp"

namespace sotto::media {
namespace {

constexpr std::uint32_t half = 1U << 15;

}  // namespace

PacketIndex estimate_index(PacketIndex newest, std::uint16_t seq) noexcept {
  const std::uint32_t roc = newest.roc();
  const std::uint32_t s_l = newest.seq();
  const bool round_before = s_l < half && seq > s_l + half;
  const bool round_after = s_l >= half && seq < s_l - half;
  if (round_before && roc > 0) return PacketIndex::of(roc - 1, seq);
  if (round_after && roc < last_index.roc()) return PacketIndex::of(roc + 1, seq);
  return PacketIndex::of(roc, seq);
}

Result<PacketIndex> following_index(PacketIndex newest, std::uint16_t seq) noexcept {
  const auto step = static_cast<std::uint16_t>(seq - newest.seq());
  if (step == 0 || step >= half) return std::unexpected(Error::counter_reused);
  const PacketIndex next{newest.value + step};
  // Never round to an index that was used [RFC7714-13.1-2].
  if (next > last_index) return std::unexpected(Error::exhausted);
  return next;
}

}  // namespace sotto::media
