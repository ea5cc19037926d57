// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of one device's rows.
///
///   row root   = HKDF-SHA256(storage key || identity secret,
///                            "sotto row root" || identity public || device number || commits)
///   row keys   = HKDF-Expand(row root, "sotto rows"): of values, of names, of
///                digests (32 bytes each)
///   device key = HKDF-SHA256(storage key, "sotto device row")
///
/// `commits` is the store's revision when the device is set up, 8 bytes, and left out when that is
/// 0. So each set-up in one store has keys of its own, and no row of a device that was erased opens
/// in the next one. The row root stands in the device's row, which alone is sealed under the device
/// key. So another storage key takes over by writing that one row anew, and a row of another device
/// does not open.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/device.hpp>
#include <sotto/keys.hpp>
#include <sotto/secret.hpp>

#include "crypto/hmac.hpp"
#include "session/row_sum.hpp"
#include "session/sealing.hpp"

namespace sotto::session {

/// What all keys of one device's rows are derived from.
using RowRoot = Secret<struct RowRootRole, 32>;

/// The row root of a device that is created under `key`, in a store whose revision is `store`.
[[nodiscard]] RowRoot derive_row_root(const StorageKey& key, const IdentityKeyPair& identity,
                                      DeviceId device, Revision store) noexcept;

/// What seals the device's own row. Errors: `weak_key` (all zero, as a key that was moved from is),
/// `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<Sealer> device_row_sealer(const StorageKey& key) noexcept;

/// What stands in a row's name for something that the name must not show: a keyed hash of it.
using Token = std::array<std::uint8_t, 16>;

/// What a token stands for. Equal bytes of two kinds have different tokens.
enum class TokenKind : std::uint8_t {
  peer = 'P',      ///< a peer's name
  identity = 'I',  ///< an identity key
  base_key = 'U',  ///< the base key of a first message
  uses = 'V',      ///< a name whose uses of a signed prekey are counted
};

/// The keys of values, of names and of digests.
class RowKeys {
 public:
  /// Errors: `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<std::unique_ptr<RowKeys>> create(const RowRoot& root) noexcept;

  [[nodiscard]] const RowRoot& root() const noexcept { return root_; }
  [[nodiscard]] const Sealer& sealer() const noexcept { return sealer_; }

  /// HMAC-SHA256 under the key of names, over the kind and `bytes`, cut to 16 bytes.
  [[nodiscard]] Token token(TokenKind kind, Bytes bytes) const noexcept;

  /// What a row adds to the digest of all: HMAC-SHA256 under the key of digests, over its name and
  /// the tag of its sealed value, which are the last 16 bytes.
  [[nodiscard]] RowSum sum(Bytes name, Bytes sealed) const noexcept;

 private:
  RowKeys(const RowRoot& root, Sealer&& sealer, Bytes name_key, Bytes digest_key) noexcept;

  RowRoot root_;
  Sealer sealer_;
  crypto::HmacSha256Key names_;
  crypto::HmacSha256Key digests_;
};

}  // namespace sotto::session
