// SPDX-License-Identifier: MIT OR Apache-2.0
/// A sequence that grows and says when there is no memory to grow into.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto::session {

/// Elements in order, on the heap. Growing is split off: `reserve` may fail, and what stays within
/// the room it made cannot. Places that elements moved away from are theirs to wipe.
template <class T>
class Growing {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>);

 public:
  Growing() noexcept = default;
  Growing(Growing&& other) noexcept { swap(other); }
  Growing& operator=(Growing&& other) noexcept {
    Growing taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Growing() {
    clear();
    ::operator delete(static_cast<void*>(items_));
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* begin() noexcept { return items_; }
  [[nodiscard]] T* end() noexcept { return items_ + size_; }
  [[nodiscard]] const T* begin() const noexcept { return items_; }
  [[nodiscard]] const T* end() const noexcept { return items_ + size_; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return items_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return items_[i]; }

  /// Room for `more` elements besides those here. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve(std::size_t more) noexcept {
    if (more <= room_ - size_) return {};
    // NOLINTBEGIN(bugprone-sizeof-expression): an element may be a pointer, and is meant
    constexpr std::size_t most = SIZE_MAX / 2 / sizeof(T);
    if (more > most - size_) return std::unexpected(Error::out_of_memory);
    const std::size_t room = std::max({size_ + more, std::min(2 * room_, most), std::size_t{4}});
    T* items = static_cast<T*>(::operator new(room * sizeof(T), std::nothrow));
    // NOLINTEND(bugprone-sizeof-expression)
    if (items == nullptr) return std::unexpected(Error::out_of_memory);
    std::uninitialized_move_n(items_, size_, items);
    std::destroy_n(items_, size_);
    ::operator delete(static_cast<void*>(items_));
    items_ = items;
    room_ = room;
    return {};
  }

  /// Put `item` at place `i`; there must be room.
  void insert(std::size_t i, T&& item) noexcept {
    std::construct_at(items_ + size_, std::move(item));
    ++size_;
    std::rotate(items_ + i, items_ + size_ - 1, items_ + size_);
  }
  void append(T&& item) noexcept {
    std::construct_at(items_ + size_, std::move(item));
    ++size_;
  }

  /// Errors: `out_of_memory`.
  [[nodiscard]] Result<void> push(T item) noexcept {
    if (const auto room = reserve(1); !room) return room;
    append(std::move(item));
    return {};
  }

  void erase(std::size_t i) noexcept {
    std::move(items_ + i + 1, items_ + size_, items_ + i);
    std::destroy_at(items_ + --size_);
  }
  void clear() noexcept {
    std::destroy_n(items_, size_);
    size_ = 0;
  }

 private:
  void swap(Growing& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }

  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

/// Bytes on the heap that may be secret: wiped wherever they stood.
class Held {
 public:
  Held() noexcept = default;
  Held(Held&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        room_(std::exchange(other.room_, 0)) {}
  Held& operator=(Held&& other) noexcept {
    wipe({bytes_.get(), room_});
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    room_ = std::exchange(other.room_, 0);
    return *this;
  }
  ~Held() { wipe({bytes_.get(), room_}); }

  [[nodiscard]] Bytes bytes() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t room() const noexcept { return room_; }

  /// Room for `size` bytes in all; what is here stays. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve(std::size_t size) noexcept {
    if (size <= room_) return {};
    std::unique_ptr<std::uint8_t[]> bytes(new (std::nothrow) std::uint8_t[size]);
    if (!bytes) return std::unexpected(Error::out_of_memory);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    wipe({bytes_.get(), room_});
    bytes_ = std::move(bytes);
    room_ = size;
    return {};
  }

  /// Hand the memory over to who wipes it or need not.
  [[nodiscard]] std::unique_ptr<std::uint8_t[]> take() noexcept {
    size_ = room_ = 0;
    return std::move(bytes_);
  }

  /// The first `size` bytes from now on, to be filled; there must be room.
  [[nodiscard]] MutableBytes resize(std::size_t size) noexcept {
    size_ = size;
    return {bytes_.get(), size_};
  }
  void assign(Bytes bytes) noexcept {
    const MutableBytes out = resize(bytes.size());
    if (!bytes.empty()) std::memmove(out.data(), bytes.data(), bytes.size());
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

/// A buffer of fixed size for a record on its way, wiped when it ends.
template <std::size_t N>
class Passing {
 public:
  Passing() noexcept = default;
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  ~Passing() { wipe(bytes_); }
  [[nodiscard]] MutableBytes bytes() noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_;
};

}  // namespace sotto::session
