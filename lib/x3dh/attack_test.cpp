// SPDX-License-Identifier: MIT OR Apache-2.0
// What an attacker between the two, or the server itself, may try on the agreement.
#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

using testing::hex;

// The server hands Alice her own bundle. Nothing is drawn for it [X3DH-3.3-3].
TEST(Attack, attack_H01_reflect_own_bundle) {
  Party alice(1);
  const auto verified = verify(alice.bundle());
  ASSERT_TRUE(verified);
  const std::size_t before = alice.tape.drawn();
  EXPECT_EQ(error_of(initiate(alice.identity, *verified, alice.tape)), Error::own_identity);
  EXPECT_EQ(alice.tape.drawn(), before);
}

// Her own initiation comes back to her.
TEST(Attack, attack_H01_reflect_own_bundle_reflect_own_initiation) {
  Party alice(1);
  const Party bob(2);
  const auto initiated = alice.reach(bob.bundle(false));
  ASSERT_TRUE(initiated);
  EXPECT_EQ(error_of(alice.answer(initiated->initiation)), Error::own_identity);
}

// Charlie shows Bob's bundle as his own: what Alice holds names Bob [X3DH-3.3-7], and Charlie, who
// has not Bob's secrets, gets other keys.
TEST(Attack, attack_H02_identity_misbinding) {
  Party alice(1);
  const Party bob(2), charlie(3);
  const auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  EXPECT_EQ(initiated->agreement.theirs, bob.identity.public_key());
  const auto charlies = charlie.answer(initiated->initiation);
  ASSERT_TRUE(charlies);
  EXPECT_FALSE(same_root(initiated->agreement, *charlies));
  EXPECT_FALSE(same_chain(initiated->agreement, *charlies));
}

// Charlie puts his identity, or another's, on Alice's initiation: Bob's agreement names what he was
// told [X3DH-3.4-3] and its keys are not Alice's.
TEST(Attack, attack_H02_identity_misbinding_of_the_initiator) {
  Party alice(1);
  const Party bob(2), charlie(3);
  auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  initiated->initiation.identity = charlie.identity.public_key();
  const auto agreed = bob.answer(initiated->initiation);
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->theirs, charlie.identity.public_key());
  EXPECT_FALSE(same_root(initiated->agreement, *agreed));
  EXPECT_FALSE(same_chain(initiated->agreement, *agreed));
}

// Every point of low order on either side, in each place where a key comes from outside
// [X3DH-2.4-1, X3DH-2.2-1]. The initiator's places are those of a bundle.
TEST(Attack, attack_H07_low_order_each_dh) {
  Party alice(1), bob(2);
  const auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  const auto keys = refused_keys();
  ASSERT_EQ(keys.size(), 49U);
  for (const auto& bad : keys) {
    Bundle bundle = bob.bundle();
    bundle.identity = IdentityPublic(bad);
    EXPECT_EQ(error_of(alice.reach(bundle)), Error::weak_key) << hex(bad);
    bundle = bob.bundle();
    bundle.signed_prekey = SignedPrekeyPublic(bad);
    bundle.signature = *crypto::sign(bob.identity, encode(bundle.signed_prekey), bob.tape);
    EXPECT_EQ(error_of(alice.reach(bundle)), Error::weak_key) << hex(bad);
    bundle = bob.bundle();
    bundle.one_time->key = OneTimePrekeyPublic(bad);
    EXPECT_EQ(error_of(alice.reach(bundle)), Error::weak_key) << hex(bad);

    for (const bool with_one_time : {false, true}) {
      Initiation initiation = initiated->initiation;
      if (!with_one_time) initiation.one_time_prekey_id.reset();
      initiation.identity = IdentityPublic(bad);
      EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key) << hex(bad);
      initiation.identity = initiated->initiation.identity;
      initiation.base_key = EphemeralPublic(bad);
      EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key) << hex(bad);
      // Form comes first: also when the prekeys are unknown as well.
      initiation.signed_prekey_id = SignedPrekeyId{0};
      EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key) << hex(bad);
    }
  }
}

// The same key under a second name, the top bit set: X25519 would not notice.
TEST(Attack, attack_H08_noncanonical_u_alias) {
  Party alice(1), bob(2);
  const auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  const auto alias = [](const auto& key) {
    auto bytes = testing::unhex_array<32>(hex(key.bytes()));
    bytes[31] |= 0x80;
    return std::remove_cvref_t<decltype(key)>(bytes);
  };
  Initiation initiation = initiated->initiation;
  initiation.identity = alias(initiation.identity);
  EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key);
  initiation = initiated->initiation;
  initiation.base_key = alias(initiation.base_key);
  EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key);
  // One's own identity under its second name is refused as well.
  initiation.identity = alias(bob.identity.public_key());
  EXPECT_EQ(error_of(bob.answer(initiation)), Error::weak_key);

  Bundle bundle = bob.bundle();
  bundle.identity = alias(bundle.identity);
  EXPECT_EQ(error_of(verify(bundle)), Error::weak_key);
  bundle = bob.bundle();
  bundle.signed_prekey = alias(bundle.signed_prekey);
  bundle.signature = *crypto::sign(bob.identity, encode(bundle.signed_prekey), bob.tape);
  EXPECT_EQ(error_of(verify(bundle)), Error::weak_key);
  bundle = bob.bundle();
  bundle.one_time->key = alias(bundle.one_time->key);
  EXPECT_EQ(error_of(verify(bundle)), Error::weak_key);
}

// [X3DH-3.3-2]: any bit of the signature, any bit of the key.
TEST(Attack, attack_H11_forged_spk_sig_flipped_bits) {
  const Party bob(1);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Bundle bundle = bob.bundle();
    auto bytes = testing::unhex_array<64>(hex(bundle.signature.bytes()));
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    bundle.signature = Signature(bytes);
    EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature) << bit;
  }
  for (std::size_t bit = 0; bit < 255; ++bit) {
    Bundle bundle = bob.bundle();
    auto bytes = testing::unhex_array<32>(hex(bundle.signed_prekey.bytes()));
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    bundle.signed_prekey = SignedPrekeyPublic(bytes);
    EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature) << bit;
  }
}

// Genuine signatures of the wrong signer, or of something else than the 33 bytes.
TEST(Attack, attack_H11_forged_spk_sig_of_another_signer_or_message) {
  Party bob(1), charlie(2);
  Bundle bundle = bob.bundle();
  const auto encoded = encode(bundle.signed_prekey);
  const auto with = [&](const auto& signer, Bytes message) {
    bundle.signature = *crypto::sign(signer, message, bob.tape);
    return error_of(verify(bundle));
  };
  EXPECT_EQ(with(bob.identity, encoded), std::nullopt);  // The way of making them is sound.
  EXPECT_EQ(with(charlie.identity, encoded), Error::bad_signature);
  EXPECT_EQ(with(bob.signed_prekey.keys, encoded), Error::bad_signature);
  EXPECT_EQ(with(bob.identity, Bytes(encoded).subspan(1)), Error::bad_signature);
  for (unsigned type = 0; type < 256; ++type) {
    if (type == 0x05) continue;
    auto other = encoded;
    other[0] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(with(bob.identity, other), Error::bad_signature) << type;
  }
  // The identity key, the one-time prekey, or another prekey of Bob's in its place.
  EXPECT_EQ(with(bob.identity, encode(bob.identity.public_key())), Error::bad_signature);
  EXPECT_EQ(with(bob.identity, encode(bob.one_time.keys.public_key())), Error::bad_signature);
  bundle.signature = Signature();
  EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature);
}

TEST(Attack, attack_H22_bundle_mix) {
  const Party bob(1), charlie(2);
  Bundle mixed = bob.bundle();
  mixed.signed_prekey = charlie.bundle().signed_prekey;
  EXPECT_EQ(error_of(verify(mixed)), Error::bad_signature);
  mixed.signature = charlie.bundle().signature;
  EXPECT_EQ(error_of(verify(mixed)), Error::bad_signature);
  mixed = bob.bundle();
  mixed.identity = charlie.bundle().identity;
  EXPECT_EQ(error_of(verify(mixed)), Error::bad_signature);
}

// A one-time prekey from elsewhere is not signed; it only makes the keys differ.
TEST(Attack, attack_H22_bundle_mix_of_a_one_time_prekey) {
  Party alice(1);
  const Party bob(2), charlie(3);
  Bundle mixed = bob.bundle();
  mixed.one_time->key = charlie.bundle().one_time->key;
  const auto initiated = alice.reach(mixed);
  ASSERT_TRUE(initiated);
  const auto agreed = bob.answer(initiated->initiation);
  ASSERT_TRUE(agreed);
  EXPECT_FALSE(same_root(initiated->agreement, *agreed));
  EXPECT_FALSE(same_chain(initiated->agreement, *agreed));
}

// 0 is a number as good as any other, and not the same as none [X3DH-3.3-9, X3DH-3.4-1].
TEST(Attack, attack_H26_prekey_id_zero) {
  for (const std::uint32_t id : {0U, 0xffffffffU}) {
    Party alice(1), bob(2);
    bob.signed_prekey = *SignedPrekey::generate(SignedPrekeyId{id}, bob.identity, bob.tape);
    bob.one_time = *OneTimePrekey::generate(OneTimePrekeyId{id}, bob.tape);
    auto initiated = alice.reach(bob.bundle());
    ASSERT_TRUE(initiated);
    EXPECT_EQ(initiated->initiation.one_time_prekey_id, OneTimePrekeyId{id});
    const auto agreed = bob.answer(initiated->initiation);
    ASSERT_TRUE(agreed);
    EXPECT_TRUE(same_root(initiated->agreement, *agreed));
    EXPECT_EQ(error_of(respond(bob.identity, bob.signed_prekey, nullptr, initiated->initiation)),
              Error::unknown_prekey);
    initiated->initiation.one_time_prekey_id.reset();
    EXPECT_EQ(
        error_of(respond(bob.identity, bob.signed_prekey, &bob.one_time, initiated->initiation)),
        Error::unknown_prekey);
  }
}

// Two prekeys under one number, as an import may leave them: the wrong one opens nothing.
TEST(Attack, attack_H26_prekey_id_zero_prekey_id_twice) {
  Party alice(1), bob(2);
  const auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  const auto twin = OneTimePrekey::generate(bob.one_time.id, bob.tape);
  ASSERT_TRUE(twin);
  const auto wrong = respond(bob.identity, bob.signed_prekey, &*twin, initiated->initiation);
  ASSERT_TRUE(wrong);
  EXPECT_FALSE(same_root(initiated->agreement, *wrong));
  EXPECT_TRUE(same_root(initiated->agreement, *bob.answer(initiated->initiation)));
}

// The source fails at each draw in turn: an error and no key.
TEST(Attack, attack_H27_rng_failure_ephemeral) {
  const Party alice(1), bob(2);
  testing::FailingEntropy at_once;
  EXPECT_EQ(error_of(initiate(alice.identity, *verify(bob.bundle()), at_once)),
            Error::entropy_failed);
  EXPECT_EQ(error_of(OneTimePrekey::generate(OneTimePrekeyId{1}, at_once)), Error::entropy_failed);
  for (const std::size_t draws : {0U, 1U}) {
    testing::FailingEntropy failing(draws);
    EXPECT_EQ(error_of(SignedPrekey::generate(SignedPrekeyId{1}, bob.identity, failing)),
              Error::entropy_failed)
        << draws;
  }
  testing::FailingEntropy enough(2);
  EXPECT_TRUE(SignedPrekey::generate(SignedPrekeyId{1}, bob.identity, enough));
}

TEST(Attack, attack_H27_rng_failure_ephemeral_rng_of_zeros) {
  const Party alice(1), bob(2);
  testing::ConstantEntropy zeros(0);
  EXPECT_EQ(error_of(initiate(alice.identity, *verify(bob.bundle()), zeros)),
            Error::entropy_failed);
  EXPECT_EQ(error_of(SignedPrekey::generate(SignedPrekeyId{1}, bob.identity, zeros)),
            Error::entropy_failed);
  EXPECT_EQ(error_of(OneTimePrekey::generate(OneTimePrekeyId{1}, zeros)), Error::entropy_failed);
}

// A source that repeats itself gives a key that is there already, on our side or on theirs.
TEST(Attack, attack_H27_rng_failure_ephemeral_rng_that_repeats_itself) {
  testing::ConstantEntropy sevens(7);
  const auto repeated = IdentityKeyPair::generate(sevens);
  Party alice(1), bob(2);
  ASSERT_TRUE(repeated);
  const auto fails = [&](const Party& from, const Party& to) {
    return error_of(initiate(from.identity, *verify(to.bundle()), sevens)) == Error::entropy_failed;
  };
  EXPECT_EQ(error_of(SignedPrekey::generate(SignedPrekeyId{1}, *repeated, sevens)),
            Error::entropy_failed);
  bob.one_time = *OneTimePrekey::generate(OneTimePrekeyId{1}, sevens);
  EXPECT_TRUE(fails(alice, bob));
  Party carol(3);
  carol.signed_prekey = *SignedPrekey::generate(SignedPrekeyId{1}, carol.identity, sevens);
  EXPECT_TRUE(fails(alice, carol));
  Party dave(4);
  dave.identity = repeated->duplicate();
  EXPECT_TRUE(fails(dave, Party(5)));
  dave.signed_prekey = *SignedPrekey::generate(SignedPrekeyId{1}, dave.identity, dave.tape);
  EXPECT_TRUE(fails(alice, dave));
}

}  // namespace
}  // namespace sotto::x3dh
