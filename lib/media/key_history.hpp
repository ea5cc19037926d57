// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which masters an end has had, so that none serves again after its streams were forgotten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>

namespace sotto::media {

/// What a master key and salt are known by again: 16 bytes of a hash of both.
using KeyPrint = std::array<std::uint8_t, 16>;
[[nodiscard]] KeyPrint print_of(Bytes master_key, Bytes master_salt) noexcept;

class KeyHistory {
 public:
  static constexpr std::size_t most = 256;

  [[nodiscard]] bool holds(const KeyPrint& print) const noexcept;

  /// Note a master. False when there is no room: it will not be known again.
  [[nodiscard]] bool add(const KeyPrint& print) noexcept;

 private:
  std::array<KeyPrint, most> prints_{};
  std::size_t used_ = 0;
};

}  // namespace sotto::media
