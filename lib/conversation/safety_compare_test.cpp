// SPDX-License-Identifier: MIT OR Apache-2.0
// Scanned codes: which side differs [SN-1-1, SN-1-2, SN-2-1, SN-2-2].
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/safety_number.hpp>

#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;
using enum SafetyComparison;

using Buffer = std::vector<std::uint8_t>;

IdentityPublic key(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return IdentityPublic(bytes);
}

/// What `owner` shows who holds `ours` for himself and `theirs` for the other.
SafetyNumber number(std::uint8_t ours, std::uint8_t theirs, bool anna, std::uint8_t version = 2) {
  static const Buffer anna_id{1, 2, 3}, bert_id{4, 5, 6};
  const SafetyNumberSide us{anna ? anna_id : bert_id, key(ours)};
  const SafetyNumberSide them{anna ? bert_id : anna_id, key(theirs)};
  return safety_number(version, us, them, 2).value();
}

constexpr std::uint8_t a = 10, b = 20, in_between = 30;

TEST(SafetyCompare, each_side_alone_and_both) {
  const auto anna = number(a, b, true);
  const auto scans = [&](std::uint8_t ours, std::uint8_t theirs) {
    return compare_safety_number(anna, number(ours, theirs, false).scannable).value();
  };
  EXPECT_EQ(scans(b, a), same);
  EXPECT_EQ(scans(b, in_between), ours_differs);
  EXPECT_EQ(scans(in_between, a), theirs_differs);
  EXPECT_EQ(scans(in_between, in_between), both_differ);
  EXPECT_EQ(compare_safety_number(anna, anna.scannable).value(), our_own_code);
}

TEST(SafetyCompare, both_sides_say_the_same_of_each_other) {
  const auto mirrored = [](SafetyComparison one) {
    if (one == ours_differs) return theirs_differs;
    return one == theirs_differs ? ours_differs : one;
  };
  for (const std::uint8_t annas : {a, in_between})
    for (const std::uint8_t berts : {b, in_between}) {
      const auto anna = number(a, berts, true);
      const auto bert = number(b, annas, false);
      const auto by_anna = compare_safety_number(anna, bert.scannable).value();
      const auto by_bert = compare_safety_number(bert, anna.scannable).value();
      EXPECT_EQ(by_anna, mirrored(by_bert));
      EXPECT_EQ(by_anna == same, anna.digits == bert.digits);
    }
}

TEST(SafetyCompare, the_code_of_somebody_else) {
  const auto anna = number(a, b, true);
  EXPECT_EQ(compare_safety_number(anna, number(41, 42, false).scannable).value(), both_differ);
  // The number of somebody with themselves has two equal halves.
  const auto alone = safety_number(2, {anna.scannable, key(a)}, {anna.scannable, key(a)}, 2);
  EXPECT_EQ(compare_safety_number(*alone, alone->scannable).value(), same);
}

TEST(SafetyCompare, exact_form) {
  const auto anna = number(a, b, true);
  const Buffer good(anna.scannable.begin(), anna.scannable.end());
  const auto error = [&](Bytes scanned) { return error_of(compare_safety_number(anna, scanned)); };
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error(Bytes(good).first(size)), Error::malformed) << size;
  Buffer longer = good;
  longer.push_back(0);
  EXPECT_EQ(error(longer), Error::malformed);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Buffer altered = good;
    altered[at] ^= 0x10;
    const bool in_a_half = (at >= 6 && at < 38) || at >= 42;
    const auto expected = at == 1 ? Error::unsupported_version : Error::malformed;
    EXPECT_EQ(error(altered), in_a_half ? std::nullopt : std::optional(expected)) << at;
  }
}

TEST(SafetyCompare, of_another_version) {
  EXPECT_EQ(error_of(compare_safety_number(number(a, b, true, 1), number(b, a, false).scannable)),
            Error::unsupported_version);
  EXPECT_EQ(error_of(compare_safety_number(number(a, b, true), number(b, a, false, 1).scannable)),
            Error::unsupported_version);
  EXPECT_EQ(compare_safety_number(number(a, b, true, 1), number(b, a, false, 1).scannable).value(),
            same);
}

}  // namespace
}  // namespace sotto
