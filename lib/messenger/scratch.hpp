// SPDX-License-Identifier: MIT OR Apache-2.0
/// Room for a letter or a row while it is worked on.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto::messenger {

/// Bytes on the heap that may hold plaintext: zeroed at the end.
class Scratch {
 public:
  /// Errors: `out_of_memory`.
  [[nodiscard]] static Result<Scratch> create(std::size_t size) noexcept {
    std::unique_ptr<std::uint8_t[]> bytes(new (std::nothrow) std::uint8_t[size]());
    if (!bytes) return std::unexpected(Error::out_of_memory);
    return Scratch(std::move(bytes), size);
  }
  Scratch(Scratch&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() { wipe(bytes()); }

  [[nodiscard]] MutableBytes bytes() const noexcept { return {bytes_.get(), size_}; }

 private:
  Scratch(std::unique_ptr<std::uint8_t[]> bytes, std::size_t size) noexcept
      : bytes_(std::move(bytes)), size_(size) {}

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

}  // namespace sotto::messenger
