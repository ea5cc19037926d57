// SPDX-License-Identifier: MIT OR Apache-2.0
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/safety_number.hpp>

#include "testing/hex.hpp"

namespace sotto {
namespace {

using testing::hex;
using testing::unhex_array;

const std::string alice_text = "+14152222222";
const std::string bob_text = "+14153333333";

Bytes id(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

IdentityPublic key(const char* text) {
  return IdentityPublic(unhex_array<32>(text));
}

SafetyNumberSide alice() {
  return {id(alice_text), key("06863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")};
}

SafetyNumberSide bob() {
  return {id(bob_text), key("f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")};
}

std::string digits(const SafetyNumber& number) {
  return {number.digits.begin(), number.digits.end()};
}

// The figures that Signal's reference test suites publish.
const std::string published = "300354477692869396892869876765458257569162576843440918079131";
const std::string alice_half = "1e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df";
const std::string bob_half = "d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d";

TEST(SafetyNumber, published_figures_of_version_1) {
  const auto ours = safety_number(1, alice(), bob());
  ASSERT_TRUE(ours);
  EXPECT_EQ(digits(*ours), published);
  EXPECT_EQ(hex(ours->scannable), "080112220a20" + alice_half + "1a220a20" + bob_half);
  const auto theirs = safety_number(1, bob(), alice());
  ASSERT_TRUE(theirs);
  EXPECT_EQ(digits(*theirs), published);
  EXPECT_EQ(hex(theirs->scannable), "080112220a20" + bob_half + "1a220a20" + alice_half);
}

TEST(SafetyNumber, version_2_differs_in_its_scannable_number_only) {
  const auto one = safety_number(1, alice(), bob());
  const auto two = safety_number(2, alice(), bob());
  ASSERT_TRUE(one && two);
  EXPECT_EQ(digits(*two), digits(*one));
  EXPECT_EQ(hex(two->scannable), "080212220a20" + alice_half + "1a220a20" + bob_half);
}

TEST(SafetyNumber, version_2_with_account_ids_is_the_same_on_both_sides) {
  const auto first = unhex_array<16>("000102030405060708090a0b0c0d0e0f");
  const auto second = unhex_array<16>("ffeeddccbbaa99887766554433221100");
  const SafetyNumberSide a{first, alice().identity};
  const SafetyNumberSide b{second, bob().identity};
  const auto ours = safety_number(2, a, b);
  const auto theirs = safety_number(2, b, a);
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(ours->digits, theirs->digits);
  EXPECT_NE(digits(*ours), published);
  EXPECT_NE(ours->scannable, theirs->scannable);
}

TEST(SafetyNumber, every_input_counts) {
  const auto base = safety_number(1, alice(), bob(), 2);
  ASSERT_TRUE(base);
  SafetyNumberSide other = alice();
  other.id = id(bob_text);
  const auto by_id = safety_number(1, other, bob(), 2);
  other = alice();
  other.identity = bob().identity;
  const auto by_key = safety_number(1, other, bob(), 2);
  const auto by_iterations = safety_number(1, alice(), bob(), 3);
  ASSERT_TRUE(by_id && by_key && by_iterations);
  EXPECT_NE(by_id->digits, base->digits);
  EXPECT_NE(by_key->digits, base->digits);
  EXPECT_NE(by_iterations->digits, base->digits);
}

TEST(SafetyNumber, limits_on_both_sides) {
  const std::vector<std::uint8_t> bytes(256, 7);
  const auto with_id = [&](std::size_t size) {
    const SafetyNumberSide side{Bytes(bytes).first(size), alice().identity};
    const auto as_ours = safety_number(1, side, bob(), 2);
    const auto as_theirs = safety_number(1, bob(), side, 2);
    EXPECT_EQ(as_ours.has_value(), as_theirs.has_value()) << size;
    return as_ours ? std::optional<Error>() : as_ours.error();
  };
  EXPECT_EQ(with_id(0), Error::malformed);
  EXPECT_EQ(with_id(1), std::nullopt);
  EXPECT_EQ(with_id(255), std::nullopt);
  EXPECT_EQ(with_id(256), Error::malformed);

  const auto with_iterations = [](std::uint32_t iterations) {
    const auto number = safety_number(1, alice(), bob(), iterations);
    return number ? std::optional<Error>() : number.error();
  };
  for (const std::uint32_t few : {0U, 1U}) EXPECT_EQ(with_iterations(few), Error::malformed);
  EXPECT_EQ(with_iterations(2), std::nullopt);
  EXPECT_EQ(with_iterations(1'000'000), std::nullopt);
  EXPECT_EQ(with_iterations(1'000'001), Error::malformed);

  for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{255}}) {
    const auto number = safety_number(version, alice(), bob(), 2);
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error(), Error::unsupported_version);
  }
}

}  // namespace
}  // namespace sotto
