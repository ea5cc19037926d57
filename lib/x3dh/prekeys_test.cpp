// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

using testing::hex;

// [X3DH-2.1-4]
TEST(Encode, type_byte_then_u) {
  const Party bob(1);
  EXPECT_EQ(hex(encode(bob.identity.public_key())), "05" + hex(bob.identity.public_key().bytes()));
}

// Sig(IKB, Encode(SPKB)) [X3DH-3.2-1, X3DH-2.2-2].
TEST(Prekeys, signature_is_over_the_33_bytes_of_the_key) {
  const Party bob(1);
  const auto verifies = [&](Bytes message) {
    return crypto::xeddsa_verify(bob.identity.public_key().bytes(), message,
                                 bob.signed_prekey.signature)
        .has_value();
  };
  const auto encoded = encode(bob.signed_prekey.keys.public_key());
  EXPECT_TRUE(verifies(encoded));
  EXPECT_FALSE(verifies(Bytes(encoded).subspan(1)));
}

TEST(Prekeys, draw_what_they_say) {
  testing::TapeEntropy tape(1);
  const auto identity = IdentityKeyPair::generate(tape);
  ASSERT_TRUE(identity);
  ASSERT_EQ(tape.drawn(), 32U);
  ASSERT_TRUE(SignedPrekey::generate(SignedPrekeyId{1}, *identity, tape));
  EXPECT_EQ(tape.drawn(), 32U + 96U);
  ASSERT_TRUE(OneTimePrekey::generate(OneTimePrekeyId{1}, tape));
  EXPECT_EQ(tape.drawn(), 32U + 96U + 32U);
}

// One kind of key for each use [X3DH-2.4-2]: none stands in for another.
static_assert(!std::is_convertible_v<SignedPrekey, OneTimePrekey>);
static_assert(!std::is_constructible_v<SignedPrekeyPublic, OneTimePrekeyPublic>);
static_assert(!std::is_constructible_v<SignedPrekeyPublic, IdentityPublic>);
static_assert(!std::is_constructible_v<OneTimePrekeyId, SignedPrekeyId>);
static_assert(!std::is_copy_constructible_v<SignedPrekey>);
static_assert(!std::is_copy_constructible_v<OneTimePrekey>);

// [X3DH-3.2-1]
TEST(Prekeys, publish_shows_the_public_parts) {
  const Party bob(1);
  const Bundle with = bob.bundle();
  EXPECT_EQ(with.identity, bob.identity.public_key());
  EXPECT_EQ(with.signed_prekey_id, bob.signed_prekey.id);
  EXPECT_EQ(with.signed_prekey, bob.signed_prekey.keys.public_key());
  EXPECT_EQ(with.signature, bob.signed_prekey.signature);
  ASSERT_TRUE(with.one_time);
  EXPECT_EQ(with.one_time->id, bob.one_time.id);
  EXPECT_EQ(with.one_time->key, bob.one_time.keys.public_key());
  Bundle without = with;
  without.one_time.reset();
  EXPECT_EQ(bob.bundle(false), without);
}

}  // namespace
}  // namespace sotto::x3dh
