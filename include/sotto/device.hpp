// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device of ours: an identity, prekeys, and sessions with the devices of others, over a store.
#pragma once

#include <cstdint>
#include <memory>

#include <sotto/address.hpp>
#include <sotto/entropy.hpp>
#include <sotto/keys.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/session.hpp>
#include <sotto/store.hpp>
#include <sotto/transaction.hpp>

namespace sotto {

/// The key under which everything stored is sealed: 32 random bytes that the app keeps in the
/// system's keyring. AES-256-GCM-SIV (RFC 8452), with the row's key authenticated.
using StorageKey = Secret<struct StorageKeyRole, 32>;

struct DeviceLimits {
  SessionLimits sessions;
  PrekeyPolicy prekeys;
  /// Peers held in memory between transactions; 0 reads all from the store every time.
  std::uint32_t max_cached_peers = 64;
};

namespace session {
class Home;
}

/// Everything that changes stands in the store; what the object holds besides is the identity and a
/// cache. Not thread-safe; each thread and process opens its own over the same rows.
class Device {
 public:
  /// Set up a new device in a store that has none. `store` must outlive it; `key` is copied.
  /// Errors: `conflict` (there is one), `weak_key`, `store_failed`, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<Device> create(Store& store, const StorageKey& key,
                                             const IdentityKeyPair& identity, DeviceId device,
                                             RegistrationId registration,
                                             const DeviceLimits& limits = {}) noexcept;

  /// Open the device that a store holds. `at_least` is the newest revision that the app knows of
  /// from elsewhere. Errors: `rolled_back` (the store is older), `no_session` (there is no device),
  /// `corrupted` (also: another key), `unsupported_version`, `store_failed`, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<Device> open(Store& store, const StorageKey& key,
                                           Revision at_least = {},
                                           const DeviceLimits& limits = {}) noexcept;

  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  [[nodiscard]] const IdentityPublic& identity() const noexcept;
  [[nodiscard]] DeviceId device() const noexcept;
  [[nodiscard]] RegistrationId registration() const noexcept;

  /// Begin a unit of work. Errors: `out_of_memory`.
  [[nodiscard]] Result<Transaction> begin() noexcept;

  /// One operation as a transaction of its own; arguments and errors as there, and those of
  /// `commit`. After `conflict`, call again.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;
  [[nodiscard]] Result<Message> encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                        Instant now) noexcept;
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;

  /// As `Store::purge`.
  [[nodiscard]] Result<void> purge() noexcept;

  /// For rooms of the library itself.
  explicit Device(std::unique_ptr<session::Home> home) noexcept;
  [[nodiscard]] session::Home& home() noexcept { return *home_; }

 private:
  std::unique_ptr<session::Home> home_;
};

}  // namespace sotto
