// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `Call` is made of: the newest epoch, and what is under way to the next one.
#pragma once

#include <optional>

#include "call/epoch.hpp"

namespace sotto::call {

/// DH between our pair and their key, if both may be used. Errors: `weak_key` (also: our pair was
/// consumed), `own_identity` (the key is ours).
[[nodiscard]] Result<crypto::SharedSecret> agree_with(const CallKeyPair& ours,
                                                      const CallPublic& theirs) noexcept;

class Agreed {
 public:
  /// Both nonces of the code; the caller's is known to the callee only after the reveal.
  struct Nonces {
    SaidNonce caller;
    SaidNonce callee;
  };
  /// What the callee waits for the reveal with.
  struct Unrevealed {
    CodeKey key;
    Commitment commitment;
    CallPublic caller_key;
    SaidNonce callee_nonce;
  };

  /// Of epoch 0; leaves the keys of media in `keys`, for `send_keys` and `receive_keys`.
  Agreed(CallSide side, const CallId& id, const CallTerms& terms, const Transcript& transcript,
         EpochKeys& keys) noexcept;

  [[nodiscard]] static Call into_call(std::unique_ptr<Agreed> agreed) noexcept {
    return Call(std::move(agreed));
  }
  [[nodiscard]] CallSendKeys send_keys(EpochKeys& keys) const noexcept;
  [[nodiscard]] CallReceiveKeys receive_keys(EpochKeys& keys) const noexcept;

  void show_code(const CodeKey& key, const Nonces& nonces) noexcept;
  void await_reveal(Unrevealed&& unrevealed) noexcept;

  [[nodiscard]] CallReveal reveal(const SaidNonce& nonce) const noexcept;
  [[nodiscard]] Result<CallRekey> rekey(Entropy& entropy) noexcept;
  [[nodiscard]] Result<CallNews> take(Bytes message, Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] CallNews peer_sealed(std::uint32_t epoch, Instant now) noexcept;
  [[nodiscard]] CallNews tick(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  [[nodiscard]] CallSide side() const noexcept { return side_; }
  [[nodiscard]] const CallId& id() const noexcept { return id_; }
  [[nodiscard]] const CallTerms& terms() const noexcept { return terms_; }
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] const std::optional<CallCode>& code() const noexcept { return code_; }
  [[nodiscard]] const std::optional<CallRekey>& pending() const noexcept { return pending_; }

 private:
  struct Answered {
    CallRekey theirs;
    CallRekey ours;
  };
  struct Retiring {
    std::uint32_t epoch;
    Instant when;
  };

  [[nodiscard]] Result<CallNews> take_reveal(Bytes message) noexcept;
  [[nodiscard]] Result<CallNews> take_rekey(Bytes message, const Rekey& rekey, Entropy& entropy,
                                            Instant now) noexcept;
  [[nodiscard]] Result<CallNews> take_rekey_answer(Bytes message, const Rekey& answer,
                                                   Instant now) noexcept;
  [[nodiscard]] Result<void> is_next(const Rekey& rekey) const noexcept;
  /// The keys of the next epoch; `theirs` is checked to be no copy of ours.
  [[nodiscard]] Result<EpochKeys> follow(const Transcript& transcript, const CallKeyPair& ours,
                                         const CallPublic& theirs) const noexcept;
  void advance(const Transcript& transcript, EpochKeys& keys, CallNews& news) noexcept;
  /// The peer has shown that it has the keys that wait: seal under them.
  void switch_over(Instant now, CallNews& news) noexcept;
  /// The peer seals under a later epoch than `epoch` from now on.
  void outlive(std::uint32_t epoch, Instant now, CallNews& news) noexcept;

  CallSide side_;
  CallId id_;
  CallTerms terms_;
  std::uint32_t epoch_ = 0;
  Transcript first_;
  Transcript transcript_;
  ChainSecret chain_;
  ConfirmKey our_confirm_;
  ConfirmKey their_confirm_;
  std::optional<Unrevealed> unrevealed_;
  std::optional<CallCode> code_;
  std::optional<CallKeyPair> proposed_;
  std::optional<CallRekey> pending_;     ///< our proposal, there when `proposed_` is
  std::optional<Answered> answered_;     ///< the newest proposal of theirs, in case it comes again
  std::optional<CallSendKeys> waiting_;  ///< for the peer to show that it has their epoch
  std::optional<std::uint32_t>
      unshown_;                       ///< the peer may still seal under it: we proposed the next
  std::optional<Retiring> retiring_;  ///< what the peer has left, for packets that come late
};

}  // namespace sotto::call
