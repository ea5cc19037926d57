// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/gcm_transform.hpp"

#include <gtest/gtest.h>

#include "media/protector.hpp"
#include "media/unprotector.hpp"
#include "testing/hex.hpp"

namespace sotto::media {
namespace {

using testing::hex;
using testing::unhex;
using testing::unhex_array;

/// RFC 7714 §16: one packet, one salt, two session keys.
constexpr const char* key_128 = "000102030405060708090a0b0c0d0e0f";
constexpr const char* key_256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr const char* plain_packet =
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"
    "61727465 73207472 6573";
constexpr const char* packet_128 =
    "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a"
    "51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce";
constexpr const char* packet_256 =
    "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02"
    "76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13";

GcmTransform session(const char* key) {
  auto transform = GcmTransform::from_session(
      unhex(key), SessionSalt(unhex_array<12>("517569642070726f2071756f")));
  EXPECT_TRUE(transform);
  return std::move(*transform);
}

class Rfc7714 : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

// [RFC7714-8.1-1] [RFC7714-10-1] [RFC7714-12-1]
TEST_P(Rfc7714, section_16_packets_both_ways) {
  const auto [key, sealed_text] = GetParam();
  const auto plain = unhex(plain_packet);
  const auto sealed = unhex(sealed_text);

  std::vector<std::uint8_t> out(sealed.size());
  const auto made = Protector(session(key)).protect(out, plain);
  ASSERT_TRUE(made);
  EXPECT_EQ(hex(*made), hex(sealed));

  std::vector<std::uint8_t> back(plain.size());
  const auto opened = Unprotector(session(key)).unprotect(back, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(hex(*opened), hex(plain));
}

INSTANTIATE_TEST_SUITE_P(BothKeySizes, Rfc7714,
                         ::testing::Values(std::pair{key_128, packet_128},
                                           std::pair{key_256, packet_256}));

}  // namespace
}  // namespace sotto::media
