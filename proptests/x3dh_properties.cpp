// SPDX-License-Identifier: MIT OR Apache-2.0
/// Agreements: both sides the same, from any tape; anything altered on the way, and they are not.
#include "agreement.hpp"
#include "crypto/x25519.hpp"
#include "generators.hpp"
#include "twins.hpp"

namespace sotto::prop {
namespace {

using testing::TapeEntropy;

template <class Secret>
bool same_secret(const Secret& a, const Secret& b) {
  return same(a.expose(), b.expose());
}

/// Whether the two hold the same keys; half of a key is not enough.
bool agree_on_all(const InitiatorAgreement& a, const ResponderAgreement& b) {
  return same_secret(a.root_key, b.root_key) && same_secret(a.chain_key, b.chain_key) &&
         a.their_key == b.our_keys.public_key() && a.ours == b.theirs && a.theirs == b.ours;
}

bool agree_on_nothing(const InitiatorAgreement& a, const ResponderAgreement& b) {
  return !same_secret(a.root_key, b.root_key) && !same_secret(a.chain_key, b.chain_key);
}

RC_GTEST_PROP(X3dh, both_sides_agree_from_any_tape, ()) {
  const auto seed = *seeds();
  const bool one_time = *rc::gen::arbitrary<bool>();
  TapeEntropy tape(seed);
  const Agreement agreed = agree(one_time, tape);
  RC_ASSERT(agree_on_all(agreed.initiator, agreed.responder));
  RC_ASSERT(agreed.initiator.ours == agreed.alice.public_key());
  RC_ASSERT(agreed.initiator.theirs == agreed.bob->identity.public_key());
  RC_ASSERT(!same(agreed.initiator.root_key.expose(), agreed.initiator.chain_key.expose()));
  RC_ASSERT(agreed.initiation.one_time_prekey_id.has_value() == one_time);

  // The same tape gives the same again; another ephemeral key gives other secrets.
  TapeEntropy same_tape(seed);
  const Agreement again = agree(one_time, same_tape);
  RC_ASSERT(again.initiation == agreed.initiation);
  RC_ASSERT(same_secret(again.initiator.root_key, agreed.initiator.root_key));
  const Agreement next = agree(agreed.alice, agreed.bob, one_time, tape);
  RC_ASSERT(agree_on_nothing(next.initiator, agreed.responder));
}

/// The secret by the letter of [X3DH §3.3], HKDF by its definition.
RC_GTEST_PROP(X3dh, secret_is_its_definition, ()) {
  TapeEntropy tape(*seeds());
  const bool one_time = *rc::gen::arbitrary<bool>();
  const Agreement agreed = agree(one_time, tape);
  const Responder& bob = *agreed.bob;
  const auto dh = [](const auto& ours, const auto& theirs) {
    return copy(must(crypto::agree(ours.secret_key(), theirs)).expose());
  };
  // From the responder's secrets: DH1 .. DH4 [X3DH §3.3], F before them [X3DH §2.2].
  Buffer input =
      twin::joined({Buffer(32, 0xff), dh(bob.signed_prekey.keys, agreed.initiation.identity),
                    dh(bob.identity, agreed.initiation.base_key),
                    dh(bob.signed_prekey.keys, agreed.initiation.base_key)});
  if (one_time) input = twin::joined({input, dh(bob.one_time.keys, agreed.initiation.base_key)});
  constexpr std::string_view info = "WhisperText";
  const Buffer expected = twin::hkdf(Buffer(32), input, Buffer(info.begin(), info.end()), 64);
  RC_ASSERT(same(agreed.initiator.root_key.expose(), Bytes(expected).first(32)));
  RC_ASSERT(same(agreed.initiator.chain_key.expose(), Bytes(expected).last(32)));
}

/// Where the bits of a bundle are, in the order in which a flip counts them.
template <class T>
bool flip_in(T& value, std::size_t& bit) {
  if (bit >= 8 * T::size_bytes) {
    bit -= 8 * T::size_bytes;
    return false;
  }
  auto bytes = array_of<T::size_bytes>(value.bytes());
  flip(bytes, bit);
  value = T(bytes);
  return true;
}

template <class Id>
bool flip_in_id(Id& id, std::size_t& bit) {
  if (bit >= 32) {
    bit -= 32;
    return false;
  }
  id = Id{static_cast<std::uint32_t>(id) ^ (1U << bit)};
  return true;
}

RC_GTEST_PROP(X3dh, altered_bundle_agrees_on_nothing, ()) {
  TapeEntropy tape(*seeds());
  const auto alice = must(IdentityKeyPair::generate(tape));
  const Responder bob(tape);
  const bool one_time = *rc::gen::arbitrary<bool>();
  Bundle bundle = bob.bundle(one_time);
  const std::size_t signed_part = 8 * (32 + 32 + 64);
  const std::size_t all = signed_part + 32 + (one_time ? 32 + 256 : 0);
  const auto at = *within<std::size_t>(0, all);
  std::size_t bit = at;
  const bool flipped = flip_in(bundle.identity, bit) || flip_in(bundle.signed_prekey, bit) ||
                       flip_in(bundle.signature, bit) || flip_in_id(bundle.signed_prekey_id, bit) ||
                       flip_in_id(bundle.one_time->id, bit) || flip_in(bundle.one_time->key, bit);
  RC_ASSERT(flipped);
  const auto verified = verify(bundle);
  if (at < signed_part) {
    RC_ASSERT(!verified);
    RC_ASSERT(verified.error() == Error::bad_signature || verified.error() == Error::weak_key);
    return;
  }
  if (!verified) return;  // a weak one-time prekey
  const auto initiated = must(initiate(alice, *verified, tape));
  const auto responded = bob.respond_to(initiated.initiation);
  if (!responded) {
    RC_ASSERT(responded.error() == Error::unknown_prekey);
    return;
  }
  RC_ASSERT(agree_on_nothing(initiated.agreement, *responded));
}

RC_GTEST_PROP(X3dh, altered_initiation_agrees_on_nothing, ()) {
  TapeEntropy tape(*seeds());
  const bool one_time = *rc::gen::arbitrary<bool>();
  const Agreement agreed = agree(one_time, tape);
  Initiation initiation = agreed.initiation;
  auto bit = *within<std::size_t>(0, 8 * 64 + 32 + (one_time ? 32 : 0));
  const bool flipped = flip_in(initiation.identity, bit) || flip_in(initiation.base_key, bit) ||
                       flip_in_id(initiation.signed_prekey_id, bit) ||
                       flip_in_id(*initiation.one_time_prekey_id, bit);
  RC_ASSERT(flipped);
  const auto responded = agreed.bob->respond_to(initiation);
  if (!responded) {
    RC_ASSERT(responded.error() == Error::unknown_prekey || responded.error() == Error::weak_key ||
              responded.error() == Error::own_identity);
    return;
  }
  RC_ASSERT(agree_on_nothing(agreed.initiator, *responded));
}

/// A one-time prekey that is named must be used, one that is not must not [X3DH §3.4].
RC_GTEST_PROP(X3dh, one_time_prekey_added_or_removed_agrees_on_nothing, ()) {
  TapeEntropy tape(*seeds());
  const bool one_time = *rc::gen::arbitrary<bool>();
  const Agreement agreed = agree(one_time, tape);
  const Responder& bob = *agreed.bob;
  Initiation initiation = agreed.initiation;
  const OneTimePrekey* const at_hand = one_time ? &bob.one_time : nullptr;
  const OneTimePrekey* const other = one_time ? nullptr : &bob.one_time;
  const auto unmatched = respond(bob.identity, bob.signed_prekey, other, initiation);
  RC_ASSERT(!unmatched);
  RC_ASSERT(unmatched.error() == Error::unknown_prekey);
  if (one_time) {
    initiation.one_time_prekey_id.reset();
  } else {
    initiation.one_time_prekey_id = bob.one_time.id;
  }
  RC_ASSERT(!respond(bob.identity, bob.signed_prekey, at_hand, initiation));
  const auto misled = respond(bob.identity, bob.signed_prekey, other, initiation);
  RC_ASSERT(misled.has_value());
  RC_ASSERT(agree_on_nothing(agreed.initiator, *misled));
}

/// Parts of two people's bundles do not go together.
RC_GTEST_PROP(X3dh, mixed_bundles_do_not_verify, ()) {
  TapeEntropy tape(*seeds());
  const Bundle first = Responder(tape).bundle(true);
  const Bundle second = Responder(tape).bundle(true);
  Bundle mixed = first;
  const auto parts = *within(1, 7);
  if ((parts & 1) != 0) mixed.identity = second.identity;
  if ((parts & 2) != 0) mixed.signed_prekey = second.signed_prekey;
  if ((parts & 4) != 0) mixed.signature = second.signature;
  const auto verified = verify(mixed);
  RC_ASSERT(!verified);
  RC_ASSERT(verified.error() == Error::bad_signature);
}

/// What no honest peer sends: low order, or a second name of a key.
RC_GTEST_PROP(X3dh, weak_keys_are_refused_everywhere, ()) {
  TapeEntropy tape(*seeds());
  const Agreement agreed = agree(true, tape);
  auto weak = *rc::gen::oneOf(rc::gen::just(std::array<std::uint8_t, 32>{}), rc::gen::just([] {
                                std::array<std::uint8_t, 32> one{1};
                                return one;
                              }()),
                              rc::gen::just([] {
                                std::array<std::uint8_t, 32> minus_one;
                                minus_one.fill(0xff);
                                minus_one[0] = 0xec;
                                minus_one[31] = 0x7f;
                                return minus_one;
                              }()),
                              rc::gen::just([&] {
                                auto alias = array_of<32>(agreed.initiation.base_key.bytes());
                                alias[31] |= 0x80;
                                return alias;
                              }()));
  Initiation initiation = agreed.initiation;
  if (*rc::gen::arbitrary<bool>())
    initiation.base_key = EphemeralPublic(weak);
  else
    initiation.identity = IdentityPublic(weak);
  const auto responded = agreed.bob->respond_to(initiation);
  RC_ASSERT(!responded);
  RC_ASSERT(responded.error() == Error::weak_key);

  Bundle bundle = agreed.bob->bundle(true);
  bundle.one_time->key = OneTimePrekeyPublic(weak);
  const auto verified = verify(bundle);
  RC_ASSERT(!verified);
  RC_ASSERT(verified.error() == Error::weak_key);
}

RC_GTEST_PROP(X3dh, nobody_agrees_with_oneself, ()) {
  TapeEntropy tape(*seeds());
  const Responder bob(tape);
  const auto refused = initiate(bob.identity, must(verify(bob.bundle(true))), tape);
  RC_ASSERT(!refused);
  RC_ASSERT(refused.error() == Error::own_identity);
  const Agreement agreed = agree(false, tape);
  Initiation reflected = agreed.initiation;
  reflected.identity = agreed.bob->identity.public_key();
  const auto answered = agreed.bob->respond_to(reflected);
  RC_ASSERT(!answered);
  RC_ASSERT(answered.error() == Error::own_identity);
}

}  // namespace
}  // namespace sotto::prop
