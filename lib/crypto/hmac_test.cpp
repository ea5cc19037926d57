// SPDX-License-Identifier: MIT OR Apache-2.0
/// HMAC and HKDF of the hashes that SRTP and SFrame use besides SHA-256.
#include <vector>

#include <gtest/gtest.h>

#include "crypto/hkdf.hpp"
#include "crypto/hmac_sha1.hpp"
#include "crypto/hmac_sha512.hpp"
#include "testing/hex.hpp"

namespace sotto::crypto {
namespace {

using testing::hex;

TEST(HmacSha1, rfc_2202_case_1_in_parts_and_with_a_key_that_moved) {
  constexpr std::string_view right = "b617318655057264e28bc0b6fb378c8ef146be00";
  std::array<std::uint8_t, HmacSha1Key::key_bytes> bytes;
  bytes.fill(0x0b);
  std::array<std::uint8_t, HmacSha1Key::mac_bytes> mac;
  HmacSha1Key key(bytes);
  key.mac(mac, {label("Hi "), {}, label("There")});
  EXPECT_EQ(hex(mac), right);
  HmacSha1Key moved(std::move(key));
  moved.mac(mac, {label("Hi There")});
  EXPECT_EQ(hex(mac), right);
  HmacSha1Key assigned(std::array<std::uint8_t, HmacSha1Key::key_bytes>{});
  assigned = std::move(moved);
  assigned.mac(mac, {label("Hi There")});
  EXPECT_EQ(hex(mac), right);
}

TEST(HmacSha512, rfc_4231_cases_1_and_6) {
  std::array<std::uint8_t, HmacSha512Key::mac_bytes> mac;
  HmacSha512Key(std::vector<std::uint8_t>(20, 0x0b)).mac(mac, {label("Hi "), label("There")});
  EXPECT_EQ(hex(mac),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
  HmacSha512Key(std::vector<std::uint8_t>(131, 0xaa))
      .mac(mac, {label("Test Using Larger Than Block-Size Key - Hash Key First")});
  EXPECT_EQ(hex(mac),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

TEST(HkdfSha512, each_block_follows_from_the_one_before) {  // RFC 5869 section 2.3
  std::array<std::uint8_t, 64> prk;
  hkdf_sha512_extract(prk, label("salt"), label("key"));
  const HmacSha512Key key(prk);
  std::vector<std::uint8_t> out(100);
  hkdf_sha512_expand(out, key, label("info"));
  std::array<std::uint8_t, 64> first, second;
  constexpr std::array<std::uint8_t, 2> counters{1, 2};
  key.mac(first, {label("info"), Bytes(counters).first(1)});
  key.mac(second, {first, label("info"), Bytes(counters).last(1)});
  EXPECT_EQ(hex(Bytes(out).first(64)), hex(first));
  EXPECT_EQ(hex(Bytes(out).last(36)), hex(Bytes(second).first(36)));
}

}  // namespace
}  // namespace sotto::crypto
