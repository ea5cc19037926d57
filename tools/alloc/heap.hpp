// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every allocation of the process, counted, and made to fail when asked.
///
/// `malloc` and its kin are defined in heap.cpp and stand before the C library's; operator new
/// comes to them. BoringSSL is bound to the C library's own `malloc`, but asks the program for
/// `OPENSSL_memory_alloc` first, which is defined there too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::testing {

/// Counts the allocations made between construction and destruction. One at a time.
class HeapWatch {
 public:
  static constexpr std::size_t never = ~std::size_t{0};
  enum class Refused : std::uint8_t { one, rest };

  /// The allocation number `fail_at`, from 0 on, gets no memory; so do all after it, or none.
  explicit HeapWatch(std::size_t fail_at = never, Refused refused = Refused::rest) noexcept;
  HeapWatch(const HeapWatch&) = delete;
  HeapWatch& operator=(const HeapWatch&) = delete;
  ~HeapWatch();

  /// Allocations asked for so far.
  [[nodiscard]] std::size_t count() const noexcept;
};

/// Blocks that the whole program has been given and has not freed.
[[nodiscard]] std::size_t blocks_in_use() noexcept;

}  // namespace sotto::testing
