// SPDX-License-Identifier: MIT OR Apache-2.0
/// Fixed-size bytes whose role is their type: secrets, which are wiped, and public values.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/wipe.hpp>

namespace sotto {

/// `N` secret bytes in the role `Role`. Move-only; zeroed when moved from and when destroyed.
///
/// It cannot be compared, printed or copied; `expose` is the one way to the bytes, so that a search
/// for that word finds every place which touches a secret. Two roles never convert into each other
/// but by `into`, which consumes.
template <class Role, std::size_t N>
class Secret {
 public:
  static constexpr std::size_t size_bytes = N;

  /// A copy of `bytes`; the caller still has to wipe the source.
  explicit Secret(std::span<const std::uint8_t, N> bytes) noexcept {
    std::memcpy(bytes_.data(), bytes.data(), N);
  }

  /// A copy of bytes of any length, as they come from a keyring or a file; the caller still has to
  /// wipe the source. Errors: `invalid_argument` (not `N` bytes).
  [[nodiscard]] static Result<Secret> from(Bytes bytes) noexcept {
    if (bytes.size() != N) return std::unexpected(Error::invalid_argument);
    return Secret(bytes.first<N>());
  }

  /// A secret that `fill` writes in place: `fill` takes a `std::span<std::uint8_t, N>`.
  template <class Fill>
  [[nodiscard]] static Secret made_by(Fill&& fill) noexcept {
    Secret secret;
    std::forward<Fill>(fill)(std::span<std::uint8_t, N>(secret.bytes_));
    return secret;
  }

  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(bytes_); }

  /// The bytes themselves. Do not keep them beyond the life of this object.
  [[nodiscard]] std::span<const std::uint8_t, N> expose() const noexcept { return bytes_; }

  /// A second copy, for the rare secret that serves twice (a signed prekey).
  [[nodiscard]] Secret duplicate() const noexcept { return Secret(expose()); }

  /// The same bytes in another role; this object is zeroed.
  template <class To>
  [[nodiscard]] Secret<To, N> into() && noexcept {
    Secret<To, N> other(expose());
    wipe(bytes_);
    return other;
  }

 private:
  Secret() noexcept = default;
  std::array<std::uint8_t, N> bytes_{};
};

/// `N` public bytes in the role `Role`: a public key, a signature. Copyable and comparable.
template <class Role, std::size_t N>
class Public {
 public:
  static constexpr std::size_t size_bytes = N;

  constexpr Public() noexcept = default;
  explicit constexpr Public(std::span<const std::uint8_t, N> bytes) noexcept {
    for (std::size_t i = 0; i < N; ++i) bytes_[i] = bytes[i];
  }

  [[nodiscard]] constexpr std::span<const std::uint8_t, N> bytes() const noexcept { return bytes_; }

  /// The same bytes in another role.
  template <class To>
  [[nodiscard]] constexpr Public<To, N> as() const noexcept {
    return Public<To, N>(bytes());
  }

  friend constexpr bool operator==(const Public&, const Public&) noexcept = default;
  friend constexpr auto operator<=>(const Public&, const Public&) noexcept = default;

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace sotto
