// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bounded reader: the only way in which bytes from outside become values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto::base {

/// Reads fixed-size values from the front of some bytes. Reading past the end is `malformed` and
/// takes nothing. Integers are big-endian.
class Reader {
 public:
  explicit constexpr Reader(Bytes bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] constexpr Bytes rest() const noexcept { return rest_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return rest_.size(); }

  /// The next `n` bytes, as a view.
  [[nodiscard]] constexpr Result<Bytes> take(std::size_t n) noexcept {
    if (n > rest_.size()) return std::unexpected(Error::malformed);
    const Bytes taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }

  /// An unsigned integer of `sizeof(T)` bytes.
  template <class T>
  [[nodiscard]] constexpr Result<T> take_uint() noexcept {
    const auto bytes = take(sizeof(T));
    if (!bytes) return std::unexpected(bytes.error());
    std::uint64_t value = 0;
    for (const std::uint8_t byte : *bytes) value = value << 8 | byte;
    return static_cast<T>(value);
  }

  /// A public value of `T::size_bytes` bytes.
  template <class T>
  [[nodiscard]] constexpr Result<T> take_public() noexcept {
    const auto bytes = take(T::size_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    return T(bytes->template first<T::size_bytes>());
  }

  /// A secret of `T::size_bytes` bytes; the source still has to be wiped by who owns it.
  template <class T>
  [[nodiscard]] Result<T> take_secret() noexcept {
    const auto bytes = take(T::size_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    return T(bytes->template first<T::size_bytes>());
  }

  /// `malformed` unless everything was read.
  [[nodiscard]] constexpr Result<void> finish() const noexcept {
    if (!rest_.empty()) return std::unexpected(Error::malformed);
    return {};
  }

 private:
  Bytes rest_;
};

}  // namespace sotto::base
