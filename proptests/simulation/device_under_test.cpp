// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device_under_test.hpp"

#include <algorithm>
#include <utility>

#include "work_under_test.hpp"

namespace sotto::prop::sim {
namespace {

StorageKey storage_key(std::uint8_t number) {
  return StorageKey::made_by([number](MutableBytes out) {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(0x42 + number);
  });
}

SnapshotKey snapshot_key() {
  return SnapshotKey::made_by([](MutableBytes out) {
    for (auto& byte : out) byte = 0x24;
  });
}

Blob copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

DeviceUnderTest::DeviceUnderTest(Device&& device)
    : device_(std::make_unique<Device>(std::move(device))) {
}

Result<DeviceUnderTest> DeviceUnderTest::create(Store& store, std::uint8_t key,
                                                const IdentityKeyPair& identity, DeviceId device,
                                                RegistrationId registration,
                                                const DeviceLimits& limits) {
  auto made = Device::create(store, storage_key(key), identity, device, registration, limits);
  if (!made) return std::unexpected(made.error());
  return DeviceUnderTest(*std::move(made));
}

Result<DeviceUnderTest> DeviceUnderTest::open(Store& store, std::uint8_t key,
                                              std::optional<std::uint64_t> at_least,
                                              const DeviceLimits& limits) {
  auto made = Device::open(store, storage_key(key), CommitNumber{at_least.value_or(0)}, limits);
  if (!made) return std::unexpected(made.error());
  return DeviceUnderTest(*std::move(made));
}

/// What came out of a unit of work in which one thing was done.
template <class Act>
Result<Released> DeviceUnderTest::in_one_work(Act&& act) {
  auto work = WorkUnderTest::begin(*this);
  if (!work) return std::unexpected(work.error());
  if (const auto done = std::forward<Act>(act)(*work); !done) return std::unexpected(done.error());
  return (*std::move(work)).commit();
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
  const auto came =
      in_one_work([&](WorkUnderTest& work) { return work.connect(peer, bundle, entropy, now); });
  if (!came) return std::unexpected(came.error());
  return came->number;
}

Result<Sealed> DeviceUnderTest::encrypt(const PeerName& peer, Bytes plaintext, Instant now) {
  auto came = in_one_work([&](WorkUnderTest& work) { return work.encrypt(peer, plaintext, now); });
  if (!came) return std::unexpected(came.error());
  return *std::move(came->sealed);
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
  auto came = in_one_work([&](WorkUnderTest& work) {
    return work.decrypt(peer, kind, message, inbox_key, entropy, now);
  });
  if (!came) return std::unexpected(came.error());
  return *std::move(came->heard);
}

Result<Heard> DeviceUnderTest::decrypt_at_once(const PeerName& peer, MessageKind kind,
                                               Bytes message, Entropy& entropy, Instant now) {
  Blob room(message.size());
  const auto opened = device_->decrypt(room, address_of(peer), kind, message, entropy, now);
  if (!opened) return std::unexpected(opened.error());
  const auto number = device_->last_commit();
  if (!number) return std::unexpected(number.error());
  number_ = static_cast<std::uint64_t>(*number);
  return Heard{copy_of(opened->plaintext), opened->identity, opened->changed_session, number_};
}

Result<std::optional<Blob>> DeviceUnderTest::row(const Blob& key) {
  auto work = WorkUnderTest::begin(*this);
  if (!work) return std::unexpected(work.error());
  return work->row(key);
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

Result<std::uint64_t> DeviceUnderTest::forget(const PeerName& peer, std::size_t* count) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto done = tx->forget(address_of(peer));
  if (!done) return std::unexpected(done.error());
  if (count != nullptr) *count = *done;
  return finish(*std::move(tx));
}

Result<std::uint64_t> DeviceUnderTest::rename(const std::string& from, const std::string& to,
                                              std::size_t* count) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto done = tx->rename_account(from, to);
  if (!done) return std::unexpected(done.error());
  if (count != nullptr) *count = *done;
  return finish(*std::move(tx));
}

Result<std::uint64_t> DeviceUnderTest::rotate_storage_key(std::uint8_t key) {
  const auto number = device_->rotate_storage_key(storage_key(key));
  if (!number) return std::unexpected(number.error());
  number_ = static_cast<std::uint64_t>(*number);
  return number_;
}

Result<std::uint64_t> DeviceUnderTest::purge() {
  if (const auto done = device_->purge(); !done) return std::unexpected(done.error());
  return number_;
}

Result<Seen> DeviceUnderTest::look_at(const PeerName& peer, Instant now) {
  auto work = WorkUnderTest::begin(*this);
  if (!work) return std::unexpected(work.error());
  return work->look_at(peer, now);
}

Result<std::vector<PeerName>> DeviceUnderTest::peers() {
  auto work = WorkUnderTest::begin(*this);
  if (!work) return std::unexpected(work.error());
  return work->peers();
}

Result<PrekeyStatus> DeviceUnderTest::prekey_status(Instant now) {
  auto work = WorkUnderTest::begin(*this);
  if (!work) return std::unexpected(work.error());
  return work->prekey_status(now);
}

Result<Upload> DeviceUnderTest::tend_prekeys(const Held& held, bool renews, Entropy& entropy,
                                             Instant now) {
  auto came = in_one_work(
      [&](WorkUnderTest& work) { return work.tend_prekeys(held, renews, entropy, now); });
  if (!came) return std::unexpected(came.error());
  return *std::move(came->upload);
}

Result<std::uint64_t> DeviceUnderTest::uploaded(const Upload& upload, Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto done = tx->prekeys_uploaded(upload.id, now); !done)
    return std::unexpected(done.error());
  return finish(*std::move(tx));
}

Result<std::optional<Blob>> DeviceUnderTest::snapshot_of_dropped_work(const PeerName& peer,
                                                                      const Sealed* message,
                                                                      Entropy& entropy,
                                                                      Instant now) {
  std::optional<PendingBytes> pending;
  Blob room(4096);
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
    const auto snapshot = saved(*tx, &peer);
    if (!snapshot) return std::unexpected(snapshot.error());
    pending = *snapshot;
  }
  return released_by_other_work(*pending);
}

Result<std::optional<Blob>> DeviceUnderTest::snapshot_of_dropped_prekeys(Entropy& entropy,
                                                                         Instant now) {
  std::optional<PendingBytes> pending;
  {
    auto tx = device_->begin();
    if (!tx) return std::unexpected(tx.error());
    if (const auto done = tx->rotate_signed_prekey(entropy, now); !done)
      return std::unexpected(done.error());
    const auto snapshot = saved(*tx, nullptr);
    if (!snapshot) return std::unexpected(snapshot.error());
    pending = *snapshot;
  }
  return released_by_other_work(*pending);
}

Result<PendingBytes> DeviceUnderTest::saved(Transaction& tx, const PeerName* peer) {
  return peer != nullptr ? save_peer(tx, address_of(*peer), snapshot_key())
                         : save_prekeys(tx, snapshot_key());
}

/// What work that was dropped sealed must not come out against the commit of other work.
Result<std::optional<Blob>> DeviceUnderTest::released_by_other_work(const PendingBytes& pending) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto put = tx->put(Blob{'o'}, Blob{'k'}); !put) return std::unexpected(put.error());
  const auto committed = (*std::move(tx)).commit();
  if (!committed) return std::unexpected(committed.error());
  number_ = static_cast<std::uint64_t>(committed->number());
  Blob out(pending.size());
  if (const auto done = pending.release(*committed, out); !done) return std::optional<Blob>();
  return std::optional(out);
}

Result<Blob> DeviceUnderTest::snapshot(const PeerName* peer) {
  auto came = in_one_work([&](WorkUnderTest& work) { return work.save(peer); });
  if (!came) return std::unexpected(came.error());
  return *std::move(came->snapshot);
}

Result<std::uint64_t> DeviceUnderTest::restore(const PeerName* peer, Bytes snapshot) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const auto done = peer != nullptr ? restore_peer(*tx, address_of(*peer), snapshot, snapshot_key())
                                    : restore_prekeys(*tx, snapshot, snapshot_key());
  if (!done) return std::unexpected(done.error());
  return finish(*std::move(tx));
}

Result<std::uint64_t> DeviceUnderTest::recover(const PeerName& peer, Bytes snapshot) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  const Address address = address_of(peer);
  if (const auto done = restore_peer(*tx, address, snapshot, snapshot_key()); !done)
    return std::unexpected(done.error());
  if (const auto erased = tx->erase_sessions(address); !erased)
    return std::unexpected(erased.error());
  return finish(*std::move(tx));
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

}  // namespace sotto::prop::sim
