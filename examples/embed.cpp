// SPDX-License-Identifier: MIT OR Apache-2.0
// The example of the README, compiled and run by the tests.
#include <cstdio>

#include <sotto/sotto.hpp>

using namespace sotto;

// A new device. An app has the key from the system's keyring, and its rows in a SqliteStore.
Device set_up(MemoryStore& rows, Entropy& entropy) {
  const auto key = StorageKey::made_by([&](MutableBytes out) { entropy.fill(out).value(); });
  const auto identity = IdentityKeyPair::generate(entropy).value();
  return Device::create(rows, key, identity, DeviceId{1}, RegistrationId{4711}).value();
}

int main() {
  SystemEntropy entropy;
  if (!check_backend()) return 1;
  const auto now = std::chrono::floor<Instant::duration>(std::chrono::system_clock::now());
  const Address alice{"alice", DeviceId{1}}, bob{"bob", DeviceId{1}};
  auto her_rows = MemoryStore::create().value(), his_rows = MemoryStore::create().value();
  Device hers = set_up(her_rows, entropy), his = set_up(his_rows, entropy);

  // Bob makes prekeys and publishes a bundle of their public halves.
  auto tx = his.begin().value();
  tx.rotate_signed_prekey(entropy, now).value();
  tx.replenish(entropy).value();
  const auto pending = tx.bundle().value();
  const auto bundle = pending.release(std::move(tx).commit().value()).value();

  // Alice checks it, begins a session with him and encrypts.
  hers.connect(bob, bundle.registration, verify(bundle).value(), entropy, now).value();
  const std::array<std::uint8_t, 5> text{'h', 'e', 'l', 'l', 'o'};
  std::array<std::uint8_t, max_message_size(text.size())> buffer, opened;
  const Message message = hers.encrypt(buffer, bob, text, now).value();

  // Bob reads. The session, the spent prekey and the used key are stored before this returns.
  const auto read = his.decrypt(opened, alice, message.kind, message.bytes, entropy, now);
  if (!read) return 1;
  const auto said = read->plaintext;
  std::printf("%.*s\n", static_cast<int>(said.size()), reinterpret_cast<char*>(said.data()));
}
