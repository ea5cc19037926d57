// SPDX-License-Identifier: MIT OR Apache-2.0
/// Writes protobuf fields into room that is known to suffice, and says how much that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <protozero/varint.hpp>

#include <sotto/bytes.hpp>
#include <sotto/wire.hpp>

namespace sotto::wire {

inline constexpr std::size_t key_bytes = 33;

/// Sizes of fields whose number is below 16, so that their tag is one byte.
[[nodiscard]] inline std::size_t varint_size(std::uint64_t value) noexcept {
  return static_cast<std::size_t>(protozero::length_of_varint(value));
}
[[nodiscard]] inline std::size_t uint32_field_size(std::uint32_t value) noexcept {
  return 1 + varint_size(value);
}
[[nodiscard]] inline std::size_t bytes_field_size(std::size_t n) noexcept {
  return 1 + varint_size(n) + n;
}

/// Starts at `out` and checks nothing: the caller has compared sizes.
class FieldWriter {
 public:
  explicit FieldWriter(MutableBytes out) noexcept : out_(out) {}

  [[nodiscard]] std::size_t used() const noexcept { return used_; }

  void byte(std::uint8_t value) noexcept { out_[used_++] = value; }

  void uint32_field(std::uint32_t number, std::uint32_t value) noexcept {
    byte(static_cast<std::uint8_t>(number << 3));  // wire type 0
    varint(value);
  }

  /// Tag and length; the `n` bytes themselves are what comes next.
  void bytes_field_head(std::uint32_t number, std::size_t n) noexcept {
    byte(static_cast<std::uint8_t>(number << 3 | 2));
    varint(n);
  }

  void bytes_field(std::uint32_t number, Bytes bytes) noexcept {
    bytes_field_head(number, bytes.size());
    std::memcpy(claim(bytes.size()).data(), bytes.data(), bytes.size());
  }

  template <class Role>
  void key_field(std::uint32_t number, const Public<Role, 32>& key) noexcept {
    bytes_field(number, signal_key(key));
  }

  /// Pass over `n` bytes that somebody else fills.
  MutableBytes claim(std::size_t n) noexcept {
    const MutableBytes room = out_.subspan(used_, n);
    used_ += n;
    return room;
  }

 private:
  void varint(std::uint64_t value) noexcept {
    used_ += static_cast<std::size_t>(protozero::add_varint_to_buffer(
        reinterpret_cast<char*>(out_.subspan(used_, varint_size(value)).data()), value));
  }

  MutableBytes out_;
  std::size_t used_ = 0;
};

}  // namespace sotto::wire
