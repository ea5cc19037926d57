// SPDX-License-Identifier: MIT OR Apache-2.0
// Backups: a device is saved to a file; it is moved to another machine, where its sessions go on;
// and it is recovered from a backup that may be old, without using any key twice. Run in an empty
// folder.
//
// Says:
//   Alice saves 2 peers
//   Moved. Bob reads: from the new phone
//   An old backup of Bob over the moved device: rolled_back
//   An old copy of the whole store: rolled_back
//   Recovered. Alice still knows Bob: yes. A session with Bob: no
//   Bob reads: from the recovered phone
//   Bob sees: the same identity, Alice began anew
//   Carol begins with prekeys from the service. Alice reads: hello again
//   A newer backup turns up: rolled_back
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sotto/sotto.hpp>

using namespace sotto;
using Buffer = std::vector<std::uint8_t>;

// What opens a backup and makes the device again. It belongs where the backup is not: a keyring
// that goes to the new machine, or a piece of paper. The numbers are no secret.
struct Recovery {
  IdentityKeyPair identity;
  SnapshotKey key;
  DeviceId device;
  RegistrationId registration;
};

// A backup: snapshots, which are sealed. The names of the peers are in the clear here.
struct Backup {
  struct Peer {
    std::string name;
    DeviceId device;
    Buffer snapshot;
  };
  Buffer prekeys;
  std::vector<Peer> peers;
};

// In an example a failure ends the program, and says what to do.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::printf("%s: %s\n", name(result.error()).data(), describe(result.error()).data());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

[[noreturn]] void give_up(const char* why) {
  std::printf("%s\n", why);
  std::exit(1);
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// ---- A file of snapshots
// --------------------------------------------------------------------------

void write(std::ofstream& file, Bytes bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  file.write(reinterpret_cast<const char*>(&size), sizeof size);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
}

// Nothing at the end of the file.
Buffer read(std::ifstream& file) {
  std::uint32_t size = 0;
  if (!file.read(reinterpret_cast<char*>(&size), sizeof size)) {
    if (file.gcount() == 0) return {};
    give_up("The backup is cut.");
  }
  if (size > Store::max_value_bytes) give_up("This is no backup.");
  Buffer bytes(size);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    give_up("The backup is cut.");
  return bytes;
}

void write(const Backup& backup, const char* path) {
  std::ofstream file(path, std::ios::binary);
  write(file, backup.prekeys);
  for (const Backup::Peer& peer : backup.peers) {
    write(file, bytes_of(peer.name + ' ' + std::to_string(std::to_underlying(peer.device))));
    write(file, peer.snapshot);
  }
  file.close();  // What did not fit on the disk is told here at the latest.
  if (!file) give_up("The backup could not be written: make room, or choose another folder.");
}

Backup read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) give_up("The backup cannot be read.");
  Backup backup{read(file), {}};
  for (Buffer named = read(file); !named.empty(); named = read(file)) {
    const std::string text(named.begin(), named.end());
    const std::size_t end = text.rfind(' ');
    const auto number = static_cast<std::uint32_t>(std::stoul(text.substr(end + 1)));
    backup.peers.push_back({text.substr(0, end), DeviceId{number}, read(file)});
  }
  return backup;
}

// ---- Saving a device
// ------------------------------------------------------------------------------

Buffer released(const PendingBytes& pending, const Committed& committed) {
  Buffer bytes(pending.size());
  must(pending.release(committed, bytes));
  return bytes;
}

// Nothing when something was committed meanwhile, by another process for example: the walk may have
// passed where a peer was added. Each peer has a transaction of its own, so that memory is needed
// for one at a time.
std::optional<Backup> save_at_once(Device& device, const SnapshotKey& key) {
  Backup backup;
  CommitNumber began{};
  {
    auto tx = must(device.begin());
    const auto prekeys = must(save_prekeys(tx, key));
    const Committed committed = must(std::move(tx).commit());
    backup.prekeys = released(prekeys, committed);
    began = committed.number();
  }
  std::array<char, Address::max_name_bytes> room;
  std::optional<Address> peer;
  for (;;) {
    auto tx = must(device.begin());
    peer = must(tx.next_peer(room, peer));
    std::optional<PendingBytes> snapshot;
    if (peer) snapshot = must(save_peer(tx, *peer, key));
    const Committed committed = must(std::move(tx).commit());
    if (committed.number() != began) return std::nullopt;
    if (!snapshot) return backup;
    backup.peers.push_back({std::string(peer->name), peer->device, released(*snapshot, committed)});
  }
}

Backup save(Device& device, const SnapshotKey& key) {
  for (int attempt = 0; attempt < 10; ++attempt)
    if (auto backup = save_at_once(device, key)) return *std::move(backup);
  give_up("Messages keep coming in: save when there are fewer.");
}

// ---- The service: prekeys of Alice's device
// --------------------------------------------------------------------------

struct Service {
  std::optional<Bundle> signed_prekey;
  std::vector<Bundle::OneTime> one_time;

  void take(const PrekeyUpload& upload) {
    if (upload.replaces) one_time.clear();
    signed_prekey = upload.signed_prekey;
    one_time.insert(one_time.end(), upload.one_time.begin(), upload.one_time.end());
  }
  VerifiedBundle hand_out() {
    Bundle bundle = signed_prekey.value();
    bundle.one_time = one_time.back();
    one_time.pop_back();
    return must(verify(bundle));
  }
};

// ---- Restoring it in an empty store
// ---------------------------------------------------------------

// The device that was saved does nothing any more, and did nothing since: everything goes on.
Device move_in(MemoryStore& rows, const StorageKey& storage, const Recovery& from,
               const Backup& backup) {
  auto device = must(Device::create(rows, storage, from.identity, from.device, from.registration));
  auto tx = must(device.begin());
  must(restore_prekeys(tx, backup.prekeys, from.key));
  for (const Backup::Peer& peer : backup.peers)
    must(restore_peer(tx, {peer.name, peer.device}, peer.snapshot, from.key));
  must(std::move(tx).commit());
  return device;
}

// The device is lost, and the backup may be old: the identities of the peers stay accepted, their
// sessions and our prekeys are over.
Device recover(MemoryStore& rows, const StorageKey& storage, const Recovery& from,
               const Backup& backup, Service& service, Entropy& entropy, Instant now) {
  auto device = must(Device::create(rows, storage, from.identity, from.device, from.registration));
  for (const Backup::Peer& peer : backup.peers) {
    const Address address(peer.name, peer.device);
    auto tx = must(device.begin());
    must(restore_peer(tx, address, peer.snapshot, from.key));
    must(tx.erase_sessions(address));
    must(std::move(tx).commit());
  }
  // The service has prekeys of the lost phone. It forgets them, and is given these: see app.cpp.
  auto tx = must(device.begin());
  const auto due = must(tx.prekeys_to_upload({.not_ours = true}, entropy, now));
  const Committed committed = must(std::move(tx).commit());
  std::vector<Bundle::OneTime> one_time(due.size());
  const PrekeyUpload upload = must(due.release(committed, one_time));
  service.take(upload);
  auto told = must(device.begin());
  must(told.prekeys_uploaded(upload.id, now));
  must(std::move(told).commit());
  return device;
}

// ---- Alice, Bob and Carol
// -------------------------------------------------------------------------

StorageKey new_storage_key(Entropy& entropy) {
  return StorageKey::made_by([&](MutableBytes out) { must(entropy.fill(out)); });
}

struct Person {
  Address address;
  MemoryStore rows;
  Device device;
};

Person person(const char* called, Entropy& entropy) {
  auto rows = must(MemoryStore::create());
  auto device =
      must(Device::create(rows, new_storage_key(entropy), must(IdentityKeyPair::generate(entropy)),
                          DeviceId{1}, RegistrationId{1}));
  return {{called, DeviceId{1}}, std::move(rows), std::move(device)};
}

VerifiedBundle bundle_of(Device& device, Entropy& entropy, Instant now) {
  auto tx = must(device.begin());
  must(tx.rotate_signed_prekey(entropy, now));
  must(tx.replenish(entropy));
  const auto bundle = must(tx.bundle());
  return must(verify(must(bundle.release(must(std::move(tx).commit()))).keys));
}

// `text` from one device to the other.
Opened say(Device& from, const Address& sender, Device& to, const Address& receiver,
           std::string_view text, MutableBytes out, Entropy& entropy, Instant now) {
  Buffer sealed(max_message_size(text.size()));
  const Message message = must(from.encrypt(sealed, receiver, bytes_of(text), now));
  return must(to.decrypt(out, sender, message.kind, message.bytes, entropy, now));
}

int main() {
  must(check_backend());
  SystemEntropy entropy;
  const auto now = std::chrono::floor<Instant::duration>(std::chrono::system_clock::now());
  const Address alice{"alice", DeviceId{1}};
  const Recovery recovery{must(IdentityKeyPair::generate(entropy)),
                          SnapshotKey::made_by([&](MutableBytes out) { must(entropy.fill(out)); }),
                          DeviceId{1}, RegistrationId{4711}};
  const StorageKey storage = new_storage_key(entropy);
  Person bob = person("bob", entropy), carol = person("carol", entropy);
  std::array<std::uint8_t, 400> out;
  const auto text_of = [](const Opened& opened) {
    return std::string(opened.plaintext.begin(), opened.plaintext.end());
  };

  // Alice speaks with both on her old phone, and saves everything.
  auto old_rows = must(MemoryStore::create());
  auto phone = must(
      Device::create(old_rows, storage, recovery.identity, recovery.device, recovery.registration));
  for (Person* const peer : {&bob, &carol}) {
    must(phone.connect(peer->address, RegistrationId{1}, bundle_of(peer->device, entropy, now),
                       entropy, now));
    say(phone, alice, peer->device, peer->address, "hello", out, entropy, now);
    say(peer->device, peer->address, phone, alice, "hello Alice", out, entropy, now);
  }
  write(save(phone, recovery.key), "backup");
  const Backup backup = read("backup");
  std::printf("Alice saves %zu peers\n", backup.peers.size());

  // She moves to a new phone. The old one does nothing any more; Bob notices nothing.
  auto new_rows = must(MemoryStore::create());
  const StorageKey new_storage = new_storage_key(entropy);
  Device moved = move_in(new_rows, new_storage, recovery, backup);
  auto copy = must(new_rows.clone());
  const Opened read_by_bob =
      say(moved, alice, bob.device, bob.address, "from the new phone", out, entropy, now);
  std::printf("Moved. Bob reads: %s\n", text_of(read_by_bob).c_str());

  // A key has served since, so the backup may not go over it, nor may an old copy of the store.
  CommitNumber last{};
  {
    auto tx = must(moved.begin());
    for (const Backup::Peer& peer : backup.peers)
      if (peer.name == "bob")
        if (const auto done = restore_peer(tx, bob.address, peer.snapshot, recovery.key); !done)
          std::printf("An old backup of Bob over the moved device: %s\n",
                      name(done.error()).data());
    last = must(std::move(tx).commit()).number();  // The app keeps it outside of the store.
  }
  if (const auto device = Device::open(copy, new_storage, last); !device)
    std::printf("An old copy of the whole store: %s\n", name(device.error()).data());

  // The new phone is lost as well, and the backup is older than what it did. A new store has a new
  // storage key, so that no copy of the old one opens in its place.
  const Backup newer = save(moved, recovery.key);
  Service service;
  auto third_rows = must(MemoryStore::create());
  Device recovered =
      recover(third_rows, new_storage_key(entropy), recovery, backup, service, entropy, now);
  {
    auto tx = must(recovered.begin());
    const bool known = must(tx.identity(bob.address)) == bob.device.identity();
    std::printf("Recovered. Alice still knows Bob: %s. A session with Bob: %s\n",
                known ? "yes" : "no", must(tx.info(bob.address, now)).can_send ? "yes" : "no");
  }
  must(recovered.connect(bob.address, RegistrationId{1}, bundle_of(bob.device, entropy, now),
                         entropy, now));
  const Opened anew =
      say(recovered, alice, bob.device, bob.address, "from the recovered phone", out, entropy, now);
  std::printf("Bob reads: %s\n", text_of(anew).c_str());
  std::printf("Bob sees: %s identity, Alice %s\n",
              anew.identity == recovery.identity.public_key() && !anew.first_identity ? "the same"
                                                                                      : "another",
              anew.began_session && anew.changed_session ? "began anew" : "goes on");

  // Who has not heard of it begins with what the service has.
  must(carol.device.connect(alice, recovery.registration, service.hand_out(), entropy, now));
  const Opened again =
      say(carol.device, carol.address, recovered, alice, "hello again", out, entropy, now);
  std::printf("Carol begins with prekeys from the service. Alice reads: %s\n",
              text_of(again).c_str());

  // Keys of the lost phone served since this one was saved: nothing goes over what is held.
  auto tx = must(recovered.begin());
  for (const Backup::Peer& peer : newer.peers)
    if (peer.name == "bob")
      if (const auto done = restore_peer(tx, bob.address, peer.snapshot, recovery.key); !done)
        std::printf("A newer backup turns up: %s\n", name(done.error()).data());
}
