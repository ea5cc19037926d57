// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a thief of keys, or a server that mixes them up, gets out of an agreement.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ratchet.hpp>
#include <sotto/x3dh.hpp>

#include "crypto/hkdf.hpp"
#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "ratchet/associated_data.hpp"
#include "ratchet/test_bytes.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/key_material.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::session {
namespace {

using ratchet::AssociatedData;
using ratchet::signal_v3;
using testing::hex;
using testing::TapeEntropy;
using x3dh::error_of;
using x3dh::Party;

/// A root key that a thief works out of the outputs he can compute.
class Guess {
 public:
  template <class Ours, class Theirs>
  Guess& with(const KeyPair<Ours>& ours, const Public<Theirs, 32>& theirs) {
    material_.append_dh(ours, theirs);
    return *this;
  }
  [[nodiscard]] std::string root() const { return hex(material_.derive()->root.expose()); }

 private:
  x3dh::KeyMaterial material_;
};

template <class Agreement>
std::string root_of(const Agreement& agreement) {
  return hex(agreement.root_key.expose());
}

/// An initiation that the thief made under another's identity.
struct Forged {
  explicit Forged(const Party& as, const Party& to, TapeEntropy tape = TapeEntropy(99))
      : base(*EphemeralKeyPair::generate(tape)),
        initiation{as.identity.public_key(), base.public_key(), to.signed_prekey.id,
                   to.one_time.id} {}
  EphemeralKeyPair base;
  Initiation initiation;
};

// Bob's identity key is stolen; the thief poses as Alice to Bob. What he cannot compute is the
// output of Alice's identity and Bob's signed prekey [X3DH §4.6].
TEST(Attack, attack_H04_kci_ik) {
  const Party alice(1), bob(2);
  const Forged forged(alice, bob);
  const auto agreed = bob.answer(forged.initiation);
  ASSERT_TRUE(agreed);
  const auto rest = [&](Guess& guess) {
    return guess.with(bob.identity, forged.base.public_key())
        .with(forged.base, bob.signed_prekey.keys.public_key())
        .with(forged.base, bob.one_time.keys.public_key())
        .root();
  };
  Guess none, identities, prekey, ephemeral, own;
  EXPECT_NE(rest(none), root_of(*agreed));
  EXPECT_NE(rest(identities.with(bob.identity, alice.identity.public_key())), root_of(*agreed));
  EXPECT_NE(rest(prekey.with(bob.identity, bob.signed_prekey.keys.public_key())), root_of(*agreed));
  EXPECT_NE(rest(ephemeral.with(forged.base, alice.identity.public_key())), root_of(*agreed));
  EXPECT_NE(rest(own.with(forged.base, bob.identity.public_key())), root_of(*agreed));
}

// A known limit, pinned: with Bob's signed prekey all four outputs are the thief's to compute. That
// it ends when the prekey is destroyed is shown where prekeys live (attack_prekeys_test.cpp).
TEST(Attack, attack_H05_kci_spk_known_limit) {
  const Party alice(1), bob(2);
  const Forged forged(alice, bob);
  const auto agreed = bob.answer(forged.initiation);
  ASSERT_TRUE(agreed);
  Guess guess;
  guess.with(bob.signed_prekey.keys, alice.identity.public_key())
      .with(forged.base, bob.identity.public_key())
      .with(forged.base, bob.signed_prekey.keys.public_key())
      .with(forged.base, bob.one_time.keys.public_key());
  EXPECT_EQ(guess.root(), root_of(*agreed));
}

// Alice's identity key is stolen; the thief poses as Bob to Alice, with a prekey of his own or with
// Bob's genuine bundle.
TEST(Attack, attack_H06_kci_reverse) {
  Party alice(1), bob(2), thief(3);
  Bundle bundle = bob.bundle();
  bundle.signed_prekey = thief.signed_prekey.keys.public_key();
  for (const IdentityKeyPair* const signer : {&alice.identity, &thief.identity}) {
    bundle.signature = *crypto::sign(*signer, x3dh::encode(bundle.signed_prekey), thief.tape);
    EXPECT_EQ(error_of(alice.reach(bundle)), Error::bad_signature);
  }

  const auto initiated = alice.reach(bob.bundle(false));
  ASSERT_TRUE(initiated);
  const auto& base = initiated->initiation.base_key;
  const auto first = [&](Guess& guess) -> Guess& {
    return guess.with(alice.identity, bob.signed_prekey.keys.public_key());
  };
  Guess only, twice, crossed;
  EXPECT_NE(first(only).root(), root_of(initiated->agreement));
  EXPECT_NE(first(twice).with(alice.identity, base).with(alice.identity, base).root(),
            root_of(initiated->agreement));
  EXPECT_NE(first(crossed).with(alice.identity, bob.identity.public_key()).root(),
            root_of(initiated->agreement));
}

// Alice's identity plus the point of order 2, which is 1/u: every clamped secret agrees with it on
// what it agrees on with hers. The keys are the same; the names in every MAC are not.
TEST(Attack, attack_H09_small_subgroup_equiv_ik) {
  using x3dh::pair_of;
  Party alice(1);
  const Party bob(2);
  alice.identity =
      pair_of<IdentityKeyPair>("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
  ASSERT_EQ(hex(alice.identity.public_key().bytes()),
            "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c");
  const IdentityPublic twin(
      testing::unhex_array<32>("3dcdb8c55b96b3013a017f9674ccd71d69cb54363e5ac34c5f138312c522ad16"));

  auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  Initiation altered = initiated->initiation;
  altered.identity = twin;
  auto agreed = bob.answer(altered);
  ASSERT_TRUE(agreed);
  ASSERT_EQ(root_of(*agreed), root_of(initiated->agreement)) << "the twin agrees on other keys";
  EXPECT_EQ(agreed->theirs, twin);

  auto sender = Ratchet::start(std::move(initiated->agreement), alice.tape);
  auto receiver = Ratchet::start(*std::move(agreed));
  ASSERT_TRUE(sender && receiver);
  ratchet::Buffer message(Ratchet::encrypted_size(5)), out(message.size());
  ASSERT_TRUE(sender->encrypt(message, ratchet::bytes_of("hello")));
  TapeEntropy tape(7);
  const auto opened = receiver->decrypt(out, message, tape, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Error::authentication_failed);
}

// One kind of key where another is expected, with every signature that the server has or can wish
// for short of the right one.
TEST(Attack, attack_H12_spk_pqpk_confusion) {
  Party bob(2);
  Bundle bundle = bob.bundle();
  bundle.signed_prekey = bob.one_time.keys.public_key().as<struct SignedPrekeyRole>();
  EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature);
  bundle.signed_prekey = bob.identity.public_key().as<struct SignedPrekeyRole>();
  EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature);
  // A signature over the bare 32 bytes, as another protocol with the same key might make it.
  bundle.signed_prekey = bob.one_time.keys.public_key().as<struct SignedPrekeyRole>();
  bundle.signature = *crypto::sign(bob.identity, bundle.signed_prekey.bytes(), bob.tape);
  EXPECT_EQ(error_of(verify(bundle)), Error::bad_signature);
}

// The one-time prekey's id is taken out of the initiation, or put in, or changed.
TEST(Attack, attack_H18_opk_strip) {
  Party alice(1);
  const Party bob(2);
  const auto with = alice.reach(bob.bundle(true)), without = alice.reach(bob.bundle(false));
  ASSERT_TRUE(with && without);
  Initiation altered = with->initiation;
  altered.one_time_prekey_id.reset();
  auto agreed = bob.answer(altered);
  ASSERT_TRUE(agreed);
  EXPECT_NE(root_of(*agreed), root_of(with->agreement));
  altered = without->initiation;
  altered.one_time_prekey_id = bob.one_time.id;
  agreed = bob.answer(altered);
  ASSERT_TRUE(agreed);
  EXPECT_NE(root_of(*agreed), root_of(without->agreement));
  altered.one_time_prekey_id = OneTimePrekeyId{10};
  EXPECT_EQ(error_of(bob.answer(altered)), Error::unknown_prekey);
}

// The server's own one-time prekey tells it nothing now. A known limit, pinned: who takes Bob's
// identity key and signed prekey later reads the first messages, as if there had been none.
TEST(Attack, attack_H19_opk_attacker_supplied) {
  Party alice(1);
  const Party bob(2), server(3);
  Bundle bundle = bob.bundle();
  bundle.one_time = {server.one_time.id, server.one_time.keys.public_key()};
  const auto initiated = alice.reach(bundle);
  ASSERT_TRUE(initiated);
  const auto& base = initiated->initiation.base_key;
  Guess now, twice, later;
  EXPECT_NE(now.with(server.one_time.keys, base).root(), root_of(initiated->agreement));
  EXPECT_NE(twice.with(server.one_time.keys, alice.identity.public_key())
                .with(server.one_time.keys, base)
                .root(),
            root_of(initiated->agreement));
  EXPECT_EQ(later.with(bob.signed_prekey.keys, alice.identity.public_key())
                .with(bob.identity, base)
                .with(bob.signed_prekey.keys, base)
                .with(server.one_time.keys, base)
                .root(),
            root_of(initiated->agreement));
}

// The outputs of one agreement under the labels of others.
TEST(Attack, attack_H24_cross_protocol_label) {
  Party alice(1);
  const Party bob(2);
  const auto initiated = alice.reach(bob.bundle(false));
  ASSERT_TRUE(initiated);
  const auto& base = initiated->initiation.base_key;
  ratchet::Buffer input(32, 0xff);
  const auto append = [&](const auto& ours, const auto& theirs) {
    const auto output = crypto::agree(ours.secret_key(), theirs);
    input.insert(input.end(), output->expose().begin(), output->expose().end());
  };
  append(bob.signed_prekey.keys, alice.identity.public_key());
  append(bob.identity, base);
  append(bob.signed_prekey.keys, base);
  const auto root_under = [&](std::string_view label) {
    ratchet::Buffer okm(64);
    crypto::hkdf_sha256(okm, crypto::zero_salt(), input, crypto::label(label));
    return hex(Bytes(okm).first(32));
  };
  ASSERT_EQ(root_under("WhisperText"), root_of(initiated->agreement));
  for (const char* const label : {"", "WhisperRatchet", "WhisperMessageKeys", "OMEMO X3DH",
                                  "WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024"})
    EXPECT_NE(root_under(label), root_of(initiated->agreement)) << label;
}

// Delivered to somebody else who happens to have prekeys under the same ids, or has none such.
TEST(Attack, attack_H25_wrong_recipient_device) {
  Party alice(1), other(4);
  const Party bob(2), charlie(3);
  auto initiated = alice.reach(bob.bundle());
  ASSERT_TRUE(initiated);
  const auto wrong = charlie.answer(initiated->initiation);
  ASSERT_TRUE(wrong);
  EXPECT_NE(root_of(*wrong), root_of(initiated->agreement));
  other.signed_prekey = *SignedPrekey::generate(SignedPrekeyId{8}, other.identity, other.tape);
  EXPECT_EQ(error_of(other.answer(initiated->initiation)), Error::unknown_prekey);
}

// Every field that enters a MAC or a key derivation has one length, so no byte can change sides.
TEST(Attack, attack_H28_kdf_concat_ambiguity) {
  const Party alice(1), bob(2);
  const auto& a = alice.identity.public_key();
  const auto& b = bob.identity.public_key();
  const AssociatedData ab(signal_v3, a, b), ba(signal_v3, b, a), aa(signal_v3, a, a);
  ASSERT_EQ(ab.bytes().size(), 66U);
  EXPECT_EQ(ab.bytes()[0], 0x05);
  EXPECT_EQ(ab.bytes()[33], 0x05);
  EXPECT_NE(hex(ab.bytes()), hex(ba.bytes()));
  EXPECT_NE(hex(ab.bytes()), hex(aa.bytes()));
  // The boundary moved by one byte gives two other keys, and other bytes.
  std::array<std::uint8_t, 32> left{}, right{};
  std::copy_n(ab.bytes().begin() + 2, 32, left.begin());
  std::copy_n(ab.bytes().begin() + 34, 32, right.begin());
  const AssociatedData moved(signal_v3, IdentityPublic(left), IdentityPublic(right));
  EXPECT_NE(hex(moved.bytes()), hex(ab.bytes()));

  Guess in_order, exchanged, joined;
  const auto& spk = bob.signed_prekey.keys;
  const Forged forged(alice, bob);
  in_order.with(spk, a)
      .with(bob.identity, forged.base.public_key())
      .with(spk, forged.base.public_key());
  exchanged.with(bob.identity, forged.base.public_key())
      .with(spk, a)
      .with(spk, forged.base.public_key());
  joined.with(spk, a).with(bob.identity, forged.base.public_key());
  EXPECT_NE(in_order.root(), exchanged.root());
  EXPECT_NE(in_order.root(), joined.root());
}

}  // namespace
}  // namespace sotto::session
