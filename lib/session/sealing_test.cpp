// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/sealing.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "session/growing.hpp"
#include "testing/error_of.hpp"
#include "testing/hex.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::hex;
using testing::unhex;

const std::vector<std::uint8_t> key(32, 0x11);
const auto name = unhex("5001");
const auto text = unhex("00112233445566778899aabbccddeeff0011");

std::vector<std::uint8_t> sealed(Bytes plain, Bytes row, std::uint64_t counter) {
  std::vector<std::uint8_t> out(plain.size() + Sealer::overhead_bytes);
  Sealer::create(key)->seal(out, plain, row, counter);
  return out;
}

TEST(Sealer, opens_what_it_sealed_whatever_the_counter) {
  const auto sealer = Sealer::create(key);
  for (const std::uint64_t counter : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
    std::vector<std::uint8_t> back(text.size());
    ASSERT_TRUE(sealer->open(back, sealed(text, name, counter), name));
    EXPECT_EQ(back, text);
  }
  EXPECT_NE(hex(sealed(text, name, 1)), hex(sealed(text, name, 2)));
  EXPECT_EQ(hex(sealed(text, name, 1)), hex(sealed(text, name, 1)));
}

TEST(Sealer, the_counter_stands_in_the_nonce) {
  EXPECT_EQ(hex(Bytes(sealed({}, name, 0x0102030405060708)).first(13)),
            "01726f77010102030405060708");
}

TEST(Sealer, an_altered_bit_another_name_or_key_is_corrupted_and_a_newer_form_says_so) {
  const auto good = sealed(text, name, 7);
  const auto sealer = Sealer::create(key);
  std::vector<std::uint8_t> back(text.size());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto wrong = good;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
    back.assign(back.size(), 0xee);
    const Error expected = wrong[0] > 1 ? Error::unsupported_version : Error::corrupted;
    ASSERT_EQ(error_of(sealer->open(back, wrong, name)), expected) << bit;
    for (const auto byte : back) ASSERT_EQ(byte, 0);
  }
  EXPECT_EQ(error_of(sealer->open(back, good, unhex("5002"))), Error::corrupted);
  EXPECT_EQ(error_of(Sealer::create(std::vector<std::uint8_t>(32, 0x12))->open(back, good, name)),
            Error::corrupted);
}

TEST(Sealer, a_cut_row_is_corrupted) {
  const auto good = sealed(text, name, 7);
  const auto sealer = Sealer::create(key);
  for (std::size_t size = 0; size < good.size(); ++size) {
    std::vector<std::uint8_t> back(size > Sealer::overhead_bytes ? size - Sealer::overhead_bytes
                                                                 : 0);
    EXPECT_EQ(error_of(sealer->open(back, Bytes(good).first(size), name)), Error::corrupted);
  }
  std::vector<std::uint8_t> longer(text.size() + 1);
  EXPECT_EQ(error_of(sealer->open(longer, good, name)), Error::corrupted);
}

TEST(Growing, keeps_the_order_of_what_is_inserted_and_erased) {
  Growing<int> list;
  for (const int i : {4, 1, 3, 0, 2}) {
    ASSERT_TRUE(list.reserve(1));
    std::size_t place = 0;
    while (place < list.size() && list[place] < i) ++place;
    list.insert(place, int{i});
  }
  EXPECT_EQ(std::vector<int>(list.begin(), list.end()), (std::vector<int>{0, 1, 2, 3, 4}));
  list.erase(1);
  list.erase(3);
  EXPECT_EQ(std::vector<int>(list.begin(), list.end()), (std::vector<int>{0, 2, 3}));
}

TEST(Growing, more_than_there_can_be_is_out_of_memory) {
  Growing<std::uint64_t> list;
  EXPECT_EQ(error_of(list.reserve(SIZE_MAX)), Error::out_of_memory);
  EXPECT_EQ(error_of(list.reserve(SIZE_MAX / 8)), Error::out_of_memory);
  EXPECT_TRUE(list.push(1));
  EXPECT_EQ(list.size(), 1U);
}

}  // namespace
}  // namespace sotto::session
