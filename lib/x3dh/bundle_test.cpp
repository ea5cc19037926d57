// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

using testing::hex;

// There is no bundle without a signature [X3DH-4.5-1], and no way around `verify`.
static_assert(!std::is_constructible_v<VerifiedBundle, Bundle>);
static_assert(!std::is_default_constructible_v<VerifiedBundle>);
static_assert(!std::is_convertible_v<Bundle, VerifiedBundle>);

// [X3DH-3.3-2]
TEST(Bundle, genuine_ones_verify_and_stay_as_they_are) {
  const Party bob(1);
  for (const bool with_one_time : {false, true}) {
    const auto verified = verify(bob.bundle(with_one_time));
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->bundle(), bob.bundle(with_one_time));
  }
}

// Both forms of the signature are taken [X3DH-2.2-2].
TEST(Bundle, the_specifications_form_of_the_signature_verifies) {
  const Party bob(1);
  Bundle bundle = bob.bundle();
  bundle.signature = crypto::xeddsa_sign(
      bob.identity.secret_key().expose(), encode(bundle.signed_prekey),
      crypto::SignatureNonce(std::array<std::uint8_t, 64>{1}), crypto::XeddsaForm::specification);
  EXPECT_EQ(error_of(verify(bundle)), std::nullopt);
}

// [X3DH-2.4-1]: a genuine signature does not save a weak key, and the one-time prekey has none.
TEST(Bundle, every_weak_key_in_every_place) {
  Party bob(1);
  for (const auto& bad : refused_keys()) {
    Bundle bundle = bob.bundle();
    bundle.identity = IdentityPublic(bad);
    EXPECT_EQ(error_of(verify(bundle)), Error::weak_key) << hex(bad);

    bundle = bob.bundle();
    bundle.signed_prekey = SignedPrekeyPublic(bad);
    bundle.signature = *crypto::sign(bob.identity, encode(bundle.signed_prekey), bob.tape);
    EXPECT_EQ(error_of(verify(bundle)), Error::weak_key) << hex(bad);
    bundle.one_time.reset();
    EXPECT_EQ(error_of(verify(bundle)), Error::weak_key) << hex(bad);

    bundle = bob.bundle();
    bundle.one_time->key = OneTimePrekeyPublic(bad);
    EXPECT_EQ(error_of(verify(bundle)), Error::weak_key) << hex(bad);
  }
}

// Numbers are not signed: a server may say what it likes, and Bob will not know the prekey.
TEST(Bundle, numbers_are_free) {
  const Party bob(1);
  Party alice(2);
  Bundle bundle = bob.bundle();
  bundle.signed_prekey_id = SignedPrekeyId{1234};
  EXPECT_EQ(error_of(verify(bundle)), std::nullopt);
  const auto initiated = alice.reach(bundle);
  ASSERT_TRUE(initiated);
  EXPECT_EQ(error_of(bob.answer(initiated->initiation)), Error::unknown_prekey);
}

}  // namespace
}  // namespace sotto::x3dh
