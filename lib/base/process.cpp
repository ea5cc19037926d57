// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/process.hpp"

#include <atomic>
#include <cstddef>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sotto::base {
namespace {

/// The number of this process, or 0 while it has none.
using Number = std::atomic<std::uint32_t>;

/// The highest number on the way from the first process to this one: a fork copies it.
Number highest = 0;
std::uint32_t next_number() noexcept {
  return highest.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// Where no page can be had: the number in ordinary memory, behind the process id that it is of.
std::atomic<std::uint64_t> copied = 0;
std::uint32_t number_by_id() noexcept {
  const std::uint64_t id = static_cast<std::uint64_t>(static_cast<std::uint32_t>(getpid())) << 32U;
  std::uint64_t known = copied.load(std::memory_order_relaxed);
  while (known >> 32U << 32U != id) {
    const std::uint64_t made = id | next_number();
    if (copied.compare_exchange_weak(known, made)) known = made;
  }
  return static_cast<std::uint32_t>(known);
}

/// Stands for a page that cannot be had.
Number no_page = 0;
/// In a page that a fork wipes, or `no_page`; null until the first call.
std::atomic<Number*> wiped_by_fork = nullptr;

/// A fork is noticed by this too, where the system only says that it wipes the page.
void in_the_child() noexcept {
  wiped_by_fork.load(std::memory_order_relaxed)->store(0, std::memory_order_relaxed);
  copied.store(0, std::memory_order_relaxed);
}

constexpr std::size_t page_bytes = sizeof(Number);  // The system makes a page of it.

Number* make_page() noexcept {
  void* const page =
      mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return &no_page;
  if (madvise(page, page_bytes, MADV_WIPEONFORK) == 0) return new (page) Number(0);
  munmap(page, page_bytes);
  return &no_page;
}

Number* number_of_process() noexcept {
  Number* found = wiped_by_fork.load(std::memory_order_acquire);
  if (found != nullptr) return found;
  Number* const made = make_page();
  if (wiped_by_fork.compare_exchange_strong(found, made)) {
    static_cast<void>(pthread_atfork(nullptr, nullptr, in_the_child));
    return made;
  }
  if (made != &no_page) munmap(made, page_bytes);
  return found;  // Another thread was as fast.
}

}  // namespace

std::uint32_t process_number() noexcept {
  Number* const number = number_of_process();
  if (number == &no_page) return number_by_id();
  std::uint32_t known = number->load(std::memory_order_relaxed);
  if (known != 0) return known;
  const std::uint32_t made = next_number();
  return number->compare_exchange_strong(known, made) ? made : known;
}

}  // namespace sotto::base
