// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of sessions: devices over a store, the records they write and read, and the seals
/// around rows and snapshots.
#include <algorithm>
#include <string_view>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/snapshot.hpp>

#include "ct/taint.hpp"
#include "session/home.hpp"
#include "session/records.hpp"
#include "session/sealing.hpp"
#include "session/work.hpp"

using namespace sotto;

namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr Instant now(std::chrono::milliseconds(1'000'000));

StorageKey plain_key(std::uint8_t fill) {
  return StorageKey::made_by([&](MutableBytes out) { std::ranges::fill(out, fill); });
}

/// Rows lie open to everybody once they are sealed.
class OpenStore final : public Store {
 public:
  Result<std::optional<Row>> get(Bytes key) noexcept override { return under_.get(key); }
  Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return under_.next(prefix, after);
  }
  Result<Revision> commit(std::span<const Change> changes) noexcept override {
    for (const Change& change : changes) ct::publish(change.value);
    return under_.commit(changes);
  }
  Result<Revision> revision() noexcept override { return under_.revision(); }

 private:
  MemoryStore under_ = *MemoryStore::create();
};

/// The rows' keys are derived from the identity, which is no secret yet, so that what is read can
/// be looked at; once the device is made it is one.
Device device_over(Store& store, Entropy& tape) {
  const auto identity = *IdentityKeyPair::generate(tape);
  ct::publish(identity.secret_key().expose());
  auto device = *Device::create(store, plain_key(0x42), identity, DeviceId{1}, RegistrationId{7});
  ct::make_secret(device.home().identity().secret_key().expose());
  return device;
}

struct Letter {
  MessageKind kind;
  Buffer bytes;
};

struct Party {
  Party(std::string_view called, std::uint64_t seed)
      : name(called), tape(seed), device(device_over(store, tape)) {}

  std::string_view name;
  ct::SecretTape tape;
  OpenStore store;
  Device device;
  Address address() const { return {name, DeviceId{1}}; }

  Letter write(const Party& to, std::size_t bytes) {
    Buffer text(bytes, 0x5a);
    ct::make_secret(text);
    Letter letter{MessageKind::signal, Buffer(max_message_size(bytes))};
    const unsigned before = ct::verdicts();
    const auto sealed = device.encrypt(letter.bytes, to.address(), text, now);
    ct::require(sealed.has_value(), "encrypt");
    ct::require(ct::verdicts() == before, "encrypting asks for no verdict");
    letter.kind = sealed->kind;
    letter.bytes.resize(sealed->bytes.size());
    ct::publish(letter.bytes);
    return letter;
  }
  void read(const Party& from, const Letter& letter, std::size_t bytes) {
    Buffer out(letter.bytes.size());
    const auto opened = device.decrypt(out, from.address(), letter.kind, letter.bytes, tape, now);
    ct::require(opened.has_value(), "decrypt");
    ct::require(opened->plaintext.size() == bytes, "the plaintext has its size");
    ct::publish(out);
    ct::require(std::ranges::all_of(opened->plaintext, [](auto b) { return b == 0x5a; }), "text");
  }
  void refuse(const Party& from, const Letter& letter, Error why) {
    Buffer out(letter.bytes.size());
    const auto opened = device.decrypt(out, from.address(), letter.kind, letter.bytes, tape, now);
    ct::require(!opened && opened.error() == why, sotto::name(why));
  }
};

wire::DeviceBundle publish_bundle(Party& party) {
  auto tx = *party.device.begin();
  ct::require(tx.rotate_signed_prekey(party.tape, now).has_value(), "rotate");
  ct::require(tx.replenish(party.tape).has_value(), "replenish");
  const auto pending = tx.bundle();
  ct::require(pending.has_value(), "a bundle");
  const auto committed = std::move(tx).commit();
  ct::require(committed.has_value(), "commit");
  auto bundle = *pending->release(*committed);
  ct::publish({reinterpret_cast<const std::uint8_t*>(&bundle), sizeof bundle});
  return bundle;
}

/// What a ratchet's secrets are while they are written and read again, still secret.
void records(Party& party, const Party& with) {
  auto tx = *party.device.begin();
  const session::Peer& peer = (*tx.work().peer(with.address()))->peer();
  const session::Session& session = *peer.current();
  Buffer record(session::max_session_record_bytes);
  const auto written = session::PeerRecord::write(record, session);
  auto again = session::PeerRecord::read_session(written, session.id, session.ratchet->ours(),
                                                 session.ratchet->theirs(), {});
  ct::require(again.has_value(), "a session is read");
  std::vector<session::PageMark> marks(session::PeerRecord::count_pages(session));
  ct::require(marks.size() == 1, "one page of skipped keys");
  session::PeerRecord::mark_pages(marks, session);
  Buffer page(session::max_page_record_bytes);
  const auto page_written = session::PeerRecord::write(page, session, marks[0]);
  ct::require(session::PeerRecord::read_page(page_written, **again, marks[0].name).has_value(),
              "a page is read");
  ct::require(session::PeerRecord::finish_session(**again).has_value(), "all of it");
}

/// Under a key that is secret itself.
void seals(Party& party, const Party& with) {
  ct::SecretTape tape(8);
  const auto key = ct::draw<StorageKey>(tape);
  const auto sealer = session::Sealer::create(key.expose());
  ct::require(sealer.has_value(), "a sealer");
  Buffer text(500, 0x5a), sealed(text.size() + session::Sealer::overhead_bytes);
  ct::make_secret(text);
  const Buffer name{'S', 1};
  sealer->seal(sealed, text, name, 3);
  ct::publish(sealed);
  Buffer out(text.size());
  ct::require(sealer->open(out, sealed, name).has_value(), "a row opens");
  ct::publish(out);
  ct::require(std::ranges::all_of(out, [](auto b) { return b == 0x5a; }), "the same text");
  sealed.back() ^= 1;
  ct::require(!sealer->open(out, sealed, name), "an altered row does not");

  auto tx = *party.device.begin();
  const auto snapshot_key = ct::draw<SnapshotKey>(tape);
  const auto saved = save_peer(tx, with.address(), snapshot_key);
  ct::require(saved.has_value(), "a snapshot");
  Buffer snapshot(saved->size());
  ct::require(saved->release(*std::move(tx).commit(), snapshot).has_value(), "a snapshot");
  ct::publish(snapshot);
  snapshot.back() ^= 1;
  auto again = *party.device.begin();
  const auto restored = restore_peer(again, with.address(), snapshot, snapshot_key);
  ct::require(!restored && restored.error() == Error::corrupted, "an altered one is refused");
}

}  // namespace

int main() {
  Party alice("alice", 5), bob("bob", 6);
  const auto bundle = publish_bundle(bob);
  const auto verified = verify(bundle.keys);
  ct::require(verified.has_value(), "verify");
  ct::require(alice.device.connect(bob.address(), bundle.registration, *verified, alice.tape, now)
                  .has_value(),
              "connect");
  for (int turn = 0; turn < 2; ++turn) {
    bob.read(alice, alice.write(bob, 40), 40);
    alice.read(bob, bob.write(alice, 0), 0);
  }
  const Letter late = alice.write(bob, 16);
  Letter forged = alice.write(bob, 16);
  bob.read(alice, alice.write(bob, 100), 100);
  records(bob, alice);
  seals(bob, alice);
  forged.bytes.back() ^= 1;
  bob.refuse(alice, forged, Error::authentication_failed);
  bob.read(alice, late, 16);
  bob.refuse(alice, late, Error::replayed);
  return 0;
}
