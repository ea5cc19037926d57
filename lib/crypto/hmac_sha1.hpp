// SPDX-License-Identifier: MIT OR Apache-2.0
/// HMAC-SHA1 (RFC 2104) under a key whose pads are hashed once: what SRTP's older profiles
/// authenticate with. HMAC does not need its hash to resist collisions.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include <sotto/bytes.hpp>

namespace sotto::crypto {

/// An HMAC-SHA1 key of 20 bytes, saved as the two states after its pads. Wiped at its end.
class HmacSha1Key {
 public:
  static constexpr std::size_t key_bytes = 20;
  static constexpr std::size_t mac_bytes = 20;

  explicit HmacSha1Key(std::span<const std::uint8_t, key_bytes> key) noexcept;
  HmacSha1Key(const HmacSha1Key&) = delete;
  HmacSha1Key& operator=(const HmacSha1Key&) = delete;
  HmacSha1Key(HmacSha1Key&& other) noexcept;
  HmacSha1Key& operator=(HmacSha1Key&& other) noexcept;
  ~HmacSha1Key();

  /// HMAC over the parts, one after the other.
  void mac(std::span<std::uint8_t, mac_bytes> out,
           std::initializer_list<Bytes> parts) const noexcept;

 private:
  using State = std::array<std::uint64_t, 12>;  ///< room for the backend's context
  void wipe_states() noexcept;

  State inner_;
  State outer_;
};

}  // namespace sotto::crypto
