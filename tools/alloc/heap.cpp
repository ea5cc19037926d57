// SPDX-License-Identifier: MIT OR Apache-2.0
#include "heap.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

extern "C" {

// The C library's own, under the names by which it can still be reached.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

bool watching = false;
std::size_t asked = 0;
std::size_t failing_from = 0;
bool failing_on = true;
std::size_t in_use = 0;

/// Takes note of one allocation and says whether it may have memory.
bool granted() noexcept {
  if (!watching) return true;
  const std::size_t number = asked++;
  return number < failing_from || (number > failing_from && !failing_on);
}

/// Takes note of a block that is handed out.
void* given(void* block) noexcept {
  if (block != nullptr) ++in_use;
  return block;
}

void* refuse() noexcept {
  errno = ENOMEM;
  return nullptr;
}

}  // namespace

namespace sotto::testing {

HeapWatch::HeapWatch(std::size_t fail_at, Refused refused) noexcept {
  asked = 0;
  failing_from = fail_at;
  failing_on = refused == Refused::rest;
  watching = true;
}

HeapWatch::~HeapWatch() {
  watching = false;
}

std::size_t HeapWatch::count() const noexcept {
  return asked;
}

std::size_t blocks_in_use() noexcept {
  return in_use;
}

}  // namespace sotto::testing

extern "C" {

void* malloc(std::size_t size) {
  return granted() ? given(__libc_malloc(size)) : refuse();
}

void* calloc(std::size_t count, std::size_t size) {
  return granted() ? given(__libc_calloc(count, size)) : refuse();
}

void* realloc(void* block, std::size_t size) {
  if (!granted()) return refuse();
  if (block == nullptr) return given(__libc_realloc(block, size));
  if (size == 0) --in_use;  // The C library frees it then.
  return __libc_realloc(block, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return granted() ? given(__libc_memalign(alignment, size)) : refuse();
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) {
  if (block == nullptr) return;
  --in_use;
  __libc_free(block);
}

// BoringSSL's hooks; the size stands in front of each block.
constexpr std::size_t in_front = 16;

void* OPENSSL_memory_alloc(std::size_t size);
void OPENSSL_memory_free(void* block);
std::size_t OPENSSL_memory_get_size(void* block);

void* OPENSSL_memory_alloc(std::size_t size) {
  if (!granted()) return refuse();
  auto* const block = static_cast<std::uint8_t*>(given(__libc_malloc(size + in_front)));
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  return block + in_front;
}

std::size_t OPENSSL_memory_get_size(void* block) {
  std::size_t size = 0;
  std::memcpy(&size, static_cast<std::uint8_t*>(block) - in_front, sizeof size);
  return size;
}

void OPENSSL_memory_free(void* block) {
  if (block == nullptr) return;
  std::uint8_t* const start = static_cast<std::uint8_t*>(block) - in_front;
  std::memset(start, 0, OPENSSL_memory_get_size(block) + in_front);
  --in_use;
  __libc_free(start);
}
}
