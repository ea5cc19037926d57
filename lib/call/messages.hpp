// SPDX-License-Identifier: MIT OR Apache-2.0
/// The messages of sotto's own call, laid out field by field [MK-2-1]. Integers are big-endian.
///
///   offer         version(1) kind(1) call id(16) device(4) srtp(2) frames(2) flags(1) key(32)
///                 commitment(32) roster(32)
///   answer        the same up to the key, then nonce(32) roster(32) | mac(32)
///   reveal        version(1) kind(1) call id(16) nonce(32) | mac(32)
///   rekey, and    version(1) kind(1) call id(16) epoch(4) key(32) | mac(32)
///   its answer
#pragma once

#include <sotto/sotto_call.hpp>

namespace sotto::call {

inline constexpr std::size_t mac_bytes = 32;

enum class Kind : std::uint8_t { offer = 1, answer, reveal, rekey, rekey_answer };

using Commitment = Public<CommitmentRole, 32>;
/// A nonce once it is said.
using SaidNonce = Public<struct CallSaidNonceRole, 32>;

struct Offer {
  CallId id;
  std::uint32_t device = 0;
  CallTerms terms;
  CallPublic key;
  Commitment commitment;
  RosterHash roster;
};

struct Answer {
  CallId id;
  std::uint32_t device = 0;
  CallTerms terms;
  CallPublic key;
  SaidNonce nonce;
  RosterHash roster;
};

struct Reveal {
  CallId id;
  SaidNonce nonce;
};

struct Rekey {
  Kind kind = Kind::rekey;
  CallId id;
  std::uint32_t epoch = 0;
  CallPublic key;
};

/// Whether the terms are among those of this profile [MK-3-1].
[[nodiscard]] bool is_allowed(const CallTerms& terms) noexcept;

void write(std::span<std::uint8_t, call_offer_bytes> out, const Offer& offer) noexcept;
/// The bodies; the MAC behind them is the caller's to fill.
void write(std::span<std::uint8_t, call_answer_bytes> out, const Answer& answer) noexcept;
void write(std::span<std::uint8_t, call_reveal_bytes> out, const Reveal& reveal) noexcept;
void write(std::span<std::uint8_t, call_rekey_bytes> out, const Rekey& rekey) noexcept;

/// Errors: `malformed`, `unsupported_version`. Terms are as they were written, allowed or not.
[[nodiscard]] Result<Offer> read_offer(Bytes message) noexcept;
[[nodiscard]] Result<Answer> read_answer(Bytes message) noexcept;
[[nodiscard]] Result<Reveal> read_reveal(Bytes message) noexcept;
[[nodiscard]] Result<Rekey> read_rekey(Bytes message) noexcept;
/// The kind of a message of this version.
[[nodiscard]] Result<Kind> kind_of(Bytes message) noexcept;

[[nodiscard]] inline Bytes body_of(Bytes message) noexcept {
  return message.first(message.size() - mac_bytes);
}
[[nodiscard]] inline Bytes mac_of(Bytes message) noexcept {
  return message.last(mac_bytes);
}

}  // namespace sotto::call
