// SPDX-License-Identifier: MIT OR Apache-2.0
#include "work_under_test.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sotto::prop::sim {
namespace {

Blob copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Memory of the app's that is used for something else now.
void use_otherwise(std::optional<Blob>& memory) {
  std::ranges::fill(*memory, std::uint8_t{0xdd});
  memory.reset();
}

}  // namespace

WorkUnderTest::WorkUnderTest(DeviceUnderTest& device, Transaction&& tx)
    : device_(&device), tx_(std::move(tx)) {
}

Result<WorkUnderTest> WorkUnderTest::begin(DeviceUnderTest& device) {
  auto tx = device.device_->begin();
  if (!tx) return std::unexpected(tx.error());
  return WorkUnderTest(device, *std::move(tx));
}

Result<Seen> WorkUnderTest::look_at(const PeerName& peer, Instant now) {
  const auto identity = tx_.identity(address_of(peer));
  if (!identity) return std::unexpected(identity.error());
  const auto info = tx_.info(address_of(peer), now);
  if (!info) return std::unexpected(info.error());
  return Seen{*identity, *info};
}

Result<std::vector<PeerName>> WorkUnderTest::peers() {
  std::vector<PeerName> all;
  std::array<char, Address::max_name_bytes> name{};
  std::optional<Address> last;
  for (;;) {
    const auto next = tx_.next_peer(name, last);
    if (!next) return std::unexpected(next.error());
    if (!*next) return all;
    last = **next;
    all.push_back({std::string(last->name), static_cast<std::uint32_t>(last->device)});
  }
}

Result<PrekeyStatus> WorkUnderTest::prekey_status(Instant now) {
  return tx_.prekey_status(now);
}

Result<std::optional<Blob>> WorkUnderTest::row(const Blob& key) {
  Blob room(4096);
  const auto found = tx_.get(room, key);
  if (!found) return std::unexpected(found.error());
  return *found ? std::optional(copy_of(**found)) : std::nullopt;
}

Result<void> WorkUnderTest::connect(const PeerName& peer, const wire::DeviceBundle& bundle,
                                    Entropy& entropy, Instant now) {
  const auto verified = verify(bundle.keys);
  if (!verified) return std::unexpected(verified.error());
  return tx_.connect(address_of(peer), bundle.registration, *verified, entropy, now);
}

Result<void> WorkUnderTest::encrypt(const PeerName& peer, Bytes plaintext, Instant now) {
  std::optional passing(copy_of(plaintext));
  const auto unsent = tx_.encrypt(address_of(peer), *passing, now);
  use_otherwise(passing);
  if (!unsent) return std::unexpected(unsent.error());
  unsent_ = *unsent;
  return {};
}

Result<void> WorkUnderTest::decrypt(const PeerName& peer, MessageKind kind, Bytes message,
                                    const Blob& inbox_key, Entropy& entropy, Instant now) {
  std::optional passing(copy_of(message));
  std::optional<Blob> room(message.size());
  const auto opened = tx_.decrypt(*room, address_of(peer), kind, *passing, entropy, now);
  if (!opened) return std::unexpected(opened.error());
  if (const auto kept = tx_.put(inbox_key, opened->plaintext); !kept) return kept;
  heard_ = Heard{copy_of(opened->plaintext), opened->identity, opened->changed_session, 0};
  use_otherwise(passing);
  use_otherwise(room);
  return {};
}

Result<void> WorkUnderTest::tend_prekeys(const Held& held, bool renews, Entropy& entropy,
                                         Instant now) {
  if (renews)
    if (const auto done = tx_.rotate_signed_prekey(entropy, now); !done) return done;
  const ServiceStock stock{held.one_time, held.signed_prekey, !held.signed_prekey};
  const auto pending = tx_.prekeys_to_upload(stock, entropy, now);
  if (!pending) return std::unexpected(pending.error());
  upload_ = *pending;
  return {};
}

Result<void> WorkUnderTest::put(const Blob& key, Bytes value) {
  return tx_.put(key, value);
}

Result<void> WorkUnderTest::save(const PeerName* peer) {
  const auto pending = DeviceUnderTest::saved(tx_, peer);
  if (!pending) return std::unexpected(pending.error());
  snapshot_ = *pending;
  return {};
}

Result<Released> WorkUnderTest::commit() && {
  const auto committed = std::move(tx_).commit();
  if (!committed) return std::unexpected(committed.error());
  Released out{.number = static_cast<std::uint64_t>(committed->number())};
  device_->number_ = out.number;
  if (unsent_) {
    auto sealed = device_->released(*unsent_, *committed);
    if (!sealed) return std::unexpected(sealed.error());
    out.sealed = *std::move(sealed);
  }
  if (heard_) {
    out.heard = *std::move(heard_);
    out.heard->number = out.number;
  }
  if (upload_) {
    Upload upload;
    upload.number = out.number;
    upload.one_time.resize(upload_->size());
    const auto ready = upload_->release(*committed, upload.one_time);
    if (!ready) return std::unexpected(ready.error());
    const Device& device = *device_->device_;
    upload.bundle = {device.registration(), device.number(), ready->signed_prekey};
    upload.id = ready->id;
    upload.due = upload_->due();
    upload.replaces = ready->replaces;
    out.upload = std::move(upload);
  }
  if (snapshot_) {
    Blob bytes(snapshot_->size());
    if (const auto done = snapshot_->release(*committed, bytes); !done)
      return std::unexpected(done.error());
    out.snapshot = std::move(bytes);
  }
  return out;
}

}  // namespace sotto::prop::sim
