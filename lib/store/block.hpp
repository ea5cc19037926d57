// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes on the heap, wiped when they are given up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/secret.hpp>

namespace sotto::store {

/// A buffer that grows. It never throws, and no byte that it held stays in memory.
class Block {
 public:
  Block() noexcept = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { clear(); }

  [[nodiscard]] Bytes bytes() const noexcept { return {data_.get(), size_}; }

  /// Room for `size` bytes; what is held stays. False without memory.
  [[nodiscard]] bool reserve(std::size_t size) noexcept {
    if (size <= capacity_) return true;
    std::unique_ptr<std::uint8_t[]> larger(new (std::nothrow) std::uint8_t[size]);
    if (!larger) return false;
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    wipe({data_.get(), size_});
    data_ = std::move(larger);
    capacity_ = size;
    return true;
  }

  /// Hold `bytes`, for which there is room.
  void assign(Bytes bytes) noexcept {
    clear();
    size_ = bytes.size();
    if (size_ > 0) std::memcpy(data_.get(), bytes.data(), size_);
  }

  /// Hold a copy of `bytes`. False without memory; then this is as it was.
  [[nodiscard]] bool keep(Bytes bytes) noexcept {
    if (!reserve(bytes.size())) return false;
    assign(bytes);
    return true;
  }

  /// Hold nothing; the room stays.
  void clear() noexcept {
    wipe({data_.get(), size_});
    size_ = 0;
  }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace sotto::store
