// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <cstring>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <sotto/error.hpp>
#include <sotto/retry.hpp>
#include <sotto/secret.hpp>

#include "base/overlap.hpp"
#include "base/reader.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"

namespace sotto {
namespace {

using Key = Secret<struct KeyRole, 32>;
using Other = Secret<struct OtherRole, 32>;
using Name = Public<struct NameRole, 4>;

std::array<std::uint8_t, 32> pattern() {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
  return bytes;
}

TEST(Secret, moves_and_leaves_zeros_behind) {
  Key first{pattern()};
  const Key second = std::move(first);
  EXPECT_TRUE(std::ranges::equal(second.expose(), pattern()));
  for (const auto byte : first.expose()) EXPECT_EQ(byte, 0);  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, assigning_to_itself_keeps_it) {
  Key key{pattern()};
  Key& alias = key;
  key = std::move(alias);
  EXPECT_TRUE(std::ranges::equal(key.expose(), pattern()));
}

TEST(Secret, is_taken_from_bytes_of_its_length_alone) {
  std::array<std::uint8_t, 40> bytes;
  for (std::uint8_t i = 0; i < 40; ++i) bytes.at(i) = i;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto key = Key::from(Bytes(bytes).first(size));
    ASSERT_EQ(key.has_value(), size == 32) << size;
    if (key)
      EXPECT_TRUE(std::ranges::equal(key->expose(), Bytes(bytes).first(32)));
    else
      EXPECT_EQ(key.error(), Error::invalid_argument);
  }
}

TEST(Secret, changes_its_role_only_by_being_consumed) {
  Key key{pattern()};
  const Other other = std::move(key).into<struct OtherRole>();
  EXPECT_TRUE(std::ranges::equal(other.expose(), pattern()));
  for (const auto byte : key.expose()) EXPECT_EQ(byte, 0);  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, duplicates_only_when_asked) {
  const Key key{pattern()};
  EXPECT_TRUE(std::ranges::equal(key.duplicate().expose(), pattern()));
  static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_assignable_v<Key>);
  static_assert(!std::is_default_constructible_v<Key>);
  static_assert(!std::is_constructible_v<Key, Other>);
}

TEST(Wipe, zeroes_all_and_takes_nothing) {
  auto bytes = pattern();
  wipe(bytes);
  for (const auto byte : bytes) EXPECT_EQ(byte, 0);
  wipe({});
}

TEST(Error, every_cause_has_its_own_name_and_remedy) {
  std::set<std::string_view> names;
  std::set<std::string_view> remedies;
  const int count = static_cast<int>(Error::too_large) + 1;
  for (int i = 0; i < count; ++i) {
    const auto error = static_cast<Error>(i);
    EXPECT_NE(name(error), "unknown");
    EXPECT_GT(describe(error).size(), 30U);
    EXPECT_EQ(std::strlen(name(error).data()), name(error).size());
    EXPECT_EQ(std::strlen(describe(error).data()), describe(error).size());
    std::ostringstream printed;
    printed << error;
    EXPECT_EQ(printed.str(), name(error));
    names.insert(name(error));
    remedies.insert(describe(error));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(remedies.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(name(static_cast<Error>(255)), "unknown");
  EXPECT_EQ(name(Error::too_far_ahead), "too_far_ahead");
}

TEST(RetryOnConflict, calls_again_on_conflict_only_and_not_for_ever) {
  int calls = 0;
  const auto answer = [&](int conflicts, Error then) {
    calls = 0;
    return retry_on_conflict(
        [&]() -> Result<int> {
          if (calls++ < conflicts) return std::unexpected(Error::conflict);
          if (then != Error::conflict) return std::unexpected(then);
          return calls;
        },
        4);
  };
  EXPECT_EQ(answer(0, Error::conflict), 1);
  EXPECT_EQ(answer(3, Error::conflict), 4);
  EXPECT_EQ(answer(4, Error::conflict), std::unexpected(Error::conflict));
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(answer(1, Error::store_failed), std::unexpected(Error::store_failed));
  EXPECT_EQ(calls, 2);
}

TEST(Compare, sees_every_bit_of_difference) {
  const auto a = pattern();
  auto b = a;
  EXPECT_TRUE(base::equal_ct(a, b));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1U << bit % 8));
    EXPECT_FALSE(base::equal_ct(a, b)) << bit;
    b = a;
  }
  EXPECT_FALSE(base::equal_ct(a, std::span(b).first<31>()));
  EXPECT_TRUE(base::equal_ct({}, {}));
}

TEST(Compare, zero_means_every_bit) {
  std::array<std::uint8_t, 32> bytes{};
  EXPECT_TRUE(base::is_zero_ct(bytes));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(base::is_zero_ct(bytes)) << bit;
    bytes = {};
  }
}

TEST(Reader, takes_what_is_there_and_not_one_byte_more) {
  const std::array<std::uint8_t, 7> bytes{1, 2, 3, 4, 5, 6, 7};
  base::Reader reader(bytes);
  EXPECT_EQ(reader.take_uint<std::uint16_t>(), 0x0102);
  EXPECT_EQ(reader.take_public<Name>()->bytes()[3], 6);
  EXPECT_EQ(reader.finish(), std::unexpected(Error::malformed));
  EXPECT_EQ(reader.take(2).error(), Error::malformed);
  EXPECT_EQ(reader.take_uint<std::uint16_t>(), std::unexpected(Error::malformed));
  EXPECT_EQ(reader.take_public<Name>(), std::unexpected(Error::malformed));
  EXPECT_EQ(reader.take_secret<Key>().error(), Error::malformed);
  EXPECT_EQ(reader.remaining(), 1U);  // A read that failed took nothing.
  EXPECT_EQ(reader.take(1)->front(), 7);
  EXPECT_TRUE(reader.finish());
  EXPECT_TRUE(reader.take(0));
}

TEST(Reader, reads_secrets) {
  const auto bytes = pattern();
  base::Reader reader(bytes);
  EXPECT_TRUE(std::ranges::equal(reader.take_secret<Key>()->expose(), bytes));
}

TEST(Writer, fills_to_the_last_byte_and_stops_there) {
  std::array<std::uint8_t, 6> out{};
  base::Writer writer(out);
  writer.put_uint<std::uint32_t>(0x01020304);
  writer.put(std::array<std::uint8_t, 2>{5, 6});
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.finish()->size(), 6U);
  EXPECT_EQ(out, (std::array<std::uint8_t, 6>{1, 2, 3, 4, 5, 6}));
  writer.put_uint<std::uint8_t>(7);
  EXPECT_EQ(writer.finish().error(), Error::buffer_too_small);
}

TEST(Writer, writes_nothing_after_the_first_thing_that_did_not_fit) {
  std::array<std::uint8_t, 3> out{};
  base::Writer writer(out);
  writer.put_uint<std::uint32_t>(0xffffffff);
  writer.put_uint<std::uint8_t>(0xff);
  EXPECT_FALSE(writer.finish());
  EXPECT_EQ(out, (std::array<std::uint8_t, 3>{}));
}

TEST(Overlap, counts_shared_bytes_only) {
  std::array<std::uint8_t, 8> bytes{};
  const std::span<std::uint8_t> all(bytes);
  EXPECT_TRUE(base::overlap(all, all));
  EXPECT_TRUE(base::overlap(all.first(5), all.subspan(4)));
  EXPECT_FALSE(base::overlap(all.first(4), all.subspan(4)));
  EXPECT_FALSE(base::overlap(all.subspan(4), all.first(4)));
  EXPECT_FALSE(base::overlap(all.first(0), all));
}

}  // namespace
}  // namespace sotto
