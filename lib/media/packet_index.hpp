// SPDX-License-Identifier: MIT OR Apache-2.0
/// The index of a packet in its stream: 48 bits, of which the packet itself carries 16.
#pragma once

#include <compare>
#include <cstdint>

#include <sotto/error.hpp>

namespace sotto::media {

/// i = 2^16 * ROC + SEQ [RFC3711-3.3.1-1].
struct PacketIndex {
  std::uint64_t value = 0;  ///< below 2^48

  [[nodiscard]] static constexpr PacketIndex of(std::uint32_t roc, std::uint16_t seq) noexcept {
    return {std::uint64_t{roc} << 16 | seq};
  }
  [[nodiscard]] constexpr std::uint32_t roc() const noexcept {
    return static_cast<std::uint32_t>(value >> 16);
  }
  [[nodiscard]] constexpr std::uint16_t seq() const noexcept {
    return static_cast<std::uint16_t>(value);
  }
  friend constexpr auto operator<=>(const PacketIndex&, const PacketIndex&) noexcept = default;
};

/// The last index; no key serves beyond it [RFC3711-3.3.1-7] [RFC3711-9.2-1].
inline constexpr PacketIndex last_index = {(std::uint64_t{1} << 48) - 1};

/// The last index of SRTCP, of 31 bits [RFC3711-3.4-2].
inline constexpr std::uint32_t last_control_index = (std::uint32_t{1} << 31) - 1;

/// Where a packet that carries `seq` most likely stands, when `newest` is the highest index that
/// authenticated: the nearest one whose ROC is that of `newest` or one beside it, as in RFC 3711,
/// appendix A [RFC3711-3.3.1-4]. Before the first index and after the last there is none: ROC never
/// wraps here.
[[nodiscard]] PacketIndex estimate_index(PacketIndex newest, std::uint16_t seq) noexcept;

/// The index under which a sender seals `seq` after `newest`: the next one that carries it. A step
/// is at most 2^15 - 1, the most that every receiver reads as forward [RFC7714-8.4-1].
/// Errors: `counter_reused` when `seq` does not rise, `exhausted` when it would pass `last_index`.
[[nodiscard]] Result<PacketIndex> following_index(PacketIndex newest, std::uint16_t seq) noexcept;

}  // namespace sotto::media
