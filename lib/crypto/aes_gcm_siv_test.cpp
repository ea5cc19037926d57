// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aes_gcm_siv.hpp"

#include <gtest/gtest.h>

#include "testing/error_of.hpp"
#include "testing/hex.hpp"

namespace sotto::crypto {
namespace {

using testing::error_of;
using testing::hex;
using testing::unhex;
using testing::unhex_array;

const auto key = unhex("0100000000000000000000000000000000000000000000000000000000000000");
const auto nonce = unhex_array<12>("030000000000000000000000");

std::string sealed(Bytes k, AesGcmSiv::Nonce n, Bytes plaintext, Bytes associated) {
  std::vector<std::uint8_t> out(plaintext.size() + AesGcmSiv::tag_bytes);
  AesGcmSiv::create(k)->seal(out, n, plaintext, associated);
  return hex(out);
}

TEST(GcmSiv, rfc8452_c_2_its_first_two) {
  EXPECT_EQ(sealed(key, nonce, {}, {}), "07f5f4169bbf55a8400cd47ea6fd400f");
  EXPECT_EQ(sealed(key, nonce, unhex("0100000000000000"), {}),
            "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28");
}

TEST(GcmSiv, rfc8452_c_3_the_counter_wraps) {
  const std::vector<std::uint8_t> zeros(32);
  const std::array<std::uint8_t, 12> zero_nonce{};
  EXPECT_EQ(sealed(zeros, zero_nonce,
                   unhex("000000000000000000000000000000004db923dc793ee6497c76dcc03a98e108"), {}),
            "f3f80f2cf0cb2dd9c5984fcda908456cc537703b5ba70324a6793a7bf218d3ea"
            "ffffffff000000000000000000000000");
}

TEST(GcmSiv, every_size_comes_back_and_no_flipped_bit_does) {
  const auto aead = AesGcmSiv::create(key);
  ASSERT_TRUE(aead);
  const auto name = unhex("5301");
  for (std::size_t size = 0; size <= 70; ++size) {
    std::vector<std::uint8_t> plain(size), out(size + 16), back(size);
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::uint8_t>(i * 7 + 1);
    aead->seal(out, nonce, plain, name);
    ASSERT_TRUE(aead->open(back, nonce, out, name)) << size;
    EXPECT_EQ(back, plain);
    for (std::size_t bit = 0; bit < out.size() * 8; ++bit) {
      auto wrong = out;
      wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
      back.assign(size, 0xee);
      ASSERT_EQ(error_of(aead->open(back, nonce, wrong, name)), Error::authentication_failed);
      for (const auto byte : back) ASSERT_EQ(byte, 0);
    }
    EXPECT_FALSE(aead->open(back, nonce, out, unhex("5302")));
    EXPECT_FALSE(aead->open(back, unhex_array<12>("040000000000000000000000"), out, name));
  }
  std::vector<std::uint8_t> none;
  EXPECT_EQ(error_of(aead->open(none, nonce, std::vector<std::uint8_t>(15), name)),
            Error::authentication_failed);
}

TEST(GcmSiv, a_nonce_that_comes_twice_shows_only_that_texts_are_equal) {
  const auto text = unhex("00112233445566778899aabbccddeeff");
  auto other = text;
  other[15] ^= 1;
  EXPECT_EQ(sealed(key, nonce, text, {}), sealed(key, nonce, text, {}));
  // The first half is the same in both; nothing of that shows.
  EXPECT_NE(sealed(key, nonce, text, {}).substr(0, 8), sealed(key, nonce, other, {}).substr(0, 8));
}

TEST(GcmSiv, keys_are_32_bytes) {
  for (std::size_t n = 0; n <= 40; ++n) {
    const auto aead = AesGcmSiv::create(std::vector<std::uint8_t>(n));
    EXPECT_EQ(error_of(aead), n == 32 ? std::nullopt : std::optional(Error::malformed)) << n;
  }
}

}  // namespace
}  // namespace sotto::crypto
