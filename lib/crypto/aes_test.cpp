// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aes.hpp"

#include <gtest/gtest.h>

#include "crypto/aes_gcm.hpp"
#include "testing/hex.hpp"

namespace sotto::crypto {
namespace {

using testing::hex;
using testing::unhex;
using testing::unhex_array;

// NIST SP 800-38A, appendix F: the same key and plaintext throughout.
const auto key256 =
    unhex_array<32>("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
const auto plain = unhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");

TEST(Cbc, sp_800_38a_f_2_5) {
  const auto iv = unhex_array<16>("000102030405060708090a0b0c0d0e0f");
  std::vector<std::uint8_t> out(cbc_padded_size(plain.size()));
  aes256_cbc_encrypt(out, key256, iv, plain);
  EXPECT_EQ(hex(Bytes(out).first(64)),
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
            "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b");
  std::vector<std::uint8_t> back(out.size());
  const auto opened = aes256_cbc_decrypt(back, key256, iv, out);
  ASSERT_TRUE(opened);
  EXPECT_EQ(hex(*opened), hex(plain));
}

TEST(Cbc, every_size_comes_back) {
  const auto iv = unhex_array<16>("000102030405060708090a0b0c0d0e0f");
  for (std::size_t n = 0; n <= 64; ++n) {
    std::vector<std::uint8_t> out(cbc_padded_size(n)), back(out.size());
    aes256_cbc_encrypt(out, key256, iv, Bytes(plain).first(n));
    const auto opened = aes256_cbc_decrypt(back, key256, iv, out);
    ASSERT_TRUE(opened) << n;
    EXPECT_EQ(hex(*opened), hex(Bytes(plain).first(n)));
  }
}

/// What unpadding says to a last block of our choice: `ciphertext` decrypts to `block` because the
/// IV is made to fit.
Result<std::size_t> unpad(const std::array<std::uint8_t, 16>& block) {
  const std::array<std::uint8_t, 16> zero_iv{};
  std::vector<std::uint8_t> two(32);
  aes256_cbc_encrypt(two, key256, zero_iv, plain.empty() ? Bytes{} : Bytes(plain).first(16));
  const Bytes ciphertext = Bytes(two).first(16);  // Decrypts to plain[0..16] under a zero IV.
  std::array<std::uint8_t, 16> iv;
  for (std::size_t i = 0; i < 16; ++i) iv[i] = static_cast<std::uint8_t>(plain[i] ^ block[i]);
  std::array<std::uint8_t, 16> out;
  out.fill(0xee);
  const auto opened = aes256_cbc_decrypt(out, key256, iv, ciphertext);
  if (opened) {
    EXPECT_TRUE(std::equal(opened->begin(), opened->end(), block.begin()));
    return opened->size();
  }
  for (const auto byte : out) EXPECT_EQ(byte, 0);
  return std::unexpected(opened.error());
}

TEST(Cbc, attack_R23_cbc_padding_oracle_one_error_for_each_wrong_padding) {
  for (unsigned count = 0; count < 256; ++count) {
    std::array<std::uint8_t, 16> block;
    block.fill(0x77);
    for (unsigned i = 0; i < std::min(count, 16U); ++i)
      block[15 - i] = static_cast<std::uint8_t>(count);
    block[15] = static_cast<std::uint8_t>(count);
    const auto size = unpad(block);
    if (count >= 1 && count <= 16) {
      EXPECT_EQ(size, 16 - count) << count;
      for (unsigned i = 1; i < count; ++i) {
        auto wrong = block;
        wrong[15 - i] ^= 1;
        EXPECT_EQ(unpad(wrong), std::unexpected(Error::authentication_failed)) << count << ' ' << i;
      }
    } else {
      EXPECT_EQ(size, std::unexpected(Error::authentication_failed)) << count;
    }
  }
}

TEST(Cbc, refuses_what_is_not_whole_blocks) {
  const std::array<std::uint8_t, 16> iv{};
  for (const std::size_t n : {0U, 1U, 15U, 17U, 31U, 33U}) {
    std::vector<std::uint8_t> in(n), out(n, 0xee);
    EXPECT_EQ(aes256_cbc_decrypt(out, key256, iv, in).error(), Error::authentication_failed);
    EXPECT_EQ(out, in) << "zeroed";
  }
}

TEST(Ctr, sp_800_38a_f_5_1_and_f_5_5) {
  const auto counter = unhex_array<16>("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  std::vector<std::uint8_t> out(64);
  aes_ctr(out, key256, counter, plain);
  EXPECT_EQ(hex(out),
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
            "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
  aes_ctr(out, unhex("2b7e151628aed2a6abf7158809cf4f3c"), counter, plain);
  EXPECT_EQ(hex(out),
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
            "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
  auto in_place = plain;
  aes_ctr(in_place, unhex("2b7e151628aed2a6abf7158809cf4f3c"), counter, in_place);
  EXPECT_EQ(in_place, out);
}

TEST(Ctr, a_block_that_is_no_whole_one_is_the_front_of_one) {
  const auto counter = unhex_array<16>("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  std::vector<std::uint8_t> whole(64), part(37);
  aes_ctr(whole, key256, counter, plain);
  aes_ctr(part, key256, counter, Bytes(plain).first(part.size()));
  EXPECT_EQ(hex(part), hex(Bytes(whole).first(part.size())));
}

TEST(Gcm, known_answers_of_both_key_sizes) {
  // The GCM submission's test cases 4 and 16.
  const auto nonce = unhex_array<12>("cafebabefacedbaddecaf888");
  const auto aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto text = unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  std::vector<std::uint8_t> out(text.size() + 16);
  AesGcm::create(unhex("feffe9928665731c6d6a8f9467308308"))->seal(out, nonce, text, aad);
  EXPECT_EQ(hex(out),
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47");
  AesGcm::create(unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
      ->seal(out, nonce, text, aad);
  EXPECT_EQ(hex(out),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(Gcm, opens_what_it_sealed_and_nothing_else) {
  const auto gcm = AesGcm::create(key256);
  ASSERT_TRUE(gcm);
  const std::array<std::uint8_t, 12> nonce{1, 2, 3};
  const auto aad = unhex("0102");
  std::vector<std::uint8_t> sealed(plain.size() + 16), back(plain.size());
  gcm->seal(sealed, nonce, plain, aad);
  ASSERT_TRUE(gcm->open(back, nonce, sealed, aad));
  EXPECT_EQ(back, plain);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto wrong = sealed;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
    back.assign(back.size(), 0xee);
    EXPECT_EQ(gcm->open(back, nonce, wrong, aad).error(), Error::authentication_failed);
    for (const auto byte : back) ASSERT_EQ(byte, 0);
  }
  EXPECT_FALSE(gcm->open(back, nonce, sealed, unhex("0103")));
  EXPECT_FALSE(gcm->open({}, nonce, Bytes(sealed).first(15), aad));
  auto in_place = sealed;
  ASSERT_TRUE(gcm->open(std::span(in_place).first(plain.size()), nonce, in_place, aad));
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), in_place.begin()));
}

TEST(Gcm, keys_are_16_or_32_bytes) {
  for (std::size_t n = 0; n <= 40; ++n) {
    const std::vector<std::uint8_t> key(n);
    const auto gcm = AesGcm::create(key);
    EXPECT_EQ(gcm.has_value(), n == 16 || n == 32) << n;
    if (!gcm) {
      EXPECT_EQ(gcm.error(), Error::malformed);
    }
  }
}

}  // namespace
}  // namespace sotto::crypto
