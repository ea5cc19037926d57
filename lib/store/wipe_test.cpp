// SPDX-License-Identifier: MIT OR Apache-2.0
/// No memory is given back with a row in it. This program looks at every block that is freed.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"

namespace {

constexpr std::string_view mark = "<the bytes of a row>";
bool watching = false;
int freed_with_mark = 0;

// In front of every block: its size.
constexpr std::size_t in_front = 16;

void* allocate(std::size_t size) noexcept {
  auto* const block = static_cast<unsigned char*>(std::malloc(size + in_front));
  if (block == nullptr) std::abort();
  std::memcpy(block, &size, sizeof size);
  return block + in_front;
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  unsigned char* const block = static_cast<unsigned char*>(memory) - in_front;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  const std::string_view bytes(static_cast<const char*>(memory), size);
  if (watching && bytes.contains(mark)) ++freed_with_mark;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  release(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  release(memory);
}

namespace sotto {
namespace {

/// Blocks that `act` frees with a row in them.
template <class Act>
int left_by(Act&& act) {
  freed_with_mark = 0;
  watching = true;
  act();
  watching = false;
  return freed_with_mark;
}

Result<Revision> commit(Store& store, const Change& change) {
  return store.commit(std::span(&change, 1));
}

TEST(Wiped, is_seen_where_it_is_not) {  // The control of what follows.
  EXPECT_EQ(left_by([] {
              const auto block = std::make_unique<std::array<char, 64>>();
              std::ranges::copy(mark, block->begin() + 7);
              asm volatile("" : : "r"(block->data()) : "memory");
            }),
            1);
}

TEST(Wiped, are_rows_that_are_erased) {
  auto store = *MemoryStore::create();
  for (const std::string_view key : {std::string_view("a"), mark}) {
    const auto there = commit(store, put(key, mark));
    ASSERT_TRUE(there);
    EXPECT_EQ(left_by([&] { EXPECT_TRUE(commit(store, erase(key, *there))); }), 0) << key;
  }
}

TEST(Wiped, are_values_that_are_replaced) {
  auto store = *MemoryStore::create();
  const std::string longer(200, 'x');
  for (const std::string_view other : {std::string_view(longer), std::string_view()}) {
    const auto there = commit(store, put("row", mark));
    ASSERT_TRUE(there);
    EXPECT_EQ(left_by([&] {
                const auto then = commit(store, put("row", other, *there));
                ASSERT_TRUE(then);
                EXPECT_TRUE(commit(store, erase("row", *then)));
              }),
              0)
        << other;
  }
}

TEST(Wiped, are_stores_that_go) {
  std::optional<MemoryStore> store = *MemoryStore::create();
  ASSERT_TRUE(commit(*store, put(mark, mark)));
  std::optional<MemoryStore> clone = *store->clone();
  std::optional<MemoryStore> shared = *store->share();
  EXPECT_EQ(left_by([&] {
              EXPECT_TRUE(*store->next({}, {}));
              EXPECT_TRUE(*clone->get(bytes_of(mark)));
              store.reset();
              clone.reset();
              shared.reset();
            }),
            0);
}

TEST(Wiped, is_what_was_returned) {
  const std::string longer(200, 'x');
  auto store = *MemoryStore::create();
  ASSERT_TRUE(commit(store, put(mark, mark)));
  ASSERT_TRUE(commit(store, put(longer, longer)));
  EXPECT_EQ(left_by([&] {  // It makes room for something longer.
              EXPECT_TRUE(*store.get(bytes_of(mark)));
              EXPECT_TRUE(*store.get(bytes_of(longer)));
              EXPECT_TRUE(*store.next({}, {}));
              EXPECT_TRUE(*store.next({}, bytes_of(mark)));
            }),
            0);
  const auto entry = *store.next({}, {});
  ASSERT_TRUE(entry);
  ASSERT_TRUE(store.purge());
  // The block is the handle's still: it was emptied, not given back.
  for (const Bytes bytes : {entry->key, entry->value})
    EXPECT_TRUE(std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(File, returns_rows_that_are_wiped) {
  const std::string longer(200, 'x');
  std::optional<SqliteStore> store = *SqliteStore::open(path);
  ASSERT_TRUE(commit(*store, put(mark, mark)));
  ASSERT_TRUE(commit(*store, put(longer, longer)));
  EXPECT_EQ(left_by([&] {
              EXPECT_TRUE(*store->next({}, {}));
              EXPECT_TRUE(*store->next({}, bytes_of(mark)));
              EXPECT_TRUE(*store->get(bytes_of(mark)));
              store.reset();
            }),
            0);
  store = *SqliteStore::open(path);
  const auto row = *store->get(bytes_of(mark));
  ASSERT_TRUE(row && store->purge());
  EXPECT_TRUE(std::ranges::all_of(row->value, [](std::uint8_t byte) { return byte == 0; }));
}

}  // namespace
}  // namespace sotto
