// SPDX-License-Identifier: MIT OR Apache-2.0
// The number of two accounts: every device counts [SN-3-1, SN-3-2, SN-3-3].
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/account_number.hpp>

#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;
using Devices = std::vector<AccountDevice>;
using Buffer = std::vector<std::uint8_t>;

template <class T>
T filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return T(bytes);
}

const UserId anna = filled<UserId>(1), bert = filled<UserId>(2);

AccountDevice device(std::uint32_t number, std::uint8_t key) {
  return {number, filled<IdentityPublic>(key)};
}

const Devices annas = {device(1, 11), device(2, 12), device(7, 17)};
const Devices berts = {device(1, 21), device(3, 23)};

AccountNumber number(const AccountSide& ours, const AccountSide& theirs) {
  return account_number(ours, theirs, 2).value();
}

TEST(AccountNumber, the_same_for_both_and_mirrored) {
  const auto ours = number({anna, annas}, {bert, berts});
  const auto theirs = number({bert, berts}, {anna, annas});
  EXPECT_EQ(ours.digits, theirs.digits);
  EXPECT_TRUE(std::ranges::all_of(ours.digits, [](char c) { return c >= '0' && c <= '9'; }));
  EXPECT_NE(ours.scannable, theirs.scannable);
  EXPECT_EQ(compare_account_number(ours, theirs.scannable), SafetyComparison::same);
  EXPECT_EQ(compare_account_number(ours, ours.scannable), SafetyComparison::our_own_code);
}

TEST(AccountNumber, the_order_of_devices_does_not_count) {
  const auto sorted = number({anna, annas}, {bert, berts});
  const Devices turned = {annas[2], annas[0], annas[1]};
  EXPECT_EQ(number({anna, turned}, {bert, berts}).scannable, sorted.scannable);
}

TEST(AccountNumber, everything_else_does) {
  const auto ours = number({anna, annas}, {bert, berts});
  const std::vector<Devices> others = {
      {device(1, 21)},                                // one withheld
      {device(1, 21), device(3, 23), device(4, 24)},  // one too many
      {device(1, 21), device(3, 24)},                 // another key
      {device(1, 21), device(4, 23)},                 // another number
      {device(1, 23), device(3, 21)},                 // keys exchanged
  };
  for (const Devices& theirs : others) {
    EXPECT_NE(number({anna, annas}, {bert, theirs}).digits, ours.digits);
    // What Bert shows, and what Bert holds for Anna.
    EXPECT_EQ(compare_account_number(ours, number({bert, theirs}, {anna, annas}).scannable),
              SafetyComparison::theirs_differs);
    const auto of_bert = number({bert, berts}, {anna, annas});
    EXPECT_EQ(compare_account_number(of_bert, number({anna, annas}, {bert, theirs}).scannable),
              SafetyComparison::ours_differs);
  }
  EXPECT_NE(number({anna, annas}, {filled<UserId>(3), berts}).digits, ours.digits);
  EXPECT_NE(account_number({anna, annas}, {bert, berts}, 3)->digits, ours.digits);
  EXPECT_EQ(
      compare_account_number(ours, number({filled<UserId>(3), berts}, {bert, annas}).scannable),
      SafetyComparison::both_differ);
}

TEST(AccountNumber, never_taken_for_a_number_of_signals) {
  const Devices one = {device(1, 21)};
  const auto ours = number({anna, one}, {bert, one});
  const auto signals =
      safety_number(2, {anna.bytes(), one[0].identity}, {bert.bytes(), one[0].identity}, 2);
  EXPECT_NE(ours.digits, signals->digits);
  EXPECT_EQ(error_of(compare_account_number(ours, signals->scannable)), Error::malformed);
  EXPECT_EQ(error_of(compare_safety_number(*signals, ours.scannable)), Error::malformed);
}

TEST(AccountNumber, exact_form) {
  const auto ours = number({anna, annas}, {bert, berts});
  const auto theirs = number({bert, berts}, {anna, annas});
  const Buffer good(theirs.scannable.begin(), theirs.scannable.end());
  const auto error = [&](Bytes scanned) { return error_of(compare_account_number(ours, scanned)); };
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error(Bytes(good).first(size)), Error::malformed) << size;
  Buffer longer = good;
  longer.push_back(0);
  EXPECT_EQ(error(longer), Error::malformed);
  for (std::size_t at = 0; at < 9; ++at) {
    Buffer altered = good;
    altered[at] ^= 1;
    EXPECT_EQ(error(altered), at == 8 ? Error::unsupported_version : Error::malformed) << at;
  }
}

TEST(AccountNumber, limits_on_both_sides) {
  Devices many;
  for (std::uint32_t i = 0; i <= account_max_devices; ++i) many.push_back(device(i, 5));
  const auto with = [&](std::span<const AccountDevice> devices) {
    const auto as_ours = error_of(account_number({anna, devices}, {bert, berts}, 2));
    EXPECT_EQ(as_ours, error_of(account_number({bert, berts}, {anna, devices}, 2)));
    return as_ours;
  };
  EXPECT_EQ(with({}), Error::malformed);
  EXPECT_EQ(with(std::span(many).first(1)), std::nullopt);
  EXPECT_EQ(with(std::span(many).first(account_max_devices)), std::nullopt);
  EXPECT_EQ(with(many), Error::malformed);
  const Devices twice = {device(4, 1), device(5, 2), device(4, 3)};
  EXPECT_EQ(with(twice), Error::malformed);

  const auto iterations = [&](std::uint32_t count) {
    return error_of(account_number({anna, annas}, {bert, berts}, count));
  };
  EXPECT_EQ(iterations(1), Error::malformed);
  EXPECT_EQ(iterations(2), std::nullopt);
  EXPECT_EQ(iterations(1'000'001), Error::malformed);
}

}  // namespace
}  // namespace sotto
