// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha2.hpp"
#include "testing/hex.hpp"

namespace sotto::crypto {
namespace {

using testing::hex;
using testing::unhex;

std::string sha256_hex(Bytes bytes) {
  return hex(sha256(bytes));
}

TEST(Sha256, fips_180_4_examples) {
  EXPECT_EQ(sha256_hex(label("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(label("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, a_million_a_in_pieces_of_every_size) {
  const std::string text(1000, 'a');
  Sha256 hash;
  std::size_t left = 1'000'000;
  for (std::size_t piece = 1; left > 0; piece = piece % 997 + 1) {
    const std::size_t n = std::min(piece, left);
    hash.update(label(std::string_view(text).substr(0, n)));
    left -= n;
  }
  Sha256Digest digest;
  hash.finish(digest);
  EXPECT_EQ(hex(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, every_length_is_the_same_in_one_piece_and_in_two) {
  std::vector<std::uint8_t> bytes(200);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    const Bytes all = Bytes(bytes).first(n);
    for (const std::size_t cut : {n / 3, n / 2, n}) {
      Sha256 hash;
      hash.update(all.first(cut));
      const Sha256 copy = hash;
      Sha256 other = copy;
      other.update(all.subspan(cut));
      Sha256Digest digest;
      other.finish(digest);
      EXPECT_EQ(digest, sha256(all)) << n << " cut at " << cut;
    }
  }
}

TEST(Sha512, fips_180_4_example_in_parts) {
  EXPECT_EQ(hex(sha512({label("a"), {}, label("bc")})),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Hmac, rfc_4231_cases_and_reuse_of_the_key) {
  const HmacSha256Key jefe(label("Jefe"));
  std::array<std::uint8_t, 32> tag;
  for (int again = 0; again < 3; ++again) {
    jefe.mac(tag, {label("what do ya want "), label("for nothing?")});
    EXPECT_EQ(hex(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
  const std::vector<std::uint8_t> long_key(131, 0xaa);
  HmacSha256Key(long_key).mac(tag,
                              {label("Test Using Larger Than Block-Size Key - Hash Key First")});
  EXPECT_EQ(hex(tag), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, key_lengths_around_the_block) {
  // A key of a block is used as it is, one byte more is hashed first [RFC 2104 §2].
  const std::vector<std::uint8_t> key65(65, 0x0b);
  const auto hashed = sha256(key65);
  std::array<std::uint8_t, 32> a, b;
  HmacSha256Key(key65).mac(a, {label("x")});
  HmacSha256Key(hashed).mac(b, {label("x")});
  EXPECT_EQ(a, b);
  const std::vector<std::uint8_t> key64(64, 0x0b);
  const auto not_hashed = sha256(key64);
  HmacSha256Key(key64).mac(a, {label("x")});
  HmacSha256Key(not_hashed).mac(b, {label("x")});
  EXPECT_NE(a, b);
  HmacSha256Key({}).mac(a, {});  // RFC 2104 allows the empty key.
  EXPECT_EQ(hex(a), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, rfc_5869_a1_to_a3) {
  std::vector<std::uint8_t> okm(42);
  const std::vector<std::uint8_t> ikm(22, 0x0b);
  hkdf_sha256(okm, HmacSha256Key(unhex("000102030405060708090a0b0c")), ikm,
              unhex("f0f1f2f3f4f5f6f7f8f9"));
  EXPECT_EQ(hex(okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  hkdf_sha256(okm, zero_salt(), ikm, {});
  EXPECT_EQ(hex(okm),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, gives_all_it_may_and_ends_the_process_beyond) {
  std::vector<std::uint8_t> most(255 * 32);
  hkdf_sha256(most, zero_salt(), {}, {});
  std::vector<std::uint8_t> less(255 * 32 - 1);
  hkdf_sha256(less, zero_salt(), {}, {});
  EXPECT_TRUE(std::equal(less.begin(), less.end(), most.begin()));
  std::vector<std::uint8_t> more(255 * 32 + 1);
  EXPECT_DEATH(hkdf_sha256(more, zero_salt(), {}, {}), "");
}

}  // namespace
}  // namespace sotto::crypto
