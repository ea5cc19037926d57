// SPDX-License-Identifier: MIT OR Apache-2.0
#include "x3dh/agreement.hpp"

#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

using testing::hex;
using testing::unhex_array;

// The figure of the reference test suites' session, computed as Bob: his first sending chain. They
// used Alice's base secret unclamped, so that her side cannot be redone with X25519; her public
// keys can. X25519 [X3DH-2.1-1], SHA-256 [X3DH-2.1-2], "WhisperText" [X3DH-2.1-3], zeros for a salt
// [X3DH-2.2-4], 64 bytes [X3DH-2.2-5], the order of the outputs [X3DH-3.4-2].
TEST(Agreement, published_chain_key) {
  const auto bob =
      pair_of<IdentityKeyPair>("4875cc69ddf8ea0719ec947d61081135868d5fd801f02c0225e516df2156605e");
  const SignedPrekey prekey{
      SignedPrekeyId{1},
      pair_of<SignedPrekeyPair>("583900131fb727998b7803fe6ac22cc591f342e4e42a8c8d5d78194209b8d253"),
      {}};
  EXPECT_EQ(hex(prekey.keys.public_key().bytes()),
            "ac248a8f263be6863576eb0362e28c828f0107a3379d34bab1586bf8c770cd67");
  const auto alice =
      pair_of<IdentityKeyPair>("9040f0d4e09cf38f6dc7c13779c908c015a1da4fa78737a080eb0a6f4f5f8f58");
  EXPECT_EQ(hex(alice.public_key().bytes()),
            "b4a8455660ada65b401007f615e654041746432e3339c6875149bceefcb42b4a");
  const Initiation initiation{
      alice.public_key(),
      EphemeralPublic(
          unhex_array<32>("472d1fb1a9862c3af6beaca8920277e2b26f4a79213ec7c906aeb35e03cf8950")),
      SignedPrekeyId{1},
      {}};
  const auto agreement = respond(bob, prekey, nullptr, initiation);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(hex(agreement->chain_key.expose()),
            "9797caca53c989bbe229a40ca7727010eb2604fc14945d77958a0aeda088b44d");
  // Recomputed by an independent program, not published.
  EXPECT_EQ(hex(agreement->root_key.expose()),
            "3e6130d0a8c8e5b8ad65eb8b7d95fa3ab84710d48d92f34dcda43f9909261bca");
}

// [X3DH-3.3-4, X3DH-3.3-5], both identities for AD [X3DH-3.3-7, X3DH-3.4-3].
TEST(Agreement, both_sides_hold_the_same) {
  for (const bool with_one_time : {false, true}) {
    Party alice(1);
    const Party bob(2);
    const auto initiated = alice.reach(bob.bundle(with_one_time));
    ASSERT_TRUE(initiated);
    const auto agreed = bob.answer(initiated->initiation);
    ASSERT_TRUE(agreed);
    EXPECT_TRUE(same_root(initiated->agreement, *agreed));
    EXPECT_TRUE(same_chain(initiated->agreement, *agreed));
    EXPECT_NE(hex(agreed->root_key.expose()), hex(agreed->chain_key.expose()));
    EXPECT_EQ(initiated->agreement.ours, alice.identity.public_key());
    EXPECT_EQ(initiated->agreement.theirs, bob.identity.public_key());
    EXPECT_EQ(agreed->ours, bob.identity.public_key());
    EXPECT_EQ(agreed->theirs, alice.identity.public_key());
    EXPECT_EQ(initiated->agreement.their_key, agreed->our_keys.public_key());
    EXPECT_EQ(hex(agreed->our_keys.secret_key().expose()),
              hex(bob.signed_prekey.keys.secret_key().expose()));
  }
}

// [X3DH-3.3-9]
TEST(Agreement, initiation_names_what_was_used) {
  Party alice(1);
  const Party bob(2);
  const auto with = alice.reach(bob.bundle());
  ASSERT_TRUE(with);
  EXPECT_EQ(with->initiation.identity, alice.identity.public_key());
  EXPECT_EQ(with->initiation.signed_prekey_id, SignedPrekeyId{7});
  EXPECT_EQ(with->initiation.one_time_prekey_id, OneTimePrekeyId{9});
  const auto without = alice.reach(bob.bundle(false));
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->initiation.one_time_prekey_id);
}

// [X3DH-2.4-3]
TEST(Agreement, each_run_has_an_ephemeral_key_of_its_own) {
  Party alice(1);
  const Party bob(2);
  const auto first = alice.reach(bob.bundle());
  const std::size_t before = alice.tape.drawn();
  const auto second = alice.reach(bob.bundle());
  EXPECT_EQ(alice.tape.drawn() - before, 32U);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->initiation.base_key, second->initiation.base_key);
  EXPECT_FALSE(same_root(first->agreement, second->agreement));
  EXPECT_FALSE(same_chain(first->agreement, second->agreement));
}

TEST(Agreement, same_entropy_same_bytes) {
  const Party bob(2);
  Party one(1), other(1);
  const auto a = one.reach(bob.bundle());
  const auto b = other.reach(bob.bundle());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->initiation, b->initiation);
  EXPECT_TRUE(same_root(a->agreement, b->agreement));
}

// The pair that was handed in serves this run only [X3DH-3.3-6].
TEST(Agreement, the_ephemeral_secret_is_consumed) {
  const Party alice(1), bob(2);
  testing::TapeEntropy tape(3);
  const auto verified = verify(bob.bundle());
  auto ephemeral = EphemeralKeyPair::generate(tape);
  ASSERT_TRUE(verified && ephemeral);
  ASSERT_TRUE(initiate_with(alice.identity, *verified, std::move(*ephemeral)));
  EXPECT_EQ(hex(ephemeral->secret_key().expose()), std::string(64, '0'));
  EXPECT_EQ(error_of(initiate_with(alice.identity, *verified, std::move(*ephemeral))),
            Error::weak_key);
}

// [X3DH-3.4-1]: the prekeys at hand are those that were named, or nothing happens.
TEST(Agreement, other_prekeys_than_the_named_are_unknown) {
  Party alice(1);
  const Party bob(2);
  for (const bool with_one_time : {false, true}) {
    const auto initiated = alice.reach(bob.bundle(with_one_time));
    ASSERT_TRUE(initiated);
    const OneTimePrekey* const named = with_one_time ? &bob.one_time : nullptr;
    const OneTimePrekey* const unnamed = with_one_time ? nullptr : &bob.one_time;
    const auto error = [&](const Initiation& initiation, const OneTimePrekey* one_time) {
      return error_of(respond(bob.identity, bob.signed_prekey, one_time, initiation));
    };
    EXPECT_EQ(error(initiated->initiation, named), std::nullopt);
    EXPECT_EQ(error(initiated->initiation, unnamed), Error::unknown_prekey);
    for (const std::uint32_t id : {0U, 6U, 8U, 9U, 0xffffffffU}) {
      auto other = initiated->initiation;
      other.signed_prekey_id = SignedPrekeyId{id};
      EXPECT_EQ(error(other, named), Error::unknown_prekey) << id;
    }
    for (const std::uint32_t id : {0U, 7U, 8U, 10U, 0xffffffffU}) {
      auto other = initiated->initiation;
      other.one_time_prekey_id = OneTimePrekeyId{id};
      EXPECT_EQ(error(other, named), Error::unknown_prekey) << id;
    }
  }
}

// Zeros left by a move would be clamped to a secret that everybody knows.
TEST(Agreement, pairs_that_were_moved_from_are_refused) {
  Party alice(1);
  Party bob(2);
  const auto initiated = alice.reach(bob.bundle());
  const auto verified = verify(bob.bundle());
  ASSERT_TRUE(initiated && verified);
  {
    const auto elsewhere = std::move(alice.identity);
    EXPECT_EQ(error_of(initiate(alice.identity, *verified, alice.tape)), Error::weak_key);
    EXPECT_EQ(error_of(SignedPrekey::generate(SignedPrekeyId{1}, alice.identity, alice.tape)),
              Error::weak_key);
  }
  const auto moved_and_back = [&](auto& pair) {
    auto elsewhere = std::move(pair);
    EXPECT_EQ(error_of(bob.answer(initiated->initiation)), Error::weak_key);
    pair = std::move(elsewhere);
    EXPECT_TRUE(bob.answer(initiated->initiation));
  };
  moved_and_back(bob.identity);
  moved_and_back(bob.signed_prekey.keys);
  moved_and_back(bob.one_time.keys);
}

}  // namespace
}  // namespace sotto::x3dh
