// SPDX-License-Identifier: MIT OR Apache-2.0
/// sotto's own call between two devices: keys that both ends have confirmed and that a new
/// Diffie-Hellman replaces while the call goes on; specified in spec/media_keys.md.
///
///   caller                                              callee (each device that rings)
///   OutgoingCall::create -> offer    ------------------>  IncomingCall::read
///   OutgoingCall::accept             <------------------  IncomingCall::answer -> answer, Call
///     -> Call, reveal                ------------------>  Call::take
///   Call::rekey, Call::take          <----------------->  the same; either side may begin
///
/// All messages travel inside sessions. Nothing here opens a socket or reads a clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <sotto/call.hpp>
#include <sotto/call_code.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/roster.hpp>
#include <sotto/sframe.hpp>
#include <sotto/srtp.hpp>

namespace sotto {

namespace call {
class Agreed;
struct CommitmentRole;
}  // namespace call

/// Names one call; drawn by the caller.
using CallId = Public<struct CallIdRole, 16>;

/// One device of a call: the identity key that the session with it was agreed under, and its
/// number.
struct CallParty {
  IdentityPublic identity;
  std::uint32_t device = 0;
};

/// How media are protected. Offered by the caller, echoed by the callee, never negotiated: a callee
/// that will not have it declines [MK-3-2].
struct CallTerms {
  /// AEAD_AES_128_GCM or AEAD_AES_256_GCM: no short tags here [MK-3-1].
  SrtpProfile srtp = SrtpProfile::aead_aes_256_gcm;
  /// A suite with a tag of 16 bytes or more: 4, 5, or the committing 0xf001 [MK-3-1].
  SframeSuite frames = SframeSuite::aes_256_gcm_sha512_128;
  /// Frames are padded to size classes before they are sealed (frame_padding.hpp).
  bool padded = false;
  friend bool operator==(const CallTerms&, const CallTerms&) = default;
};

/// The messages' exact sizes in bytes [MK-2-1].
inline constexpr std::size_t call_offer_bytes = 123;
inline constexpr std::size_t call_answer_bytes = 155;
inline constexpr std::size_t call_reveal_bytes = 82;
inline constexpr std::size_t call_rekey_bytes = 86;

using CallOffer = std::array<std::uint8_t, call_offer_bytes>;
using CallAnswer = std::array<std::uint8_t, call_answer_bytes>;
using CallReveal = std::array<std::uint8_t, call_reveal_bytes>;
using CallRekey = std::array<std::uint8_t, call_rekey_bytes>;

/// Our sending keys of one epoch of a call. Each half makes or rekeys one end and is gone then, so
/// that no two ends share it; asked again it is `weak_key`. Packets name their epoch in the MKI,
/// frames in the KID [MK-5-3]. Move-only; may be handed to the thread that owns the ends.
class CallSendKeys {
 public:
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }

  /// A new end. Errors of all: `weak_key` (asked before), and those of the end's own function.
  [[nodiscard]] Result<SrtpSender> srtp_sender() noexcept;
  [[nodiscard]] Result<SframeSender> frame_sender() noexcept;
  /// Seal under this epoch from the next packet or frame on. Counters go on.
  [[nodiscard]] Result<void> rekey(SrtpSender& sender) noexcept;
  [[nodiscard]] Result<void> rekey(SframeSender& sender) noexcept;

 private:
  friend class call::Agreed;
  using Srtp = Secret<struct CallSendSrtpRole, 44>;
  using Frames = Secret<struct CallSendFramesRole, 32>;
  CallSendKeys(const CallTerms& terms, std::uint32_t epoch, Srtp&& srtp, Frames&& frames) noexcept
      : terms_(terms), epoch_(epoch), srtp_(std::move(srtp)), frames_(std::move(frames)) {}

  CallTerms terms_;
  std::uint32_t epoch_;
  Srtp srtp_;
  Frames frames_;
};

/// The peer's keys of one epoch of a call, to open what it sends. As `CallSendKeys`.
class CallReceiveKeys {
 public:
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }

  [[nodiscard]] Result<SrtpReceiver> srtp_receiver() noexcept;
  [[nodiscard]] Result<SframeReceiver> frame_receiver(const SframeLimits& limits = {}) noexcept;
  /// Open what is sealed under this epoch, too.
  [[nodiscard]] Result<void> add_to(SrtpReceiver& receiver) noexcept;
  [[nodiscard]] Result<void> add_to(SframeReceiver& receiver) noexcept;

 private:
  friend class call::Agreed;
  using Srtp = Secret<struct CallReceiveSrtpRole, 44>;
  using Frames = Secret<struct CallReceiveFramesRole, 32>;
  CallReceiveKeys(const CallTerms& terms, std::uint32_t epoch, Srtp&& srtp,
                  Frames&& frames) noexcept
      : terms_(terms), epoch_(epoch), srtp_(std::move(srtp)), frames_(std::move(frames)) {}

  CallTerms terms_;
  std::uint32_t epoch_;
  Srtp srtp_;
  Frames frames_;
};

/// Forget the receiving keys of an epoch. Errors: `unknown_key`.
[[nodiscard]] Result<void> erase_call_epoch(SrtpReceiver& receiver, std::uint32_t epoch) noexcept;
[[nodiscard]] Result<void> erase_call_epoch(SframeReceiver& receiver, std::uint32_t epoch) noexcept;

/// How long old receiving keys are held for late packets, once the peer has shown that it seals
/// under newer ones [MK-6-5].
inline constexpr std::chrono::seconds call_old_keys_age{5};

/// What came of a message or of time passing. Whatever is there has to be done; most is not there.
struct CallNews {
  std::optional<CallRekey> reply;          ///< send it to the peer
  std::optional<CallReceiveKeys> receive;  ///< open with these as well, from now on
  std::optional<CallSendKeys> send;        ///< seal with these from now on
  std::optional<std::uint32_t> retire;     ///< erase this epoch's receiving keys, and older ones
  bool code_ready = false;                 ///< `Call::code` has an answer now
};

/// A call whose keys are agreed, as one side holds it. Not thread-safe. A change of keys costs no
/// packet, however long its messages take or are held back: neither side seals under new keys, nor
/// asks for old ones to be erased, before the peer has shown that it has the new ones. What a
/// message says is looked at only after it is known to be the other end's: all but the offer are
/// authenticated under keys of the call, besides the session that carries them. Once it was moved
/// from, functions answer `consumed`, or zero.
class Call {
 public:
  Call(Call&&) noexcept;
  Call& operator=(Call&&) noexcept;
  ~Call();

  [[nodiscard]] CallSide side() const noexcept;
  [[nodiscard]] const CallId& id() const noexcept;
  [[nodiscard]] const CallTerms& terms() const noexcept;
  /// The newest epoch agreed on; 0 at first.
  [[nodiscard]] std::uint32_t epoch() const noexcept;

  /// The short code for people to compare: the same at both ends of an untouched call. It does not
  /// change when keys do. Errors: `unknown_key` until the callee has the reveal.
  [[nodiscard]] Result<CallCode> code() const noexcept;

  /// Propose new keys; send what is returned. Draws 32 bytes. Errors: `conflict` (a proposal of
  /// ours is not answered yet: send that again, it is `pending`), `exhausted` (epoch 2^32 - 1),
  /// `entropy_failed`, `backend_unavailable`. Who proposes has to send something under the new
  /// keys, if only a report or an empty frame: the peer seals under the old ones until then.
  [[nodiscard]] Result<CallRekey> rekey(Entropy& entropy) noexcept;
  [[nodiscard]] const std::optional<CallRekey>& pending() const noexcept;

  /// Take a reveal, a rekey or a rekey's answer. When both sides propose at once, the caller's
  /// proposal stands. A proposal that comes again is answered again by the same bytes. Errors:
  /// `malformed` (also: of another call, or not due), `unsupported_version`, `replayed` (of an
  /// epoch that has passed), `too_far_ahead` (of one that is not next), `authentication_failed`,
  /// `weak_key`, `own_identity` (their key is ours), `entropy_failed`.
  [[nodiscard]] Result<CallNews> take(Bytes message, Entropy& entropy, Instant now) noexcept;

  /// A packet or frame of `epoch` was opened: the peer has that epoch's keys. Say so at least of
  /// the first one of each epoch: without it this side goes on sealing under old keys, or holding
  /// them, until the next rekey.
  [[nodiscard]] CallNews peer_sealed(std::uint32_t epoch, Instant now) noexcept;
  /// Time has passed.
  [[nodiscard]] CallNews tick(Instant now) noexcept;
  /// When `tick` has something to do, if nothing else happens.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

 private:
  friend class call::Agreed;
  explicit Call(std::unique_ptr<call::Agreed> impl) noexcept;
  std::unique_ptr<call::Agreed> impl_;
};

/// A call that was placed and is not answered yet. The same offer goes to every device of the
/// callee; the first answer that is accepted consumes it, so that no two devices share its key.
class OutgoingCall {
 public:
  /// Draws 64 bytes: key, nonce. `roster` is the caller's view of both lists of devices. Errors:
  /// `downgraded` (terms that are none here), `entropy_failed`, `backend_unavailable`.
  [[nodiscard]] static Result<OutgoingCall> create(const CallId& id, const CallParty& caller,
                                                   const CallTerms& terms, const RosterHash& roster,
                                                   Entropy& entropy) noexcept;

  [[nodiscard]] const CallOffer& offer() const noexcept { return offer_; }

  struct Accepted {
    Call call;
    CallReveal reveal;  ///< to be sent to the device that answered
    CallSendKeys send;
    CallReceiveKeys receive;
  };
  /// Take the answer of the device `callee`, whose identity key the session that carried it was
  /// agreed under. Consumes the key, unless it fails. Errors: `malformed` (also: an answer to
  /// another call), `unsupported_version`, `weak_key` (also: consumed), `own_identity`,
  /// `authentication_failed` (the answer is to another offer than ours, or of another identity, or
  /// altered), `downgraded` (other terms than ours), `rosters_differ`, `out_of_memory`.
  [[nodiscard]] Result<Accepted> accept(Bytes answer, const IdentityPublic& callee) noexcept;

 private:
  using Nonce = Secret<struct CallNonceRole, 32>;
  OutgoingCall(const IdentityPublic& caller, CallKeyPair&& key, Nonce&& nonce,
               const CallOffer& offer) noexcept
      : caller_(caller), key_(std::move(key)), nonce_(std::move(nonce)), offer_(offer) {}

  IdentityPublic caller_;
  CallKeyPair key_;
  Nonce nonce_;
  CallOffer offer_;
};

/// A call that rings.
class IncomingCall {
 public:
  /// Errors: `malformed`, `unsupported_version`, `downgraded` (terms that are none here),
  /// `weak_key`.
  [[nodiscard]] static Result<IncomingCall> read(Bytes offer) noexcept;

  [[nodiscard]] const CallId& id() const noexcept { return id_; }
  [[nodiscard]] std::uint32_t caller_device() const noexcept { return caller_device_; }
  [[nodiscard]] const CallTerms& terms() const noexcept { return terms_; }
  [[nodiscard]] const RosterHash& roster() const noexcept { return roster_; }

  struct Answered {
    Call call;
    CallAnswer answer;  ///< to be sent to the caller
    CallSendKeys send;
    CallReceiveKeys receive;
  };
  /// Accept the call. `caller` is the identity key that the session which carried the offer was
  /// agreed under. Draws 64 bytes. Errors: `rosters_differ`, `own_identity`, `weak_key`,
  /// `entropy_failed`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] Result<Answered> answer(const CallParty& callee, const IdentityPublic& caller,
                                        const RosterHash& roster, Entropy& entropy) const noexcept;

 private:
  IncomingCall() noexcept = default;
  CallId id_;
  std::uint32_t caller_device_ = 0;
  CallTerms terms_;
  CallPublic key_;
  Public<call::CommitmentRole, 32> commitment_;
  RosterHash roster_;
  CallOffer offer_{};
};

}  // namespace sotto
