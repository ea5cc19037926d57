// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <sotto/x3dh.hpp>

#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::hex;
using testing::unhex_array;

template <class Pair>
Pair pair_of(const char* secret) {
  return *Pair::from_secret(
      std::remove_cvref_t<decltype(std::declval<Pair>().secret_key())>(unhex_array<32>(secret)));
}

// Signal's published session figure, computed as Bob: his first sending chain.
TEST(Agreement, published_chain_key) {
  const auto bob =
      pair_of<IdentityKeyPair>("4875cc69ddf8ea0719ec947d61081135868d5fd801f02c0225e516df2156605e");
  const SignedPrekey prekey{
      SignedPrekeyId{1},
      pair_of<SignedPrekeyPair>("583900131fb727998b7803fe6ac22cc591f342e4e42a8c8d5d78194209b8d253"),
      {}};
  const Initiation initiation{
      IdentityPublic(
          unhex_array<32>("b4a8455660ada65b401007f615e654041746432e3339c6875149bceefcb42b4a")),
      EphemeralPublic(
          unhex_array<32>("472d1fb1a9862c3af6beaca8920277e2b26f4a79213ec7c906aeb35e03cf8950")),
      SignedPrekeyId{1},
      {}};
  const auto agreement = respond(bob, prekey, nullptr, initiation);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(hex(agreement->chain_key.expose()),
            "9797caca53c989bbe229a40ca7727010eb2604fc14945d77958a0aeda088b44d");
}

TEST(Agreement, both_sides_hold_the_same) {
  for (const bool with_one_time : {false, true}) {
    testing::TapeEntropy tape(11);
    const auto alice = IdentityKeyPair::generate(tape);
    const auto bob = IdentityKeyPair::generate(tape);
    const auto prekey = SignedPrekey::generate(SignedPrekeyId{7}, *bob, tape);
    const auto one_time = OneTimePrekey::generate(OneTimePrekeyId{0}, tape);
    const OneTimePrekey* const used = with_one_time ? &*one_time : nullptr;
    const auto verified = verify(publish(bob->public_key(), *prekey, used));
    ASSERT_TRUE(verified);
    const auto initiated = initiate(*alice, *verified, tape);
    ASSERT_TRUE(initiated);
    const auto agreed = respond(*bob, *prekey, used, initiated->initiation);
    ASSERT_TRUE(agreed);
    EXPECT_EQ(hex(initiated->agreement.root_key.expose()), hex(agreed->root_key.expose()));
    EXPECT_EQ(hex(initiated->agreement.chain_key.expose()), hex(agreed->chain_key.expose()));
    EXPECT_EQ(initiated->agreement.ours, agreed->theirs);
    EXPECT_EQ(initiated->agreement.theirs, agreed->ours);
    EXPECT_EQ(initiated->agreement.their_key, agreed->our_keys.public_key());
  }
}

}  // namespace
}  // namespace sotto
