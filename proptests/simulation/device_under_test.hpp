// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a simulation calls the library: each function is what an app does in one unit of work.
/// work_under_test.hpp has such a unit step by step. Nothing else in this folder knows how
/// transactions look.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/snapshot.hpp>

#include "hostile_store.hpp"

namespace sotto::prop::sim {

/// A device of somebody, by the name that the app has for it.
struct PeerName {
  std::string name;
  std::uint32_t device = 1;
  friend auto operator<=>(const PeerName&, const PeerName&) = default;
};

[[nodiscard]] inline Address address_of(const PeerName& peer) {
  return {peer.name, DeviceId{peer.device}};
}

/// What left a device.
struct Sealed {
  MessageKind kind = MessageKind::signal;
  Blob bytes;
  std::uint64_t number = 0;  ///< the newest commit that the app knows of
};

/// What a device opened.
struct Heard {
  Blob plaintext;
  IdentityPublic identity;
  bool changed_session = false;  ///< the device says that another session is current now
  std::uint64_t number = 0;
};

/// What a device says of a peer.
struct Seen {
  std::optional<IdentityPublic> identity;
  SessionInfo info;
};

/// What is to be given to the service.
struct Upload {
  wire::DeviceBundle bundle;  ///< without one-time prekey
  std::vector<Bundle::OneTime> one_time;
  UploadId id{};
  bool due = false;       ///< there is something to upload
  bool replaces = false;  ///< the service forgets the one-time prekeys that it has
  std::uint64_t number = 0;
};

/// What the service says that it has of a device.
struct Held {
  std::uint32_t one_time = 0;
  std::optional<SignedPrekeyId> signed_prekey{};
};

struct Released;

class DeviceUnderTest {
 public:
  /// Storage keys have numbers.
  [[nodiscard]] static Result<DeviceUnderTest> create(Store& store, std::uint8_t key,
                                                      const IdentityKeyPair& identity,
                                                      DeviceId device, RegistrationId registration,
                                                      const DeviceLimits& limits);
  /// `at_least`: the newest commit that the app knows of, if it passes it.
  [[nodiscard]] static Result<DeviceUnderTest> open(Store& store, std::uint8_t key,
                                                    std::optional<std::uint64_t> at_least,
                                                    const DeviceLimits& limits);

  /// Each returns the number of its commit, or what that number stands for.
  [[nodiscard]] Result<std::uint64_t> connect(const PeerName& peer,
                                              const wire::DeviceBundle& bundle, Entropy& entropy,
                                              Instant now);
  [[nodiscard]] Result<Sealed> encrypt(const PeerName& peer, Bytes plaintext, Instant now);
  /// With `inbox_key` the plaintext is stored under it in the same commit.
  [[nodiscard]] Result<Heard> decrypt(const PeerName& peer, MessageKind kind, Bytes message,
                                      const Blob& inbox_key, Entropy& entropy, Instant now);
  /// In one call; the app keeps the plaintext elsewhere.
  [[nodiscard]] Result<Heard> decrypt_at_once(const PeerName& peer, MessageKind kind, Bytes message,
                                              Entropy& entropy, Instant now);
  [[nodiscard]] Result<std::optional<Blob>> row(const Blob& key);
  [[nodiscard]] Result<std::optional<IdentityPublic>> identity(const PeerName& peer);
  /// Reads alone: nothing is stored by these.
  [[nodiscard]] Result<SessionInfo> info(const PeerName& peer, Instant now);
  [[nodiscard]] Result<Seen> look_at(const PeerName& peer, Instant now);
  [[nodiscard]] Result<std::vector<PeerName>> peers();
  [[nodiscard]] Result<PrekeyStatus> prekey_status(Instant now);
  [[nodiscard]] Result<std::uint64_t> accept_identity(const PeerName& peer,
                                                      const IdentityPublic& identity);
  [[nodiscard]] Result<std::uint64_t> erase_sessions(const PeerName& peer);
  /// `count`, unless it is null, is of how many devices something was held.
  [[nodiscard]] Result<std::uint64_t> forget(const PeerName& peer, std::size_t* count = nullptr);
  [[nodiscard]] Result<std::uint64_t> rename(const std::string& from, const std::string& to,
                                             std::size_t* count = nullptr);
  [[nodiscard]] Result<std::uint64_t> rotate_storage_key(std::uint8_t key);
  [[nodiscard]] Result<std::uint64_t> purge();

  /// What an app does with its prekeys once a day, and when a first message came.
  /// `renews`: the app was restored from a backup, so what others know of its prekeys is not true.
  [[nodiscard]] Result<Upload> tend_prekeys(const Held& held, bool renews, Entropy& entropy,
                                            Instant now);
  /// The service has what `tend_prekeys` gave last.
  [[nodiscard]] Result<std::uint64_t> uploaded(const Upload& upload, Instant now);

  /// Open (`message`) or seal (without one) in a unit of work, take a snapshot of the peer in it,
  /// and drop the work; other work is then committed. Returns the snapshot, if it came out.
  [[nodiscard]] Result<std::optional<Blob>> snapshot_of_dropped_work(const PeerName& peer,
                                                                     const Sealed* message,
                                                                     Entropy& entropy, Instant now);
  /// The same of the prekeys, with one rotated in the work that is dropped.
  [[nodiscard]] Result<std::optional<Blob>> snapshot_of_dropped_prekeys(Entropy& entropy,
                                                                        Instant now);
  /// Of a peer, or without one of the prekeys.
  [[nodiscard]] Result<Blob> snapshot(const PeerName* peer);
  [[nodiscard]] Result<std::uint64_t> restore(const PeerName* peer, Bytes snapshot);
  /// The peer's identity alone, as an app recovers it.
  [[nodiscard]] Result<std::uint64_t> recover(const PeerName& peer, Bytes snapshot);

  /// Read the peer's identity, let `meanwhile` happen, and store under `key` that this identity was
  /// verified. Returns the identity.
  [[nodiscard]] Result<std::optional<IdentityPublic>> note_identity(
      const PeerName& peer, const Blob& key, const std::function<void()>& meanwhile);
  /// Begin a unit of work, and a second one, in another thread, before the first is over; both seal
  /// to the peer and commit. What came out, in this order.
  [[nodiscard]] std::vector<Result<Sealed>> two_at_once(const PeerName& peer, Bytes plaintext,
                                                        Instant now);

  /// The device moves into a vector, with it as it grows, and out again, while a unit of work of
  /// its is not over; that one seals to the peer then. Errors: `consumed` where none is due, or
  /// another where it is.
  [[nodiscard]] Result<Sealed> encrypt_while_moved(const PeerName& peer, Bytes plaintext,
                                                   Instant now);

  [[nodiscard]] const IdentityPublic& own_identity() const { return device_->identity(); }

 private:
  friend class WorkUnderTest;
  explicit DeviceUnderTest(Device&& device);
  template <class Act>
  [[nodiscard]] Result<Released> in_one_work(Act&& act);
  [[nodiscard]] Result<std::uint64_t> finish(Transaction&& tx);
  [[nodiscard]] Result<Sealed> released(const Unsent& unsent, const Committed& committed);
  [[nodiscard]] static Result<PendingBytes> saved(Transaction& tx, const PeerName* peer);
  [[nodiscard]] Result<std::optional<Blob>> released_by_other_work(const PendingBytes& pending);

  std::unique_ptr<Device> device_;
  std::uint64_t number_ = 0;
};

}  // namespace sotto::prop::sim
