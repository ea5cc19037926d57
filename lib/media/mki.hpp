// SPDX-License-Identifier: MIT OR Apache-2.0
/// The master key identifier: which of several keys a packet is under [RFC3711-3.1-2].
#pragma once

#include <algorithm>
#include <array>

#include <sotto/srtp.hpp>

namespace sotto::media {

/// 0 to 16 bytes; none when the direction has one key for its whole life.
class Mki {
 public:
  constexpr Mki() noexcept = default;
  /// Errors: `malformed` (more than 16 bytes).
  [[nodiscard]] static Result<Mki> create(Bytes bytes) noexcept {
    if (bytes.size() > srtp_max_mki_bytes) return std::unexpected(Error::malformed);
    Mki mki;
    std::ranges::copy(bytes, mki.bytes_.begin());
    mki.size_ = bytes.size();
    return mki;
  }

  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  friend bool operator==(const Mki&, const Mki&) noexcept = default;

 private:
  std::array<std::uint8_t, srtp_max_mki_bytes> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace sotto::media
