// SPDX-License-Identifier: MIT OR Apache-2.0
/// X3DH beside its floor, with a one-time prekey.
#include <array>

#include <sodium.h>

#include <sotto/x3dh.hpp>

#include "floor.hpp"
#include "measure.hpp"

namespace sotto::bench {
namespace {

using benchmark::State;

struct Parties {
  SystemEntropy entropy;
  IdentityKeyPair alice = *IdentityKeyPair::generate(entropy);
  IdentityKeyPair bob = *IdentityKeyPair::generate(entropy);
  SignedPrekey prekey = *SignedPrekey::generate(SignedPrekeyId{1}, bob, entropy);
  OneTimePrekey one_time = *OneTimePrekey::generate(OneTimePrekeyId{2}, entropy);
  Bundle bundle = publish(bob.public_key(), prekey, &one_time);
};

void initiating(State& state) {
  Parties p;
  for ([[maybe_unused]] auto _ : state) {
    const auto verified = verify(p.bundle);
    must(verified && initiate(p.alice, *verified, p.entropy), "initiate");
  }
}

void responding(State& state) {
  Parties p;
  const auto initiated = initiate(p.alice, *verify(p.bundle), p.entropy);
  for ([[maybe_unused]] auto _ : state)
    must(respond(p.bob, p.prekey, &p.one_time, initiated->initiation).has_value(), "respond");
}

/// Four agreements and 32 * 5 bytes of key material hashed to 64.
void agree_four_times(const std::uint8_t* secret, const std::uint8_t* public_key) {
  static const FloorHmac zero_salt(std::array<std::uint8_t, 32>{}.data());
  std::array<std::uint8_t, 160 + 72> material;
  material.fill(0xff);
  for (std::size_t i = 1; i <= 4; ++i)
    must(crypto_scalarmult_curve25519(material.data() + 32 * i, secret, public_key) == 0, "agree");
  std::array<std::uint8_t, 32> prk;
  zero_salt.in_place(prk.data(), material.data(), 160);
  const FloorHmac expand(prk.data());
  std::array<std::uint8_t, 64> block{};
  std::array<std::uint8_t, 32> out;
  expand.one_block(out.data(), block, 12);
  expand.one_block(out.data(), block, 44);
  benchmark::DoNotOptimize(out);
}

void initiating_floor(State& state) {
  std::array<std::uint8_t, 32> public_key;
  std::array<std::uint8_t, 32> secret;
  std::array<std::uint8_t, 32> theirs;
  std::array<std::uint8_t, 32> signer;
  std::array<std::uint8_t, 64> signer_secret;
  std::array<std::uint8_t, 64> signature;
  std::array<std::uint8_t, 33> message{5};
  crypto_box_keypair(theirs.data(), secret.data());
  crypto_sign_keypair(signer.data(), signer_secret.data());
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       signer_secret.data());
  for ([[maybe_unused]] auto _ : state) {
    must(crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     signer.data()) == 0,
         "verify");
    randombytes_buf(secret.data(), secret.size());
    crypto_scalarmult_curve25519_base(public_key.data(), secret.data());
    agree_four_times(secret.data(), theirs.data());
  }
}

void responding_floor(State& state) {
  std::array<std::uint8_t, 32> theirs;
  std::array<std::uint8_t, 32> secret;
  crypto_box_keypair(theirs.data(), secret.data());
  for ([[maybe_unused]] auto _ : state) agree_four_times(secret.data(), theirs.data());
}

BENCHMARK(initiating)->Name("x3dh_initiate");
BENCHMARK(initiating_floor)->Name("x3dh_initiate:floor");
BENCHMARK(responding)->Name("x3dh_respond");
BENCHMARK(responding_floor)->Name("x3dh_respond:floor");

}  // namespace
}  // namespace sotto::bench
