// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/x25519.hpp"

#include <gtest/gtest.h>

#include <sotto/backend.hpp>
#include <sotto/entropy.hpp>
#include <sotto/keys.hpp>

#include "crypto/xeddsa.hpp"
#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::crypto {
namespace {

using testing::hex;
using testing::unhex_array;
using Raw = std::array<std::uint8_t, 32>;

TEST(Backend, is_there) {
  EXPECT_TRUE(check_backend());
}

TEST(X25519, rfc_7748_5_2) {
  const auto k =
      unhex_array<32>("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  const auto u =
      unhex_array<32>("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  EXPECT_EQ(hex(x25519(k, u)->expose()),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(X25519, ignores_the_top_bit_of_u) {
  // The second vector of RFC 7748 §5.2 has it set.
  const auto k =
      unhex_array<32>("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
  auto u = unhex_array<32>("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
  EXPECT_EQ(hex(x25519(k, u)->expose()),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
  u[31] &= 0x7f;
  EXPECT_EQ(hex(x25519(k, u)->expose()),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

/// The points of small order on the curve and its twist, in all encodings of 255 bits and with the
/// top bit set.
std::vector<Raw> low_order_points() {
  std::vector<Raw> points;
  for (const char* text : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    auto point = unhex_array<32>(text);
    points.push_back(point);
    point[31] |= 0x80;
    points.push_back(point);
  }
  return points;
}

TEST(X25519, low_order_points_are_refused) {
  const auto keys = EphemeralKeyPair::generate(*std::make_unique<testing::TapeEntropy>(1));
  for (const Raw& point : low_order_points()) {
    EXPECT_EQ(agree(keys->secret_key(), EphemeralPublic(point)).error(), Error::weak_key)
        << hex(point);
    EXPECT_FALSE(is_acceptable_u(point)) << hex(point);
  }
}

TEST(X25519, canonical_means_below_p_without_the_top_bit) {
  auto u = unhex_array<32>("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  EXPECT_TRUE(is_canonical_u(u));  // p - 1
  for (unsigned low = 0xed; low <= 0xff; ++low) {
    u[0] = static_cast<std::uint8_t>(low);  // p to 2^255 - 1
    EXPECT_FALSE(is_canonical_u(u));
  }
  for (std::size_t i = 1; i < 31; ++i) {
    auto smaller = u;
    smaller[i] = 0xfe;
    EXPECT_TRUE(is_canonical_u(smaller)) << i;
    EXPECT_TRUE(is_acceptable_u(smaller)) << i;
  }
  u[31] = 0x7e;
  EXPECT_TRUE(is_canonical_u(u));
  u[31] = 0xfe;
  EXPECT_FALSE(is_canonical_u(u));
}

TEST(KeyPair, clamps_and_derives_as_rfc_7748_6_1) {
  const auto pair = CallKeyPair::from_secret(Secret<struct CallRole, 32>(
      unhex_array<32>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")));
  ASSERT_TRUE(pair);
  EXPECT_EQ(hex(pair->public_key().bytes()),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(pair->secret_key().expose()[0] & 7, 0);
  EXPECT_EQ(pair->secret_key().expose()[31] & 0xc0, 0x40);
}

TEST(KeyPair, takes_32_bytes_of_entropy_and_no_more) {
  testing::TapeEntropy tape(7);
  const auto a = IdentityKeyPair::generate(tape);
  EXPECT_EQ(tape.drawn(), 32U);
  testing::TapeEntropy same(7);
  const auto b = IdentityKeyPair::generate(same);
  EXPECT_EQ(a->public_key(), b->public_key());
  EXPECT_EQ(a->duplicate().public_key(), a->public_key());
}

TEST(KeyPair, attack_H27_rng_failure_ephemeral) {
  testing::FailingEntropy failing;
  EXPECT_EQ(EphemeralKeyPair::generate(failing).error(), Error::entropy_failed);
  testing::ConstantEntropy zeros(0);
  EXPECT_EQ(EphemeralKeyPair::generate(zeros).error(), Error::entropy_failed);
}

TEST(KeyPair, whatever_an_apps_source_answers_is_entropy_failed) {
  struct Source final : Entropy {
    Result<void> fill(MutableBytes) noexcept override { return std::unexpected(why); }
    Error why{};
  } source;
  testing::TapeEntropy tape(7);
  const auto keys = IdentityKeyPair::generate(tape);
  for (unsigned i = 0; i <= static_cast<unsigned>(Error::too_large); ++i) {
    source.why = static_cast<Error>(i);
    EXPECT_EQ(EphemeralKeyPair::generate(source).error(), Error::entropy_failed) << source.why;
    EXPECT_EQ(sign(*keys, {}, source).error(), Error::entropy_failed) << source.why;
  }
}

TEST(KeyPair, a_secret_of_zeros_is_weak_and_no_source_is_at_fault) {
  using Key = Secret<struct CallRole, 32>;
  EXPECT_EQ(CallKeyPair::from_secret(Key(Raw{})).error(), Error::weak_key);
  Key filled(Raw{1});
  const Key taken = std::move(filled);
  EXPECT_EQ(CallKeyPair::from_secret(std::move(filled)).error(),  // NOLINT(bugprone-use-after-move)
            Error::weak_key);
}

TEST(SystemEntropy, does_not_repeat_itself) {
  SystemEntropy entropy;
  Raw a{}, b{};
  ASSERT_TRUE(entropy.fill(a));
  ASSERT_TRUE(entropy.fill(b));
  EXPECT_NE(a, b);
  EXPECT_TRUE(entropy.fill({}));
}

}  // namespace
}  // namespace sotto::crypto
