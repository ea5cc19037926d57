// SPDX-License-Identifier: MIT OR Apache-2.0
/// One unit of work of a device, step by step (device_under_test.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/snapshot.hpp>

#include "device_under_test.hpp"

namespace sotto::prop::sim {

/// What came out of a unit of work with its commit.
struct Released {
  std::uint64_t number = 0;  ///< of the commit, or of what it stands for
  std::optional<Sealed> sealed{};
  std::optional<Heard> heard{};
  std::optional<Upload> upload{};
  std::optional<Blob> snapshot{};
};

/// What is sealed, opened or saved in it comes out with the commit; the last of each kind does. No
/// memory of the app's has to live until then.
class WorkUnderTest {
 public:
  /// Ends with the device at the latest.
  [[nodiscard]] static Result<WorkUnderTest> begin(DeviceUnderTest& device);

  [[nodiscard]] Result<Seen> look_at(const PeerName& peer, Instant now);
  [[nodiscard]] Result<std::vector<PeerName>> peers();
  [[nodiscard]] Result<PrekeyStatus> prekey_status(Instant now);
  [[nodiscard]] Result<std::optional<Blob>> row(const Blob& key);

  [[nodiscard]] Result<void> connect(const PeerName& peer, const wire::DeviceBundle& bundle,
                                     Entropy& entropy, Instant now);
  [[nodiscard]] Result<void> encrypt(const PeerName& peer, Bytes plaintext, Instant now);
  /// The plaintext is stored under `inbox_key`.
  [[nodiscard]] Result<void> decrypt(const PeerName& peer, MessageKind kind, Bytes message,
                                     const Blob& inbox_key, Entropy& entropy, Instant now);
  /// As `DeviceUnderTest::tend_prekeys`.
  [[nodiscard]] Result<void> tend_prekeys(const Held& held, bool renews, Entropy& entropy,
                                          Instant now);
  [[nodiscard]] Result<void> put(const Blob& key, Bytes value);
  /// A snapshot of a peer, or without one of the prekeys.
  [[nodiscard]] Result<void> save(const PeerName* peer);

  [[nodiscard]] Result<Released> commit() &&;

 private:
  WorkUnderTest(DeviceUnderTest& device, Transaction&& tx);

  DeviceUnderTest* device_;
  Transaction tx_;
  std::optional<Unsent> unsent_{};
  std::optional<Heard> heard_{};
  std::optional<PendingUpload> upload_{};
  std::optional<PendingBytes> snapshot_{};
};

}  // namespace sotto::prop::sim
