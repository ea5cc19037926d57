// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where the keystream of AES in counter mode begins for one packet.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include <sotto/bytes.hpp>

#include "media/packet_index.hpp"
#include "media/rtp_packet.hpp"

namespace sotto::media {

/// IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16 [RFC3711-4.1.1-1]. It tells the salt to who
/// sees it: wipe it after use.
[[nodiscard]] inline std::array<std::uint8_t, 16> cm_iv(std::span<const std::uint8_t, 14> salt,
                                                        Ssrc ssrc, PacketIndex index) noexcept {
  std::array<std::uint8_t, 16> iv{};
  std::ranges::copy(salt, iv.begin());
  for (std::size_t i = 0; i < 4; ++i)
    iv[7 - i] ^= static_cast<std::uint8_t>(std::to_underlying(ssrc) >> 8 * i);
  for (std::size_t i = 0; i < 6; ++i) iv[13 - i] ^= static_cast<std::uint8_t>(index.value >> 8 * i);
  return iv;
}

}  // namespace sotto::media
