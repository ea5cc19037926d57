// SPDX-License-Identifier: MIT OR Apache-2.0
/// A digest of many rows that is kept up to date row by row.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sotto::session {

/// A number modulo 2^256. A row's own is an HMAC of its name and its sealed value's tag
/// (`RowKeys::sum`); that of many rows is their sum, whatever the order, so that a commit adds what
/// it writes and subtracts what it replaces. Who lacks the key of these HMACs can neither compute
/// nor see one.
class RowSum {
 public:
  static constexpr std::size_t size_bytes = 32;

  RowSum() noexcept = default;
  /// From 32 bytes, big-endian.
  explicit RowSum(std::span<const std::uint8_t, 32> bytes) noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
      std::memcpy(&limbs_[3 - i], bytes.data() + 8 * i, 8);
      limbs_[3 - i] = big_endian(limbs_[3 - i]);
    }
  }
  void write(std::span<std::uint8_t, 32> out) const noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t limb = big_endian(limbs_[3 - i]);
      std::memcpy(out.data() + 8 * i, &limb, 8);
    }
  }

  RowSum& operator+=(const RowSum& other) noexcept {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t sum = limbs_[i] + other.limbs_[i];
      const std::uint64_t with_carry = sum + carry;
      carry = (sum < limbs_[i] ? 1U : 0U) | (with_carry < sum ? 1U : 0U);
      limbs_[i] = with_carry;
    }
    return *this;
  }
  RowSum& operator-=(const RowSum& other) noexcept {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t difference = limbs_[i] - other.limbs_[i];
      const std::uint64_t with_borrow = difference - borrow;
      borrow = (limbs_[i] < other.limbs_[i] ? 1U : 0U) | (difference < borrow ? 1U : 0U);
      limbs_[i] = with_borrow;
    }
    return *this;
  }
  friend bool operator==(const RowSum&, const RowSum&) noexcept = default;

 private:
  /// What stands in memory as big-endian, as a number; and back.
  [[nodiscard]] static std::uint64_t big_endian(std::uint64_t value) noexcept {
    return std::endian::native == std::endian::big ? value : std::byteswap(value);
  }

  std::array<std::uint64_t, 4> limbs_{};  // the least significant first
};

}  // namespace sotto::session
