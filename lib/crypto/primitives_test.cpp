// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/primitives.hpp>

#include "testing/hex.hpp"

namespace sotto::primitives {
namespace {

using testing::hex;
using testing::unhex;
using testing::unhex_array;

PrivateKey secret(const char* text) {
  return PrivateKey(unhex_array<32>(text));
}

PublicKey open_key(const char* text) {
  return PublicKey(unhex_array<32>(text));
}

/// The same byte for ever; fails when told to.
class ConstantEntropy final : public Entropy {
 public:
  explicit ConstantEntropy(bool works = true) : works_(works) {}
  Result<void> fill(MutableBytes out) noexcept override {
    drawn += out.size();
    if (!works_) return std::unexpected(Error::conflict);  // What no source should say.
    std::ranges::fill(out, std::uint8_t{0});
    return {};
  }
  std::size_t drawn = 0;

 private:
  bool works_;
};

constexpr auto zero = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr auto alice_secret = "77076d0a7318a57d3c16c17251b26645df4c2a9ae6c8f6c4d3b2a1908f7e6d5c";

TEST(Primitives, both_sides_agree_and_a_point_of_low_order_is_weak) {
  const auto a = secret(alice_secret);
  const auto b = secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const auto open_a = public_key(a);
  const auto open_b = public_key(b);
  ASSERT_TRUE(open_a && open_b);
  // RFC 7748 §6.1: the public key of Bob.
  EXPECT_EQ(hex(open_b->bytes()),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto one = x25519(a, *open_b);
  const auto two = x25519(b, *open_a);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(hex(one->expose()), hex(two->expose()));
  const auto weak = x25519(a, open_key(zero));
  ASSERT_FALSE(weak);
  EXPECT_EQ(weak.error(), Error::weak_key);
  const auto none = public_key(secret(zero));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), Error::weak_key);
}

// RFC 5869, A.1 and A.3.
TEST(Primitives, hkdf_with_and_without_salt_up_to_its_limit) {
  const std::vector<std::uint8_t> ikm(22, 0x0b);
  std::array<std::uint8_t, 42> okm;
  ASSERT_TRUE(
      hkdf_sha256(okm, unhex("000102030405060708090a0b0c"), ikm, unhex("f0f1f2f3f4f5f6f7f8f9")));
  EXPECT_EQ(hex(okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  ASSERT_TRUE(hkdf_sha256(okm, {}, ikm, {}));
  EXPECT_EQ(hex(okm),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  std::vector<std::uint8_t> most(8'161);
  EXPECT_TRUE(hkdf_sha256(MutableBytes(most).first(8'160), {}, ikm, {}));
  const std::vector<std::uint8_t> before = most;
  const auto longer = hkdf_sha256(most, {}, ikm, {});
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error(), Error::malformed);
  EXPECT_EQ(most, before);
}

// The figure that the fast tests of the curve25519 reference publish, in the form that is sent.
TEST(Primitives, signs_as_published_and_verifies) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[8] = 189;
  const PrivateKey key{bytes};
  const std::vector<std::uint8_t> message(200);
  ConstantEntropy zeros;
  const auto signature = sign(key, message, zeros);
  ASSERT_TRUE(signature);
  EXPECT_EQ(zeros.drawn, 64U);
  EXPECT_EQ(hex(signature->bytes()),
            "cf873d0379ac20e8893e5567ee0f8951f8db840d26b243b463526689d01ca718"
            "ac189fb1678574ebdde569330659448b0bd6c1973f7d780ab39518626803d782");
  const auto open = public_key(key);
  ASSERT_TRUE(open);
  EXPECT_TRUE(verify(*open, message, *signature));
  const auto other = verify(*open, Bytes(message).first(199), *signature);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error(), Error::bad_signature);
  const auto weak = verify(open_key(zero), message, *signature);
  ASSERT_FALSE(weak);
  EXPECT_EQ(weak.error(), Error::weak_key);
}

TEST(Primitives, nothing_is_signed_without_randomness_or_a_key) {
  ConstantEntropy broken(false);
  const auto unsigned_one = sign(secret(alice_secret), {}, broken);
  ASSERT_FALSE(unsigned_one);
  EXPECT_EQ(unsigned_one.error(), Error::entropy_failed);
  ConstantEntropy zeros;
  const auto keyless = sign(secret(zero), {}, zeros);
  ASSERT_FALSE(keyless);
  EXPECT_EQ(keyless.error(), Error::weak_key);
  EXPECT_EQ(zeros.drawn, 0U);
}

}  // namespace
}  // namespace sotto::primitives
