// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a transaction has made to go out, in its own memory until the commit.
///
///   one-time prekey to be published = id(4) public(32)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <sotto/x3dh.hpp>

#include "session/growing.hpp"

namespace sotto::session {

/// One buffer that grows, with one thing behind the other; wiped when it ends untaken.
class Outbox {
 public:
  /// Room for `bytes` behind what is kept: to be filled, and then kept or not. Good until the next
  /// call. Errors: `out_of_memory`.
  [[nodiscard]] Result<MutableBytes> room(std::size_t bytes) noexcept {
    const std::size_t size = kept_ + bytes;
    if (size > bytes_.room())
      if (const auto made = bytes_.reserve(std::max({size, 2 * bytes_.room(), std::size_t{512}}));
          !made)
        return std::unexpected(made.error());
    return bytes_.resize(size).subspan(kept_);
  }
  /// Keep the first `bytes` of the room; returns where they begin.
  std::size_t keep(std::size_t bytes) noexcept {
    const std::size_t offset = kept_;
    kept_ += bytes;
    return offset;
  }
  [[nodiscard]] Bytes part(std::size_t offset, std::size_t bytes) const noexcept {
    return bytes_.bytes().subspan(offset, bytes);
  }
  [[nodiscard]] std::size_t size() const noexcept { return kept_; }

  /// Hand the buffer over; nothing is kept here any more.
  [[nodiscard]] std::unique_ptr<std::uint8_t[]> take() noexcept {
    kept_ = 0;
    return bytes_.take();
  }

 private:
  Held bytes_;
  std::size_t kept_ = 0;
};

inline constexpr std::size_t published_bytes = 4 + 32;

void write_published(std::span<std::uint8_t, published_bytes> out,
                     const Bundle::OneTime& prekey) noexcept;
[[nodiscard]] Bundle::OneTime read_published(
    std::span<const std::uint8_t, published_bytes> bytes) noexcept;

}  // namespace sotto::session
