// SPDX-License-Identifier: MIT OR Apache-2.0
#include "known_device.hpp"

#include <array>

#include "agreement.hpp"
#include "session/peer_content.hpp"
#include "session/prekey_content.hpp"
#include "session/work.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::fuzz {
namespace {

using prop::must;

constexpr Instant noon(std::chrono::hours(12));
constexpr Address bob_address{"bob", DeviceId{1}};

DeviceLimits limits() {
  DeviceLimits limits;
  limits.prekeys.batch = 3;
  return limits;
}

StorageKey key() {
  return StorageKey(std::array<std::uint8_t, 32>{1});
}

struct Sent {
  MessageKind kind;
  Buffer bytes;
};

Sent send(Device& from, const Address& to) {
  Buffer out(max_message_size(5));
  const auto sent = must(from.encrypt(out, to, Buffer(5, 'x'), noon));
  return {sent.kind, Buffer(sent.bytes.begin(), sent.bytes.end())};
}

void receive(Device& to, const Address& from, const Sent& sent, Entropy& tape) {
  Buffer out(sent.bytes.size());
  must(to.decrypt(out, from, sent.kind, sent.bytes, tape, noon));
}

void connect(Device& from, Device& to, bool with_one_time, Entropy& tape) {
  auto tx = must(to.begin());
  const auto pending = must(with_one_time ? tx.bundle() : tx.last_resort_bundle());
  const auto bundle = must(pending.release(must(std::move(tx).commit())));
  const auto verified = must(verify(bundle.keys));
  must(from.connect(bob_address, bundle.registration, verified, tape, noon));
}

KnownDevice make() {
  testing::TapeEntropy tape(21);
  MemoryStore alice_rows = must(MemoryStore::create());
  MemoryStore bob_rows = must(MemoryStore::create());
  Device alice = must(Device::create(alice_rows, key(), must(IdentityKeyPair::generate(tape)),
                                     DeviceId{1}, RegistrationId{1}, limits()));
  Device bob = must(Device::create(bob_rows, key(), must(IdentityKeyPair::generate(tape)),
                                   DeviceId{1}, RegistrationId{2}, limits()));
  KnownDevice known{must(bob_rows.clone()), bob.identity(), alice.identity(), {}, {}, {}, {}, {}};

  auto tx = must(bob.begin());
  must(tx.rotate_signed_prekey(tape, noon));
  must(tx.replenish(tape));
  must(std::move(tx).commit());
  for (const bool with_one_time : {true, false}) {
    connect(alice, bob, with_one_time, tape);
    receive(bob, KnownDevice::alice, send(alice, bob_address), tape);
    receive(alice, bob_address, send(bob, KnownDevice::alice), tape);
    for (int i = 0; i < 3; ++i) known.signal.push_back(send(alice, bob_address).bytes);
    for (int i = 0; i < 70 && with_one_time; ++i) static_cast<void>(send(alice, bob_address));
    receive(bob, KnownDevice::alice, send(alice, bob_address), tape);
  }

  auto reading = must(bob.begin());
  session::Work& work = reading.work();
  session::HeldPeer& held = *must(work.peer(KnownDevice::alice));
  known.peer_content.resize(session::peer_content_size(held.id(), held.peer()));
  session::write_peer_content(known.peer_content, bob.identity(), held.id(), held.peer());
  const session::PrekeyIndex& index = *must(work.prekeys().index());
  known.prekey_content.resize(session::prekey_content_size(index));
  must(session::write_prekey_content(known.prekey_content, bob.identity(), index, work.rows()));
  known.full = must(bob_rows.clone());
  known.keys = must(session::RowKeys::create(bob.home().keys().root()));
  return known;
}

}  // namespace

KnownDevice& known_device() {
  static KnownDevice known = make();
  return known;
}

Device bob_over(MemoryStore& rows) {
  return must(try_bob_over(rows));
}

Result<Device> try_bob_over(MemoryStore& rows) {
  return Device::open(rows, key(), {}, limits());
}

StorageKey known_storage_key() {
  return key();
}

}  // namespace sotto::fuzz
