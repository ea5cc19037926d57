// SPDX-License-Identifier: MIT OR Apache-2.0
/// Our own prekeys as rows: their life from being made to being destroyed.
///
///   one-time prekey = format(1) secret(32) public(32)
///   signed prekey   = format(1) secret(32) public(32) signature(64)
///   used base key   = format(1) base key(32)
///   uses of a name  = format(1) SHA-256 of the name(32) count(4)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/prekeys.hpp>
#include <sotto/x3dh.hpp>

#include "session/peer.hpp"
#include "session/prekey_edit.hpp"
#include "session/prekey_index.hpp"
#include "session/staged_rows.hpp"

namespace sotto::session {

/// What the service is to be given.
struct Upload {
  UploadId id;
  Bundle signed_prekey;
  std::unique_ptr<Bundle::OneTime[]> one_time;
  std::size_t count;
  bool due;
  bool replaces;
};

/// The prekeys as one transaction sees them. An operation that fails changes nothing but what was
/// read. All of them may also answer as `StagedRows::at`.
class PrekeyRows {
 public:
  PrekeyRows(StagedRows& rows, const PrekeyPolicy& policy) noexcept;

  /// Errors: `unknown_prekey`.
  [[nodiscard]] Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept;
  [[nodiscard]] Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept;
  /// Whether one of those kept has this public key.
  [[nodiscard]] Result<bool> keeps(const SignedPrekeyPublic& key) noexcept;
  /// Whether the base key was used before; `name` is who sent it. Errors: `unknown_prekey` when it
  /// was, and `name` used none with that signed prekey [SES-5-3]; `exhausted` when it was not, and
  /// no more are remembered [SES-5-6], or no more of that name [SES-5-8].
  [[nodiscard]] Result<bool> used(SignedPrekeyId id, const EphemeralPublic& base_key,
                                  Bytes name) noexcept;
  /// What a message of `name` that opened consumed, after it was looked up by the three above
  /// [SES-5-5].
  void consume(const Consumed& consumed, Bytes name) noexcept;

  /// One-time prekeys that are only here, up to `batch`; how many were made. Errors:
  /// `entropy_failed`.
  [[nodiscard]] Result<std::uint32_t> replenish(Entropy& entropy) noexcept;
  /// [SES-8-2]. Errors: `entropy_failed`.
  [[nodiscard]] Result<void> rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                    Instant now) noexcept;
  /// [SES-8-8]. Errors: `already_exists`, `weak_key`, `exhausted` for a one-time prekey,
  /// `invalid_argument` for a signed one that `identity` did not sign.
  [[nodiscard]] Result<void> import(const OneTimePrekey& prekey) noexcept;
  [[nodiscard]] Result<void> import(const SignedPrekey& prekey, const IdentityPublic& identity,
                                    Instant now) noexcept;

  [[nodiscard]] Result<PrekeyStatus> status(const ServiceStock& stock, Instant now) noexcept;
  /// The current signed prekey's public part, and a one-time prekey that was only here if there is
  /// one. Errors: `not_set_up`.
  [[nodiscard]] Result<Bundle> bundle(const IdentityPublic& identity, bool with_one_time) noexcept;

  /// As many one-time prekeys as an upload has at most now.
  [[nodiscard]] Result<std::size_t> most_to_upload() noexcept;
  /// [SES-8-3]. Errors: `entropy_failed`.
  [[nodiscard]] Result<Upload> to_upload(const IdentityKeyPair& identity, const ServiceStock& stock,
                                         Entropy& entropy, Instant now) noexcept;
  /// [SES-8-5]. Errors: `invalid_argument` for what is no upload of `identity`.
  [[nodiscard]] Result<void> uploaded(UploadId upload, const IdentityPublic& identity,
                                      Instant now) noexcept;

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
  [[nodiscard]] Result<PrekeyEdit> edit() noexcept;
  void apply(PrekeyEdit&& edit) noexcept;
  [[nodiscard]] Result<Bundle::OneTime> take_fresh() noexcept;

  StagedRows* rows_;
  PrekeyPolicy policy_;
  std::optional<PrekeyIndex> index_;
  StagedRow* index_row_ = nullptr;
  bool index_changed_ = false;
};

}  // namespace sotto::session
