// SPDX-License-Identifier: MIT OR Apache-2.0
/// The engine of the Double Ratchet: state and its transitions, whatever frame carries messages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/ratchet.hpp>

#include "base/door.hpp"
#include "crypto/hkdf.hpp"
#include "ratchet/age.hpp"
#include "ratchet/associated_data.hpp"
#include "ratchet/chain_key.hpp"
#include "ratchet/header.hpp"
#include "ratchet/limits.hpp"
#include "ratchet/message_keys.hpp"
#include "ratchet/plan.hpp"
#include "ratchet/receiving_chain.hpp"
#include "ratchet/suite.hpp"

namespace sotto::ratchet {

/// What a message to be sent needs.
struct Outgoing {
  Header header;
  MessageKeys keys;
};

/// One side of a conversation [DR-3.2-1]. Sending is `next_message`; receiving is `plan`, opening
/// with the plan's keys, `prepare`, `commit`: nothing changes before `commit`, and that cannot
/// fail.
class State {
 public:
  /// The initiator [DR-3.3-1, DR-3.3-2]. The agreement is consumed only on success.
  /// Errors: `entropy_failed`, `weak_key`, `out_of_memory`.
  [[nodiscard]] static Result<std::unique_ptr<State>> start(
      InitiatorAgreement&& agreement, Entropy& entropy, const RatchetLimits& limits,
      const Suite& suite = signal_v3) noexcept;

  /// The responder [DR-3.3-3]; it can send at once, on the chain that
  /// the agreement made [DR-3.3-4, DR-5.1-3]. The agreement is consumed only on success. Errors:
  /// `out_of_memory`.
  [[nodiscard]] static Result<std::unique_ptr<State>> start(
      ResponderAgreement&& agreement, const RatchetLimits& limits,
      const Suite& suite = signal_v3) noexcept;

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The header that the next message will have.
  [[nodiscard]] Header next_header() const noexcept {
    return {our_keys_.public_key(), pn_, sending_.next()};
  }

  /// Spend the next message number [DR-3.4-1]; `salt` enters the message keys. Errors: `exhausted`.
  [[nodiscard]] Result<Outgoing> next_message(
      const crypto::HmacSha256Key& salt = crypto::zero_salt()) noexcept;

  /// Derive what the message with `header` needs [DR-3.5-1 to DR-3.5-3]. The price of a forged one
  /// is bounded by `max_forward_jump` chain steps, or by `max_steps` when that is less, and one
  /// Diffie-Hellman when its ratchet key is new.
  /// Errors: `replayed`, `too_far_ahead`, `weak_key`, `authentication_failed` (no message of the
  /// peer can have this header), `malformed`, `out_of_memory`, `exhausted` (no serial is left for
  /// one more chain).
  [[nodiscard]] Result<Plan> plan(const Header& header, Instant now,
                                  const crypto::HmacSha256Key& salt = crypto::zero_salt(),
                                  std::uint32_t max_steps = most_forward_jump) const noexcept;

  /// The message opened: make what its commit needs. Draws 32 bytes when it brings a new ratchet
  /// key, else nothing. May be tried again. Errors: `entropy_failed`, `weak_key`.
  [[nodiscard]] Result<void> prepare(Plan& plan, Entropy& entropy) const noexcept;

  /// Move on to where the plan leads, which was made and prepared here since the last commit;
  /// another one is a mistake of the caller and ends the process.
  void commit(Plan&& consumed) noexcept;

  [[nodiscard]] Bytes sending_associated_data() const noexcept { return sending_ad_.bytes(); }
  [[nodiscard]] Bytes receiving_associated_data() const noexcept { return receiving_ad_.bytes(); }
  [[nodiscard]] const Suite& suite() const noexcept { return *suite_; }
  [[nodiscard]] const RatchetLimits& limits() const noexcept { return limits_; }

  [[nodiscard]] const IdentityPublic& ours() const noexcept { return ours_; }
  [[nodiscard]] const IdentityPublic& theirs() const noexcept { return theirs_; }

  /// Whether a receiving chain has this ratchet key, so that its messages need no turn.
  [[nodiscard]] bool knows(const RatchetPublic& their_key) const noexcept;

  /// Keys kept for late messages, in all chains.
  [[nodiscard]] std::size_t skipped_keys() const noexcept;

  /// Of the public `Ratchet`; a device has a door of its own.
  [[nodiscard]] base::Door& door() noexcept { return door_; }

  /// A number that rises whenever such a key is added or erased or its time changes: while it is
  /// the same, so are the pages of `ratchet/image.hpp`. It is not stored.
  [[nodiscard]] std::uint64_t skipped_changes() const noexcept;

  /// Erase the one of them that was sent first: the first of the oldest chain that has any. Nothing
  /// when there is none. For who bounds the keys of several states together.
  void erase_oldest_skipped() noexcept;
  [[nodiscard]] std::size_t receiving_chains() const noexcept { return chain_count_; }
  /// One of them, the live one first.
  [[nodiscard]] const ReceivingChain& receiving_chain(std::size_t i) const noexcept {
    return *chains_[i];
  }

 private:
  friend struct ImageAccess;

  State(const Suite& suite, const RatchetLimits& limits, const IdentityPublic& ours,
        const IdentityPublic& theirs, RootKey&& root, RatchetKeyPair&& our_keys,
        SendingChain&& sending) noexcept;

  [[nodiscard]] Result<Plan> plan_known(std::size_t chain, const Header& header,
                                        const RatchetLimits& limits, Instant now,
                                        const crypto::HmacSha256Key& salt) const noexcept;
  [[nodiscard]] Result<Plan> plan_turn(const Header& header, const RatchetLimits& limits,
                                       Instant now,
                                       const crypto::HmacSha256Key& salt) const noexcept;
  void adopt(Turn&& turn, Instant now) noexcept;
  void push_front(std::unique_ptr<ReceivingChain> chain) noexcept;
  void drop_oldest_chain() noexcept;
  void expire(Instant now) noexcept;
  void enforce_total() noexcept;

  const Suite* suite_;
  RatchetLimits limits_;
  IdentityPublic ours_;
  IdentityPublic theirs_;
  AssociatedData sending_ad_;
  AssociatedData receiving_ad_;
  RootKey root_;             // RK
  RatchetKeyPair our_keys_;  // DHs
  SendingChain sending_;     // CKs, Ns
  std::uint32_t pn_ = 0;     // PN, as the wire has it
  // The live chain first (DHr, CKr, Nr), then older ones in the order in which they were live.
  std::array<std::unique_ptr<ReceivingChain>, most_receiving_chains> chains_;
  std::size_t chain_count_ = 0;
  std::uint32_t next_serial_ = 0;  // of the chain to come
  ClockDoubt doubt_;
  std::uint64_t dropped_changes_ = 0;  // the part of chains that are gone
  std::uint64_t commits_ = 0;
  base::Door door_;
};

}  // namespace sotto::ratchet
