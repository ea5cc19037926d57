// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bounded writer: fills a caller's buffer and never passes its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::base {

/// Appends to the front of a buffer. Once something does not fit, nothing more is written and
/// `finish` answers `buffer_too_small`. Integers are big-endian.
class Writer {
 public:
  explicit constexpr Writer(MutableBytes out) noexcept : out_(out) {}

  constexpr void put(Bytes bytes) noexcept {
    const MutableBytes room = claim(bytes.size());
    if (!room.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  }

  template <class T>
  constexpr void put_uint(T value) noexcept {
    const MutableBytes room = claim(sizeof(T));
    auto left = static_cast<std::uint64_t>(value);
    for (std::size_t i = room.size(); i > 0; --i, left >>= 8)
      room[i - 1] = static_cast<std::uint8_t>(left);
  }

  /// The next `n` bytes for the caller to fill; empty when they do not fit.
  [[nodiscard]] constexpr MutableBytes claim(std::size_t n) noexcept {
    if (failed_ || n > out_.size() - used_) {
      failed_ = true;
      return {};
    }
    const MutableBytes room = out_.subspan(used_, n);
    used_ += n;
    return room;
  }

  /// What was written, or `buffer_too_small`.
  [[nodiscard]] constexpr Result<MutableBytes> finish() const noexcept {
    if (failed_) return std::unexpected(Error::buffer_too_small);
    return out_.first(used_);
  }

 private:
  MutableBytes out_;
  std::size_t used_ = 0;
  bool failed_ = false;
};

}  // namespace sotto::base
