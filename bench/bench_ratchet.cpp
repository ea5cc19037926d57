// SPDX-License-Identifier: MIT OR Apache-2.0
/// The Double Ratchet beside its floor.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <sodium.h>

#include <sotto/ratchet.hpp>

#include "floor.hpp"
#include "measure.hpp"
#include "ratchet/state.hpp"
#include "testing/ratchet_image.hpp"

namespace sotto::bench {
namespace {

using Buffer = std::vector<std::uint8_t>;
using benchmark::State;

constexpr Instant now(std::chrono::milliseconds(1'000'000));
constexpr int batch = 64;

/// Both ends after a message each way.
struct Pair {
  SystemEntropy entropy;
  std::optional<Ratchet> alice;
  std::optional<Ratchet> bob;

  Pair() {
    const auto ours = IdentityKeyPair::generate(entropy)->public_key();
    const auto theirs = IdentityKeyPair::generate(entropy)->public_key();
    const auto root =
        RootKey::made_by([&](MutableBytes out) { must(entropy.fill(out).has_value(), "root"); });
    const auto chain =
        ChainKey::made_by([&](MutableBytes out) { must(entropy.fill(out).has_value(), "chain"); });
    auto prekey = RatchetKeyPair::generate(entropy);
    const auto prekey_public = prekey->public_key();
    alice.emplace(*Ratchet::start(
        InitiatorAgreement{root.duplicate(), chain.duplicate(), prekey_public, ours, theirs},
        entropy));
    bob.emplace(*Ratchet::start(
        ResponderAgreement{root.duplicate(), chain.duplicate(), *std::move(prekey), theirs, ours}));
    pass(*alice, *bob);
    pass(*bob, *alice);
  }

  void pass(Ratchet& from, Ratchet& to) {
    const std::array<std::uint8_t, 64> plaintext{};
    std::array<std::uint8_t, Ratchet::encrypted_size(64)> message;
    std::array<std::uint8_t, message.size()> out;
    must(from.encrypt(message, plaintext).has_value(), "encrypt");
    must(to.decrypt(out, message, entropy, now).has_value(), "decrypt");
  }
};

FloorChain floor_chain(std::size_t most) {
  const std::array<std::uint8_t, 32> chain{7};
  const std::array<std::uint8_t, FloorChain::associated_bytes> associated{5};
  return {chain, associated, most};
}

void encrypt(State& state) {
  Pair pair;
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  Buffer out(Ratchet::encrypted_size(plaintext.size()));
  for ([[maybe_unused]] auto _ : state) {
    must(pair.alice->encrypt(out, plaintext).has_value(), "encrypt");
    benchmark::ClobberMemory();
  }
}

void encrypt_floor(State& state) {
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  FloorChain chain = floor_chain(plaintext.size());
  std::uint32_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(chain.encrypt(plaintext, n++));
    benchmark::ClobberMemory();
  }
}

void decrypt(State& state) {
  Pair pair;
  pair.pass(*pair.alice, *pair.bob);  // The turn is not what is measured here.
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  std::vector<Buffer> messages(batch, Buffer(Ratchet::encrypted_size(plaintext.size())));
  Buffer out(messages[0].size());
  in_batches(
      state, batch,
      [&] {
        for (Buffer& m : messages) must(pair.alice->encrypt(m, plaintext).has_value(), "encrypt");
      },
      [&](int i) {
        must(pair.bob->decrypt(out, messages[static_cast<std::size_t>(i)], pair.entropy, now)
                 .has_value(),
             "decrypt");
        benchmark::ClobberMemory();
      });
}

void decrypt_floor(State& state) {
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  FloorChain sender = floor_chain(plaintext.size());
  FloorChain receiver = floor_chain(plaintext.size());
  std::vector<Buffer> messages(batch);
  Buffer out(Ratchet::encrypted_size(plaintext.size()));
  in_batches(
      state, batch,
      [&] {
        for (Buffer& m : messages) {
          const auto sealed = sender.encrypt(plaintext, 1);
          m.assign(sealed.begin(), sealed.end());
        }
      },
      [&](int i) {
        receiver.decrypt(messages[static_cast<std::size_t>(i)], out.data());
        benchmark::ClobberMemory();
      });
}

/// A message each way, each bringing a new ratchet key.
void ping_pong(State& state) {
  Pair pair;
  for ([[maybe_unused]] auto _ : state) {
    pair.pass(*pair.alice, *pair.bob);
    pair.pass(*pair.bob, *pair.alice);
  }
}

void ping_pong_floor(State& state) {
  struct Side {
    std::array<std::uint8_t, 32> secret;
    std::array<std::uint8_t, 32> public_key;
    FloorChain chain = floor_chain(64);
  };
  std::array<Side, 2> sides;
  for (Side& side : sides) {
    randombytes_buf(side.secret.data(), 32);
    crypto_scalarmult_curve25519_base(side.public_key.data(), side.secret.data());
  }
  std::array<std::uint8_t, 32> root{};
  std::array<std::uint8_t, 32> chain;
  const Buffer plaintext(64, 0x5a);
  Buffer out(Ratchet::encrypted_size(64));
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t i = 0; i < 2; ++i) {
      Side& from = sides[i];
      Side& to = sides[1 - i];
      floor_turn(root.data(), chain.data(), to.secret.data(), to.public_key.data(),
                 from.public_key.data());
      from.chain.restart(chain.data());
      to.chain.restart(chain.data());
      to.chain.decrypt(from.chain.encrypt(plaintext, 0), out.data());
      benchmark::ClobberMemory();
    }
  }
}

/// Message 1,000 of a chain comes first: 999 keys are set aside.
void skip_999(State& state) {
  constexpr int receivers = 8;
  Pair pair;
  pair.pass(*pair.alice, *pair.bob);
  const Buffer image = testing::image_of(pair.bob->state());
  const Buffer plaintext(64, 0x5a);
  Buffer message(Ratchet::encrypted_size(64));
  for (int i = 0; i < 1000; ++i)
    must(pair.alice->encrypt(message, plaintext).has_value(), "encrypt");

  std::vector<Ratchet> bobs;
  Buffer out(message.size());
  in_batches(
      state, receivers,
      [&] {
        bobs.clear();
        for (int i = 0; i < receivers; ++i) bobs.emplace_back(*testing::load_image(image));
      },
      [&](int i) {
        must(bobs[static_cast<std::size_t>(i)].decrypt(out, message, pair.entropy, now).has_value(),
             "decrypt");
      });
}

void skip_999_floor(State& state) {
  const Buffer plaintext(64, 0x5a);
  const std::array<std::uint8_t, 32> key{7};
  FloorChain sender = floor_chain(64);
  FloorChain receiver = floor_chain(64);
  std::vector<std::array<std::uint8_t, 32>> seeds(999);
  for (auto& seed : seeds) sender.step(seed.data());
  const auto sealed = sender.encrypt(plaintext, 999);
  const Buffer message(sealed.begin(), sealed.end());
  Buffer out(message.size());
  for ([[maybe_unused]] auto _ : state) {
    receiver.restart(key.data());
    for (auto& seed : seeds) receiver.step(seed.data());
    receiver.decrypt(message, out.data());
    benchmark::ClobberMemory();
  }
}

/// Those 999, late and in no order: one each time.
void late(State& state) {
  constexpr std::size_t late_messages = 999;
  Pair pair;
  pair.pass(*pair.alice, *pair.bob);
  const Buffer plaintext(64, 0x5a);
  std::vector<Buffer> messages(late_messages + 1, Buffer(Ratchet::encrypted_size(64)));
  for (Buffer& message : messages)
    must(pair.alice->encrypt(message, plaintext).has_value(), "encrypt");
  Buffer out(messages[0].size());
  must(pair.bob->decrypt(out, messages.back(), pair.entropy, now).has_value(), "decrypt");
  const Buffer image = testing::image_of(pair.bob->state());
  std::optional<Ratchet> bob;
  in_batches(
      state, late_messages, [&] { bob.emplace(*testing::load_image(image)); },
      [&](int i) {
        // 400 and 999 have no common factor, so that each comes once.
        const std::size_t which = static_cast<std::size_t>(i) * 400 % late_messages;
        must(bob->decrypt(out, messages[which], pair.entropy, now).has_value(), "decrypt");
        benchmark::ClobberMemory();
      });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int size : {64, 256, 1024, 16384}) benchmark->Arg(size);
}

BENCHMARK(encrypt)->Name("ratchet_encrypt")->Apply(sizes);
BENCHMARK(encrypt_floor)->Name("ratchet_encrypt:floor")->Apply(sizes);
BENCHMARK(decrypt)->Name("ratchet_decrypt")->Apply(sizes)->Apply(batched);
BENCHMARK(decrypt_floor)->Name("ratchet_decrypt:floor")->Apply(sizes)->Apply(batched);
BENCHMARK(ping_pong)->Name("ping_pong");
BENCHMARK(ping_pong_floor)->Name("ping_pong:floor");
BENCHMARK(skip_999)->Name("message_1000_first")->Apply(batched);
BENCHMARK(skip_999_floor)->Name("message_1000_first:floor");
// Beside a plain decryption: a late message costs at most two.
BENCHMARK(late)->Name("late_message")->Arg(64)->Apply(batched);
BENCHMARK(decrypt)->Name("late_message:floor")->Arg(64)->Apply(batched);

}  // namespace

void check_floor() {
  const std::array<std::uint8_t, 32> key{7};
  for (const std::size_t size : {0U, 1U, 15U, 16U, 64U, 100U, 1024U}) {
    const Buffer plaintext(size, 0x5a);
    FloorChain chain = floor_chain(size);
    const auto sealed = chain.encrypt(plaintext, 3);

    ChainKey same(key);
    const auto keys = ratchet::MessageKeys::derive(
        ratchet::signal_v3, ratchet::step_chain(ratchet::signal_v3, same), crypto::zero_salt());
    Buffer message(sealed.begin(), sealed.end());
    std::fill(message.begin() + FloorChain::header_bytes, message.end(), std::uint8_t{0});
    const std::array<std::uint8_t, FloorChain::associated_bytes> associated{5};
    keys.seal_into(message, FloorChain::header_bytes, plaintext, associated);
    must(std::ranges::equal(message, sealed), "the floor seals what the library seals");
  }
}

}  // namespace sotto::bench
