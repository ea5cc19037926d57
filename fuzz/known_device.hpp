// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that stands still: its rows, what snapshots of it say inside, and messages for it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>

#include "input.hpp"
#include "session/row_keys.hpp"

namespace sotto::fuzz {

struct KnownDevice {
  /// Of Bob, before he heard of Alice and without prekeys of his own.
  MemoryStore empty;
  IdentityPublic identity;
  IdentityPublic theirs;
  Buffer peer_content;              ///< two sessions with Alice, skipped keys in both
  Buffer prekey_content;            ///< one-time and signed prekeys, one of them used without
  std::vector<Buffer> signal;       ///< messages of Alice to Bob that he has not opened
  std::optional<MemoryStore> full;  ///< Bob's rows with all of that
  std::unique_ptr<session::RowKeys> keys;  ///< of these rows
  static constexpr Address alice{"alice", DeviceId{1}};
};

/// Made once.
[[nodiscard]] KnownDevice& known_device();

/// Bob's device over a copy of `rows`, which must live as long.
[[nodiscard]] Device bob_over(MemoryStore& rows);

/// The same over rows that may be in any state.
[[nodiscard]] Result<Device> try_bob_over(MemoryStore& rows);

/// What Bob's rows are sealed under.
[[nodiscard]] StorageKey known_storage_key();

}  // namespace sotto::fuzz
