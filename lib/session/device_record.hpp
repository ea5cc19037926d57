// SPDX-License-Identifier: MIT OR Apache-2.0
/// The device's own row: who it is, and what the keys of its other rows are derived from.
///
///   device = format(1) identity secret(32) identity public(32) device(4) registration(4)
///            row root(32)
#pragma once

#include <cstddef>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

#include "session/row_keys.hpp"

namespace sotto::session {

inline constexpr std::size_t device_record_bytes = 1 + 32 + 32 + 4 + 4 + 32;

struct DeviceRecord {
  IdentityKeyPair identity;
  DeviceId device;
  RegistrationId registration;
  RowRoot root;

  /// Into exactly `device_record_bytes`.
  void write(MutableBytes out) const noexcept;

  /// Open the sealed row with `key` and its `device_row_sealer`. Errors: `corrupted` (also: another
  /// key), `old_format`, `unsupported_version`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<DeviceRecord> open(Bytes sealed, const StorageKey& key,
                                                 const Sealer& sealer) noexcept;
};

}  // namespace sotto::session
