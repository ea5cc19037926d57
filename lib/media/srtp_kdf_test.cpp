// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/srtp_kdf.hpp"

#include <set>

#include <gtest/gtest.h>

#include "testing/hex.hpp"

namespace sotto::media {
namespace {

using testing::hex;
using testing::unhex;
using testing::unhex_array;

std::string derived(std::size_t size, const char* key, const char* salt, SrtpLabel label) {
  // Not zero beforehand: what stands in the buffer must not shine through.
  std::vector<std::uint8_t> out(size, 0xee);
  derive_srtp(out, unhex(key), KdfSalt(unhex_array<14>(salt)), label);
  return hex(out);
}

// [RFC3711-4.3.1-2] [RFC3711-4.3.1-4] [RFC3711-4.3.3-1]
TEST(SrtpKdf, rfc3711_b_3) {
  constexpr const char* key = "e1f97a0d3e018be0d64fa32c06de4139";
  constexpr const char* salt = "0ec675ad498afeebb6960b3aabe6";
  EXPECT_EQ(derived(16, key, salt, SrtpLabel::rtp_encryption), "c61e7a93744f39ee10734afe3ff7a087");
  EXPECT_EQ(derived(14, key, salt, SrtpLabel::rtp_salt), "30cbbc08863d8c85d49db34a9ae1");
  EXPECT_EQ(derived(94, key, salt, SrtpLabel::rtp_authentication),
            "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbce"
            "e049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc25"
            "6d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2");
}

// [RFC7714-11-1]
TEST(SrtpKdf, rfc6188_7_2) {
  constexpr const char* key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6";
  constexpr const char* salt = "3b04803de51ee7c96423ab5b78d2";
  EXPECT_EQ(derived(32, key, salt, SrtpLabel::rtp_encryption),
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
  EXPECT_EQ(derived(14, key, salt, SrtpLabel::rtp_salt), "fa31791685ca444a9e07c6c64e93");
  EXPECT_EQ(derived(20, key, salt, SrtpLabel::rtp_authentication),
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
}

TEST(SrtpKdf, a_gcm_salt_is_padded_on_the_right) {
  EXPECT_EQ(hex(pad_gcm_salt(unhex_array<12>("a0a1a2a3a4a5a6a7a8a9aaab")).expose()),
            "a0a1a2a3a4a5a6a7a8a9aaab0000");
}

// [RFC3711-4.3.1-3]
TEST(SrtpKdf, attack_M01_direction_label_every_label_gives_other_keys) {
  std::set<std::string> keys;
  for (std::uint8_t label = 0; label < 6; ++label)
    keys.insert(derived(32, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                        "a0a1a2a3a4a5a6a7a8a9aaab0000", SrtpLabel{label}));
  EXPECT_EQ(keys.size(), 6U);
}

}  // namespace
}  // namespace sotto::media
