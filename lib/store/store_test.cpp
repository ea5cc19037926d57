// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `Store` promises, of both stores.
#include <barrier>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "testing/error_of.hpp"

namespace sotto {
namespace {

using Kind = Change::Kind;
using testing::error_of;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

struct InMemory {
  MemoryStore first = *MemoryStore::create();
  using Handle = MemoryStore;
  Handle open() { return *first.share(); }
};

struct OnDisk {
  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return std::filesystem::path(name);
  }();
  std::string path = (folder / "rows.db").string();
  using Handle = SqliteStore;
  Handle open() { return *SqliteStore::open(path); }
  ~OnDisk() { std::filesystem::remove_all(folder); }
};

template <class Place>
class Stores : public ::testing::Test {
 protected:
  Place place;
  typename Place::Handle store = place.open();

  Revision revision_of(std::string_view key) {
    const auto row = store.get(bytes_of(key));
    EXPECT_TRUE(row);
    return *row ? (*row)->revision : Revision{};
  }
  std::string value_of(std::string_view key) {
    const auto row = store.get(bytes_of(key));
    EXPECT_TRUE(row);
    return *row ? text_of((*row)->value) : "-";
  }
  Change put(std::string_view key, std::string_view value, Revision expected) {
    return {Kind::put, bytes_of(key), expected, bytes_of(value)};
  }
  Change put(std::string_view key, std::string_view value) {
    return put(key, value, revision_of(key));
  }
  Result<Revision> commit(std::vector<Change> changes) { return store.commit(changes); }
  std::string all() {
    std::string found;
    std::string after;
    for (;;) {
      const auto entry = store.next({}, bytes_of(after));
      if (!entry || !*entry) return found;
      after = text_of((*entry)->key);
      found += after + "=" + text_of((*entry)->value) + ";";
    }
  }
};

using Places = ::testing::Types<InMemory, OnDisk>;
TYPED_TEST_SUITE(Stores, Places);

TYPED_TEST(Stores, is_empty_at_first) {
  EXPECT_EQ(this->value_of("a"), "-");
  EXPECT_FALSE(*this->store.next({}, {}));
  EXPECT_EQ(*this->store.revision(), Revision{0});
}

TYPED_TEST(Stores, puts_gets_and_erases) {
  const auto first = this->commit({this->put("b", "2"), this->put("a", "1")});
  ASSERT_TRUE(first);
  EXPECT_EQ(this->all(), "a=1;b=2;");
  EXPECT_EQ(this->revision_of("a"), *first);
  EXPECT_EQ(*this->store.revision(), *first);
  const auto second =
      this->commit({this->put("a", ""), Change{Kind::erase, bytes_of("b"), *first, {}}});
  ASSERT_TRUE(second);
  EXPECT_GT(*second, *first);
  EXPECT_EQ(this->all(), "a=;");
  EXPECT_EQ(this->revision_of("a"), *second);
}

TYPED_TEST(Stores, changes_all_or_nothing) {
  const auto base = *this->commit({this->put("a", "1"), this->put("b", "2"), this->put("c", "3")});
  const Revision wrong[] = {Revision{0}, Revision{std::to_underlying(base) + 1}};
  const std::string_view keys[] = {"a", "b", "c"};
  for (const Revision bad : wrong)
    for (std::size_t at = 0; at < 3; ++at)
      for (const Kind kind : {Kind::check, Kind::put, Kind::erase}) {
        std::vector<Change> changes;
        for (std::size_t i = 0; i < 3; ++i)
          changes.push_back(
              {i == at ? kind : Kind::put, bytes_of(keys[i]), i == at ? bad : base, bytes_of("x")});
        EXPECT_EQ(error_of(this->commit(changes)), Error::conflict);
        EXPECT_EQ(this->all(), "a=1;b=2;c=3;");
        EXPECT_EQ(*this->store.revision(), base);
      }
  // A row that is not there is at revision 0, also for a check and for erasing.
  EXPECT_TRUE(this->commit({Change{Kind::check, bytes_of("z"), {}, {}}}));
  EXPECT_TRUE(this->commit({Change{Kind::erase, bytes_of("z"), {}, {}}}));
  EXPECT_EQ(error_of(this->commit({Change{Kind::check, bytes_of("z"), base, {}}})),
            Error::conflict);
}

TYPED_TEST(Stores, a_check_changes_nothing) {
  const auto base = *this->commit({this->put("a", "1")});
  ASSERT_TRUE(this->commit({Change{Kind::check, bytes_of("a"), base, {}}}));
  EXPECT_EQ(this->revision_of("a"), base);
  EXPECT_EQ(this->value_of("a"), "1");
}

TYPED_TEST(Stores, a_row_written_anew_is_not_the_old_one) {
  const auto old = *this->commit({this->put("a", "1")});
  ASSERT_TRUE(this->commit({Change{Kind::erase, bytes_of("a"), old, {}}}));
  const auto anew = *this->commit({this->put("a", "1", {})});
  EXPECT_NE(anew, old);
  EXPECT_EQ(error_of(this->commit({this->put("a", "2", old)})), Error::conflict);
  EXPECT_TRUE(this->commit({this->put("a", "2", anew)}));
}

TYPED_TEST(Stores, keys_are_in_order_as_unsigned_bytes) {
  const std::string_view keys[] = {"\x01", "a", "a\xff", "ab", "b", "\xff", "\xff\xff"};
  std::vector<Change> changes;
  for (const auto key : {4, 6, 0, 2, 5, 1, 3}) changes.push_back(this->put(keys[key], "v", {}));
  ASSERT_TRUE(this->commit(changes));
  const auto scan = [&](std::string_view prefix) {
    std::vector<std::string> found;
    std::string after;
    for (;;) {
      const auto entry = this->store.next(bytes_of(prefix), bytes_of(after));
      if (!entry || !*entry) return found;
      after = text_of((*entry)->key);
      found.push_back(after);
    }
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(scan(""), (List{"\x01", "a", "ab", "a\xff", "b", "\xff", "\xff\xff"}));
  EXPECT_EQ(scan("a"), (List{"a", "ab", "a\xff"}));
  EXPECT_EQ(scan("\xff"), (List{"\xff", "\xff\xff"}));
  EXPECT_EQ(scan("c"), List{});
  // From behind a key that is not there, and from one outside of the prefix.
  const auto behind = this->store.next(bytes_of("a"), bytes_of("aa"));
  EXPECT_EQ(text_of((*behind)->key), "ab");
  EXPECT_EQ(text_of((*this->store.next(bytes_of("b"), bytes_of("a")))->key), "b");
  EXPECT_FALSE(*this->store.next(bytes_of("a"), bytes_of("b")));
}

TYPED_TEST(Stores, sizes_on_both_sides_of_their_limits) {
  const std::string longest(Store::max_key_bytes, 'k'), longer(Store::max_key_bytes + 1, 'k');
  const std::string biggest(Store::max_value_bytes, 'v'), bigger(Store::max_value_bytes + 1, 'v');
  ASSERT_TRUE(this->commit({this->put(longest, biggest, {})}));
  EXPECT_EQ(this->value_of(longest), biggest);
  const Revision before = *this->store.revision();
  EXPECT_EQ(error_of(this->commit({this->put("a", "1", {}), this->put(longer, "", {})})),
            Error::invalid_argument);
  EXPECT_EQ(error_of(this->commit({this->put("a", "1", {}), this->put("b", bigger, {})})),
            Error::invalid_argument);
  EXPECT_EQ(error_of(this->commit({this->put("a", "1", {}), this->put("", "", {})})),
            Error::invalid_argument);
  EXPECT_FALSE(*this->store.get(bytes_of(std::string(Store::max_key_bytes, 'z'))));
  EXPECT_EQ(error_of(this->store.get(bytes_of(longer))), Error::invalid_argument);
  EXPECT_EQ(error_of(this->store.get({})), Error::invalid_argument);
  EXPECT_TRUE(*this->store.next(bytes_of(longest), {}));
  EXPECT_FALSE(*this->store.next(bytes_of(longest), bytes_of(longest)));
  EXPECT_EQ(error_of(this->store.next(bytes_of(longer), {})), Error::invalid_argument);
  EXPECT_EQ(error_of(this->store.next({}, bytes_of(longer))), Error::invalid_argument);
  EXPECT_EQ(this->value_of("a"), "-");
  EXPECT_EQ(*this->store.revision(), before);
}

TYPED_TEST(Stores, no_key_stands_in_a_commit_twice) {
  const auto base = *this->commit({this->put("a", "1")});
  for (const std::size_t others : {0U, 1U, 13U, 14U, 15U, 16U, 40U}) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < others; ++i) keys.push_back("k" + std::to_string(i));
    for (const std::string_view twin : {"a", "new"})
      for (const Kind kind : {Kind::check, Kind::put, Kind::erase}) {
        const Revision expected = twin == "a" ? base : Revision{};
        std::vector<Change> changes{this->put(twin, "2", expected)};
        for (const std::string& key : keys) changes.push_back(this->put(key, "", {}));
        changes.push_back({kind, bytes_of(twin), expected, bytes_of("a longer value")});
        EXPECT_EQ(error_of(this->commit(changes)), Error::invalid_argument) << others;
        EXPECT_EQ(this->all(), "a=1;");
      }
  }
  EXPECT_EQ(*this->store.revision(), base);
  std::vector<std::string> keys;
  std::vector<Change> changes;
  for (int i = 0; i < 100; ++i) keys.push_back(std::to_string(i));
  for (const std::string& key : keys) changes.push_back(this->put(key, key, {}));
  EXPECT_TRUE(this->commit(changes)) << "a hundred that differ";
}

TYPED_TEST(Stores, a_walk_sees_each_row_as_it_is_then) {
  ASSERT_TRUE(this->commit({this->put("b", "1", {}), this->put("d", "1", {})}));
  EXPECT_EQ(text_of((*this->store.next({}, {}))->key), "b");
  // What comes in front of the walk is seen, what comes behind it is not, and no commit says so.
  ASSERT_TRUE(this->commit({this->put("a", "1", {}), this->put("c", "1", {})}));
  EXPECT_EQ(text_of((*this->store.next({}, bytes_of("b")))->key), "c");
  ASSERT_TRUE(this->commit({Change{Kind::erase, bytes_of("d"), this->revision_of("d"), {}}}));
  EXPECT_FALSE(*this->store.next({}, bytes_of("c")));
}

TYPED_TEST(Stores, are_moved) {
  auto& first = this->store;
  ASSERT_TRUE(this->commit({this->put("a", "1", {})}));
  auto second = std::move(first);
  EXPECT_TRUE(*second.get(bytes_of("a")));
  // What was moved from answers, whatever is asked. NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(first.get(bytes_of("a"))), Error::consumed);
  EXPECT_EQ(error_of(first.next({}, {})), Error::consumed);
  EXPECT_EQ(error_of(first.commit({})), Error::consumed);
  EXPECT_EQ(error_of(first.revision()), Error::consumed);
  EXPECT_EQ(error_of(first.purge()), Error::consumed);
  EXPECT_EQ(first.failure(), "");
  // NOLINTEND(bugprone-use-after-move)
  first = std::move(second);
  EXPECT_TRUE(*first.get(bytes_of("a")));
  EXPECT_TRUE(first.purge());
}

TYPED_TEST(Stores, several_handles_see_one_another) {
  auto other = this->place.open();
  const auto base = *this->commit({this->put("a", "1")});
  const auto row = other.get(bytes_of("a"));
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->revision, base);
  const Change mine = this->put("a", "mine", base);
  ASSERT_TRUE(other.commit(std::vector{Change{Kind::put, bytes_of("a"), base, bytes_of("hers")}}));
  EXPECT_EQ(error_of(this->commit({mine})), Error::conflict);
  EXPECT_EQ(this->value_of("a"), "hers");
}

TYPED_TEST(Stores, of_all_who_race_one_wins_each_time) {
  // Four threads count to 50 each in one row: no step is lost, none happens twice. They set out to
  // each step together, so that none waits for more than three commits of others.
  constexpr int threads = 4, steps = 50;
  ASSERT_TRUE(this->commit({this->put("n", "0")}));
  std::vector<std::thread> running;
  std::barrier together(threads);
  struct Leave {
    std::barrier<>& from;
    ~Leave() { from.arrive_and_drop(); }
  };
  for (int t = 0; t < threads; ++t)
    running.emplace_back([this, &together] {
      const Leave leave{together};  // Whoever fails holds nobody up.
      auto handle = this->place.open();
      together.arrive_and_wait();
      for (int done = 0; done < steps;) {
        const auto row = handle.get(bytes_of("n"));
        ASSERT_TRUE(row && *row);
        const Revision seen = (*row)->revision;
        const std::string next = std::to_string(std::stoi(text_of((*row)->value)) + 1);
        const auto committed =
            handle.commit(std::vector{Change{Kind::put, bytes_of("n"), seen, bytes_of(next)}});
        if (committed) {
          ++done;
          together.arrive_and_wait();
        } else {
          ASSERT_EQ(committed.error(), Error::conflict);
        }
      }
    });
  for (std::thread& one : running) one.join();
  EXPECT_EQ(this->value_of("n"), std::to_string(threads * steps));
}

}  // namespace
}  // namespace sotto
