// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message of a device with its commit to the store in memory, beside its floor: the ratchet's,
/// and the sealing (and when the peer is not in memory, the opening) of the two rows.
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>

#include "crypto/aes_gcm_siv.hpp"
#include "floor.hpp"
#include "measure.hpp"

namespace sotto::bench {
namespace {

using Buffer = std::vector<std::uint8_t>;
using benchmark::State;

constexpr Instant now(std::chrono::milliseconds(1'000'000));
constexpr int batch = 64;
// What the rows of a peer with one session hold: one seen prekey, two receiving chains.
constexpr std::size_t peer_row_bytes = 122;
constexpr std::size_t session_row_bytes = 388;

/// One person.
struct Side {
  SystemEntropy entropy;
  MemoryStore store = *MemoryStore::create();
  std::optional<Device> device;

  explicit Side(std::uint32_t cached) {
    const std::array<std::uint8_t, 32> key{1};
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    device.emplace(*Device::create(store, StorageKey(key), *IdentityKeyPair::generate(entropy),
                                   DeviceId{1}, RegistrationId{1}, limits));
  }
};

/// Two after a message each way.
struct Pair {
  Side alice;
  Side bob;
  const Address to_alice{"alice", DeviceId{1}};
  const Address to_bob{"bob", DeviceId{1}};

  explicit Pair(std::uint32_t cached) : alice(cached), bob(cached) {
    auto tx = *bob.device->begin();
    must(tx.rotate_signed_prekey(bob.entropy, now).has_value(), "rotate");
    const auto pending = tx.last_resort_bundle();
    const auto committed = std::move(tx).commit();
    must(pending.has_value() && committed.has_value(), "commit");
    const auto bundle = pending->release(*committed);
    must(alice.device
             ->connect(to_bob, bundle->registration, *verify(bundle->keys), alice.entropy, now)
             .has_value(),
         "connect");
    pass(alice, to_bob, bob, to_alice);
    pass(bob, to_alice, alice, to_bob);
    pass(alice, to_bob, bob, to_alice);
  }

  static void pass(Side& from, const Address& to, Side& at, const Address& sender) {
    const std::array<std::uint8_t, 64> plaintext{};
    std::array<std::uint8_t, max_message_size(64)> out, opened;
    const auto message = from.device->encrypt(out, to, plaintext, now);
    must(message.has_value(), "encrypt");
    must(at.device->decrypt(opened, sender, message->kind, message->bytes, at.entropy, now)
             .has_value(),
         "decrypt");
  }
};

void encrypt(State& state, std::uint32_t cached) {
  Pair pair(cached);
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  Buffer out(max_message_size(plaintext.size()));
  for ([[maybe_unused]] auto _ : state) {
    must(pair.alice.device->encrypt(out, pair.to_bob, plaintext, now).has_value(), "encrypt");
    benchmark::ClobberMemory();
  }
}

void decrypt(State& state, std::uint32_t cached) {
  Pair pair(cached);
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  std::vector<Buffer> buffers(batch, Buffer(max_message_size(plaintext.size())));
  std::vector<Message> messages(batch);
  Buffer out(buffers[0].size());
  in_batches(
      state, batch,
      [&] {
        for (std::size_t i = 0; i < batch; ++i) {
          const auto sealed = pair.alice.device->encrypt(buffers[i], pair.to_bob, plaintext, now);
          must(sealed.has_value(), "encrypt");
          messages[i] = *sealed;
        }
      },
      [&](int i) {
        const Message& message = messages[static_cast<std::size_t>(i)];
        must(pair.bob.device
                 ->decrypt(out, pair.to_alice, message.kind, message.bytes, pair.bob.entropy, now)
                 .has_value(),
             "decrypt");
        benchmark::ClobberMemory();
      });
}

/// The two rows of a message.
struct FloorRows {
  crypto::AesGcmSiv aead = *crypto::AesGcmSiv::create(std::array<std::uint8_t, 32>{1});
  std::array<std::uint8_t, 12> nonce{};
  std::array<std::uint8_t, 14> name{};
  std::array<std::uint8_t, session_row_bytes> plain{};
  std::array<std::uint8_t, peer_row_bytes + 16> peer{};
  std::array<std::uint8_t, session_row_bytes + 16> session{};

  void seal() noexcept {
    ++nonce[0];
    aead.seal(peer, nonce, std::span(plain).first(peer_row_bytes), name);
    aead.seal(session, nonce, plain, name);
  }
  void open() noexcept {
    must(aead.open(std::span(plain).first(peer_row_bytes), nonce, peer, name).has_value(), "open");
    must(aead.open(plain, nonce, session, name).has_value(), "open");
  }
};

void floor_of_encrypt(State& state, bool cold) {
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  const std::array<std::uint8_t, 32> key{7};
  const std::array<std::uint8_t, FloorChain::associated_bytes> associated{5};
  FloorChain chain(key, associated, plaintext.size());
  FloorRows rows;
  rows.seal();
  std::uint32_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (cold) rows.open();
    benchmark::DoNotOptimize(chain.encrypt(plaintext, n++));
    rows.seal();
    benchmark::ClobberMemory();
  }
}

void floor_of_decrypt(State& state) {
  const Buffer plaintext(static_cast<std::size_t>(state.range(0)), 0x5a);
  const std::array<std::uint8_t, 32> key{7};
  const std::array<std::uint8_t, FloorChain::associated_bytes> associated{5};
  FloorChain sender(key, associated, plaintext.size()), receiver(key, associated, plaintext.size());
  FloorRows rows;
  std::vector<Buffer> messages(batch);
  Buffer out(max_message_size(plaintext.size()));
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
        rows.seal();
        benchmark::ClobberMemory();
      });
}

BENCHMARK_CAPTURE(encrypt, hot, 64)->Name("device_encrypt")->Arg(64);
BENCHMARK_CAPTURE(floor_of_encrypt, hot, false)->Name("device_encrypt:floor")->Arg(64);
BENCHMARK_CAPTURE(encrypt, cold, 0)->Name("device_encrypt_cold")->Arg(64);
BENCHMARK_CAPTURE(floor_of_encrypt, cold, true)->Name("device_encrypt_cold:floor")->Arg(64);
BENCHMARK_CAPTURE(decrypt, hot, 64)->Name("device_decrypt")->Arg(64)->Apply(batched);
BENCHMARK(floor_of_decrypt)->Name("device_decrypt:floor")->Arg(64)->Apply(batched);

}  // namespace
}  // namespace sotto::bench
