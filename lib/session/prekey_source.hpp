// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a first message's prekeys come from.
#pragma once

#include <optional>

#include <sotto/error.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::session {

/// Our own prekeys by id, and what was begun with them. Reading only: what a message that opened
/// consumes is told in `Delta`.
class PrekeySource {
 public:
  virtual ~PrekeySource() = default;
  /// Errors: `unknown_prekey`, and those of a store.
  [[nodiscard]] virtual Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept = 0;
  [[nodiscard]] virtual Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept = 0;
  /// Whether one of the signed prekeys that we keep has this public key. Errors: those of a store.
  [[nodiscard]] virtual Result<bool> keeps(const SignedPrekeyPublic& key) noexcept = 0;
  /// Whether a session without one-time prekey was begun with this base key. Errors:
  /// `unknown_prekey` when one was, but under another name, `exhausted` when the signed prekey
  /// served as many as it may, and those of a store.
  [[nodiscard]] virtual Result<bool> used(SignedPrekeyId id,
                                          const EphemeralPublic& base_key) noexcept = 0;
  /// Whether this identity key belongs to another name than the peer's.
  [[nodiscard]] virtual Result<bool> in_use(const IdentityPublic& identity) noexcept = 0;
};

}  // namespace sotto::session
