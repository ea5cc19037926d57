// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peers/ours.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <sotto/snapshot.hpp>

namespace sotto::peers {
namespace {

constexpr Instant now{std::chrono::days(20'000)};
constexpr std::array<std::uint8_t, 32> key_bytes{7};
constexpr Address them{"them", DeviceId{1}};

/// What cannot fail in a test that makes sense.
template <class T>
T must(Result<T>&& result) {
  if (!result) throw std::runtime_error(std::string(name(result.error())));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

std::unique_ptr<MemoryStore> empty_rows() {
  return std::make_unique<MemoryStore>(must(MemoryStore::create()));
}

}  // namespace

Ours::Ours(std::uint64_t seed)
    : tape_(seed),
      identity_(must(IdentityKeyPair::generate(tape_))),
      registration_(static_cast<RegistrationId>(seed & 0x3fff)),
      rows_(empty_rows()),
      device_(must(
          Device::create(*rows_, StorageKey(key_bytes), identity_, DeviceId{1}, registration_))) {
}

wire::DeviceBundle Ours::publish(bool rotate, bool with_one_time) {
  auto tx = must(device_->begin());
  const PrekeyStatus status = must(tx.prekey_status(now));
  if (rotate || status.signed_prekeys == 0) must(tx.rotate_signed_prekey(tape_, now));
  if (with_one_time && status.one_time_unpublished == 0) must(tx.replenish(tape_));
  const auto bundle = must(with_one_time ? tx.bundle() : tx.last_resort_bundle());
  return must(bundle.release(must(std::move(tx).commit())));
}

Result<void> Ours::connect(const wire::DeviceBundle& bundle) {
  const auto verified = verify(bundle.keys);
  if (!verified) return std::unexpected(verified.error());
  return device_->connect(them, bundle.registration, *verified, tape_, now);
}

Result<Sent> Ours::encrypt(Bytes plaintext) {
  Blob out(max_message_size(plaintext.size()));
  const auto sent = device_->encrypt(out, them, plaintext, now);
  if (!sent) return std::unexpected(sent.error());
  return Sent{sent->kind, Blob(sent->bytes.begin(), sent->bytes.end())};
}

Result<Blob> Ours::decrypt(MessageKind kind, Bytes message) {
  Blob out(message.size());
  const auto opened = device_->decrypt(out, them, kind, message, tape_, now);
  if (!opened) return std::unexpected(opened.error());
  goes_on_there_ = opened->began_session || opened->changed_session;
  return Blob(opened->plaintext.begin(), opened->plaintext.end());
}

Result<void> Ours::accept_identity(const IdentityPublic& identity) {
  auto tx = must(device_->begin());
  if (const auto done = tx.accept_identity(them, identity); !done) return done;
  must(std::move(tx).commit());
  return {};
}

SessionInfo Ours::info() {
  auto tx = must(device_->begin());
  return must(tx.info(them, now));
}

Blob Ours::mark() {
  Blob all;
  Blob key;
  while (const auto entry = must(rows_->next({}, key))) {
    all.insert(all.end(), entry->value.begin(), entry->value.end());
    key.assign(entry->key.begin(), entry->key.end());
  }
  return all;
}

void Ours::restart() {
  device_.reset();
  device_.emplace(must(Device::open(*rows_, StorageKey(key_bytes))));
}

void Ours::restore() {
  const SnapshotKey key(key_bytes);
  Blob prekeys;
  Blob peer;  // Of one of whom nothing is known there is none.
  {
    auto tx = must(device_->begin());
    const auto both = must(save_prekeys(tx, key));
    const auto one = save_peer(tx, them, key);
    const auto committed = must(std::move(tx).commit());
    prekeys.resize(both.size());
    must(both.release(committed, prekeys));
    if (one) {
      peer.resize(one->size());
      must(one->release(committed, peer));
    }
  }
  device_.reset();
  rows_ = empty_rows();
  device_.emplace(
      must(Device::create(*rows_, StorageKey(key_bytes), identity_, DeviceId{1}, registration_)));
  auto tx = must(device_->begin());
  must(restore_prekeys(tx, prekeys, key));
  if (!peer.empty()) must(restore_peer(tx, them, peer, key));
  must(std::move(tx).commit());
}

}  // namespace sotto::peers
