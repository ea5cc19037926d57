// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a store in memory does when there is no memory: its rows are as they were. (The store in a
/// file is starved by tools/crash.)
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/memory_store.hpp>

#include "alloc/starve.hpp"
#include "session/test_stores.hpp"

namespace sotto {
namespace {

using testing::error_of;
using testing::made_or_not;
using testing::starve;
using Kind = Change::Kind;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Rows, and another handle on them that has read none yet.
struct Scene {
  explicit Scene(std::size_t count) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back("k" + std::to_string(i));
    std::vector<Change> changes;
    for (const std::string& key : keys)
      changes.push_back({Kind::put, bytes_of(key), Revision{}, bytes_of(key)});
    EXPECT_TRUE(rows.commit(changes));
  }
  MemoryStore rows = *MemoryStore::create();
  MemoryStore other = *rows.share();
};

auto image(Scene& scene) {
  return std::tuple(session::contents(scene.rows), scene.rows.bytes(), scene.rows.rows());
}

TEST(OutOfMemory, a_commit_in_memory_is_whole_or_nothing) {
  const std::string large(5'000, 'x');
  for (const std::size_t count : {0U, 1U, 2U, 7U, 8U, 9U, 16U, 64U}) {
    SCOPED_TRACE(count);
    const auto make = [&] { return std::make_unique<Scene>(count); };
    std::vector<Change> changes{{Kind::put, bytes_of("a"), Revision{}, bytes_of("1")},
                                {Kind::put, bytes_of("k00"), Revision{}, bytes_of(large)},
                                {Kind::check, bytes_of("none"), Revision{}, {}},
                                {Kind::put, bytes_of("z"), Revision{}, {}}};
    if (count > 1) {
      changes.push_back({Kind::put, bytes_of("k0"), Revision{1}, bytes_of(large)});
      changes.push_back({Kind::erase, bytes_of("k1"), Revision{1}, {}});
    }
    EXPECT_GE(starve(
                  make, [&](Scene& scene) { return error_of(scene.other.commit(changes)); }, image),
              4U);
    if (count == 0) continue;
    EXPECT_GE(
        starve(
            make, [](Scene& scene) { return error_of(scene.other.get(bytes_of("k0"))); }, image),
        1U);
    EXPECT_GE(
        starve(make, [](Scene& scene) { return error_of(scene.other.next({}, {})); }, image), 1U);
  }
}

TEST(OutOfMemory, a_store_in_memory_is_made_or_not) {
  EXPECT_GE(made_or_not<MemoryStore>([] { return MemoryStore::create(); }), 2U);
  Scene scene(9);
  EXPECT_GE(made_or_not<MemoryStore>([&] { return scene.rows.share(); }), 1U);
  EXPECT_GE(made_or_not<MemoryStore>([&] { return scene.rows.clone(); }), 9U);
}

}  // namespace
}  // namespace sotto
