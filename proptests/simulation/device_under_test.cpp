// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device_under_test.hpp"

#include <utility>

#include <sotto/snapshot.hpp>

namespace sotto::prop::sim {
namespace {

StorageKey storage_key() {
  return StorageKey::made_by([](MutableBytes out) {
    for (auto& byte : out) byte = 0x42;
  });
}

SnapshotKey snapshot_key() {
  return SnapshotKey::made_by([](MutableBytes out) {
    for (auto& byte : out) byte = 0x24;
  });
}

Address address_of(const PeerName& peer) {
  return {peer.name, DeviceId{peer.device}};
}

Blob copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

DeviceUnderTest::DeviceUnderTest(Device&& device)
    : device_(std::make_unique<Device>(std::move(device))) {
}

Result<DeviceUnderTest> DeviceUnderTest::create(Store& store, const IdentityKeyPair& identity,
                                                DeviceId device, RegistrationId registration,
                                                const DeviceLimits& limits) {
  auto made = Device::create(store, storage_key(), identity, device, registration, limits);
  if (!made) return std::unexpected(made.error());
  return DeviceUnderTest(*std::move(made));
}

Result<DeviceUnderTest> DeviceUnderTest::open(Store& store, std::optional<std::uint64_t> at_least,
                                              const DeviceLimits& limits) {
  auto made = Device::open(store, storage_key(), CommitNumber{at_least.value_or(0)}, limits);
  if (!made) return std::unexpected(made.error());
  return DeviceUnderTest(*std::move(made));
}

Result<std::uint64_t> DeviceUnderTest::finish(Transaction&& tx) {
  const auto committed = std::move(tx).commit();
  if (!committed) return std::unexpected(committed.error());
  number_ = static_cast<std::uint64_t>(committed->number());
  return number_;
}

Result<std::uint64_t> DeviceUnderTest::connect(const PeerName& peer,
                                               const wire::DeviceBundle& bundle, Entropy& entropy,
                                               Instant now) {
  const auto verified = verify(bundle.keys);
  if (!verified) return std::unexpected(verified.error());
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto begun = tx->connect(address_of(peer), bundle.registration, *verified, entropy, now);
  if (!begun) return std::unexpected(begun.error());
  return finish(*std::move(tx));
}

Result<Sealed> DeviceUnderTest::encrypt(const PeerName& peer, Bytes plaintext, Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto unsent = tx->encrypt(address_of(peer), plaintext, now);
  if (!unsent) return std::unexpected(unsent.error());
  const auto committed = (*std::move(tx)).commit();
  if (!committed) return std::unexpected(committed.error());
  return released(*unsent, *committed);
}

/// A message that may leave now.
Result<Sealed> DeviceUnderTest::released(const Unsent& unsent, const Committed& committed) {
  number_ = static_cast<std::uint64_t>(committed.number());
  Blob room(unsent.size());
  const auto message = unsent.release(committed, room);
  if (!message) return std::unexpected(message.error());
  return Sealed{message->kind, copy_of(message->bytes), number_};
}

Result<Heard> DeviceUnderTest::decrypt(const PeerName& peer, MessageKind kind, Bytes message,
                                       const Blob& inbox_key, Entropy& entropy, Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  Blob room(message.size());
  const auto opened = tx->decrypt(room, address_of(peer), kind, message, entropy, now);
  if (!opened) return std::unexpected(opened.error());
  if (const auto kept = tx->put(inbox_key, opened->plaintext); !kept)
    return std::unexpected(kept.error());
  Heard heard{copy_of(opened->plaintext), opened->identity, 0};
  const auto number = finish(*std::move(tx));
  if (!number) return std::unexpected(number.error());
  heard.number = *number;
  return heard;
}

Result<std::optional<Blob>> DeviceUnderTest::row(const Blob& key) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  Blob room(4096);
  const auto found = tx->get(room, key);
  if (!found) return std::unexpected(found.error());
  return *found ? std::optional(copy_of(**found)) : std::nullopt;
}

Result<std::optional<IdentityPublic>> DeviceUnderTest::identity(const PeerName& peer) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  return tx->identity(address_of(peer));
}

Result<SessionInfo> DeviceUnderTest::info(const PeerName& peer, Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  return tx->info(address_of(peer), now);
}

Result<std::uint64_t> DeviceUnderTest::accept_identity(const PeerName& peer,
                                                       const IdentityPublic& identity) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto done = tx->accept_identity(address_of(peer), identity); !done)
    return std::unexpected(done.error());
  return finish(*std::move(tx));
}

Result<std::uint64_t> DeviceUnderTest::erase_sessions(const PeerName& peer) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto done = tx->erase_sessions(address_of(peer)); !done)
    return std::unexpected(done.error());
  return finish(*std::move(tx));
}

Result<Upload> DeviceUnderTest::tend_prekeys(const Held& held, bool renews, Entropy& entropy,
                                             Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (renews)
    if (const auto done = tx->rotate_signed_prekey(entropy, now); !done)
      return std::unexpected(done.error());
  const ServiceStock stock{held.one_time, held.signed_prekey, !held.signed_prekey};
  const auto pending = tx->prekeys_to_upload(stock, entropy, now);
  if (!pending) return std::unexpected(pending.error());
  const auto committed = (*std::move(tx)).commit();
  if (!committed) return std::unexpected(committed.error());
  number_ = static_cast<std::uint64_t>(committed->number());
  Upload upload;
  upload.number = number_;
  upload.one_time.resize(pending->size());
  const auto ready = pending->release(*committed, upload.one_time);
  if (!ready) return std::unexpected(ready.error());
  upload.bundle = {device_->registration(), device_->number(), ready->signed_prekey};
  upload.id = ready->id;
  upload.due = pending->due();
  upload.replaces = ready->replaces;
  return upload;
}

Result<std::uint64_t> DeviceUnderTest::uploaded(const Upload& upload, Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto done = tx->prekeys_uploaded(upload.id, now); !done)
    return std::unexpected(done.error());
  return finish(*std::move(tx));
}

Result<bool> DeviceUnderTest::prekeys_due(Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto status = tx->prekey_status(now);
  if (!status) return std::unexpected(status.error());
  return status->rotate_due || status->upload_due;
}

Result<std::optional<Blob>> DeviceUnderTest::snapshot_of_dropped_work(const PeerName& peer,
                                                                      const Sealed* message,
                                                                      Entropy& entropy,
                                                                      Instant now) {
  Blob room(4096);
  std::optional<PendingBytes> pending;
  {
    auto tx = device_->begin();
    if (!tx) return std::unexpected(tx.error());
    const Address address = address_of(peer);
    if (message == nullptr) {
      if (const auto done = tx->encrypt(address, Blob(8, 1), now); !done)
        return std::unexpected(done.error());
    } else if (const auto done =
                   tx->decrypt(room, address, message->kind, message->bytes, entropy, now);
               !done) {
      return std::unexpected(done.error());
    }
    const auto saved = save_peer(*tx, address, snapshot_key());
    if (!saved) return std::unexpected(saved.error());
    pending = *saved;
  }
  // It must not come out against the commit of other work.
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto put = tx->put(Blob{'o'}, Blob{'k'}); !put) return std::unexpected(put.error());
  const auto committed = (*std::move(tx)).commit();
  if (!committed) return std::unexpected(committed.error());
  number_ = static_cast<std::uint64_t>(committed->number());
  Blob out(pending->size());
  if (const auto saved = pending->release(*committed, out); !saved) return std::optional<Blob>();
  return std::optional(out);
}

Result<Blob> DeviceUnderTest::snapshot(const PeerName& peer) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto pending = save_peer(*tx, address_of(peer), snapshot_key());
  if (!pending) return std::unexpected(pending.error());
  const auto committed = (*std::move(tx)).commit();
  if (!committed) return std::unexpected(committed.error());
  number_ = static_cast<std::uint64_t>(committed->number());
  Blob out(pending->size());
  if (const auto saved = pending->release(*committed, out); !saved)
    return std::unexpected(saved.error());
  return out;
}

Result<std::uint64_t> DeviceUnderTest::restore(const PeerName& peer, Bytes snapshot) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto done = restore_peer(*tx, address_of(peer), snapshot, snapshot_key()); !done)
    return std::unexpected(done.error());
  return finish(*std::move(tx));
}

bool DeviceUnderTest::is_newer(const PeerName& peer, Bytes snapshot) {
  const auto header = inspect_snapshot(snapshot);
  const auto known = info(peer, {});
  return !header || !known || header->epoch > known->epoch;
}

Result<std::optional<IdentityPublic>> DeviceUnderTest::note_identity(
    const PeerName& peer, const Blob& key, const std::function<void()>& meanwhile) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto found = tx->identity(address_of(peer));
  if (!found || !*found) return found;
  meanwhile();
  if (const auto noted = tx->put(key, (*found)->bytes()); !noted)
    return std::unexpected(noted.error());
  if (const auto number = finish(*std::move(tx)); !number) return std::unexpected(number.error());
  return found;
}

std::vector<Result<Sealed>> DeviceUnderTest::two_at_once(const PeerName& peer, Bytes plaintext,
                                                         Instant now) {
  std::vector<Result<Sealed>> results;
  auto first = device_->begin();
  auto second = device_->begin();
  for (Result<Transaction>* const tx : {&first, &second}) {
    if (!*tx) {
      results.emplace_back(std::unexpected(tx->error()));
      continue;
    }
    const auto unsent = (*tx)->encrypt(address_of(peer), plaintext, now);
    if (!unsent) {
      results.emplace_back(std::unexpected(unsent.error()));
      continue;
    }
    const auto committed = std::move(**tx).commit();
    if (committed)
      results.push_back(released(*unsent, *committed));
    else
      results.emplace_back(std::unexpected(committed.error()));
  }
  return results;
}

}  // namespace sotto::prop::sim
