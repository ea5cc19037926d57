// SPDX-License-Identifier: MIT OR Apache-2.0
/// Our own prekeys as rows: their life from being made to being destroyed.
///
///   one-time prekey = format(1) published(1) secret(32) public(32)
///   signed prekey   = format(1) secret(32) public(32) signature(64)
///   used base key   = format(1)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/prekeys.hpp>
#include <sotto/x3dh.hpp>

#include "session/peer.hpp"
#include "session/prekey_index.hpp"
#include "session/staged_rows.hpp"

namespace sotto::session {

/// The prekeys as one transaction sees them. An operation that fails changes nothing but what was
/// read. All of them may also answer as `StagedRows::at`.
class PrekeyRows {
 public:
  PrekeyRows(StagedRows& rows, const PrekeyPolicy& policy) noexcept;

  /// Errors: `unknown_prekey`.
  [[nodiscard]] Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept;
  [[nodiscard]] Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept;
  /// Errors: `exhausted` when the base key is new and no more are remembered [SES-5-6].
  [[nodiscard]] Result<bool> used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept;
  /// What a message that opened consumed, after it was looked up by the three above [SES-5-5].
  void consume(const Consumed& consumed) noexcept;

  /// [SES-8-3]. Errors: `entropy_failed`.
  [[nodiscard]] Result<std::uint32_t> replenish(Entropy& entropy) noexcept;
  /// [SES-8-2]. Errors: `entropy_failed`.
  [[nodiscard]] Result<void> rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                    Instant now) noexcept;
  /// Errors: `already_exists`, `weak_key`.
  [[nodiscard]] Result<void> import(const OneTimePrekey& prekey) noexcept;
  [[nodiscard]] Result<void> import(const SignedPrekey& prekey, Instant now) noexcept;

  [[nodiscard]] Result<PrekeyStatus> status(Instant now) noexcept;
  /// The current signed prekey's public part. Errors: `not_set_up`.
  [[nodiscard]] Result<Bundle> bundle(const IdentityPublic& identity) noexcept;
  /// Up to `most` one-time prekeys not yet given out, oldest first, which they are now.
  [[nodiscard]] Result<Growing<Bundle::OneTime>> publish(std::size_t most) noexcept;

  /// The index, read once. Who changes it says so by `touch`.
  [[nodiscard]] Result<PrekeyIndex*> index() noexcept;
  void touch() noexcept;
  /// Another index in place of it, whose rows are staged; it was read before.
  void replace(PrekeyIndex&& index) noexcept;

  /// Forget what was read, secrets and all: the transaction is over.
  void forget() noexcept {
    index_.reset();
    index_row_ = nullptr;
    index_changed_ = false;
  }

  /// Stage the index if it changed: the last thing before a commit.
  [[nodiscard]] Result<void> stage() noexcept;

 private:
  [[nodiscard]] Result<StagedRow*> free_row(std::uint32_t& next, bool one_time) noexcept;
  [[nodiscard]] Result<void> find_used(SignedPrekeyId id, Growing<StagedRow*>& found) noexcept;
  void put_current(StagedRow& row, const SignedPrekey& prekey, Instant now) noexcept;

  StagedRows* rows_;
  PrekeyPolicy policy_;
  std::optional<PrekeyIndex> index_;
  StagedRow* index_row_ = nullptr;
  bool index_changed_ = false;
};

}  // namespace sotto::session
