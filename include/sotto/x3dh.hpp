// SPDX-License-Identifier: MIT OR Apache-2.0
/// X3DH (revision 1, 2016-11-04): two devices agree on keys while one of them is away.
///
/// The responder publishes a `Bundle`. The initiator checks it with `verify`, calls `initiate` and
/// sends the `Initiation` with its first message. The responder calls `respond` with the prekeys
/// which that names. Parameters: X25519 [X3DH-2.1-1], SHA-256 [X3DH-2.1-2], XEdDSA [X3DH-2.2-2];
/// info "WhisperText" [X3DH-2.1-3], as Signal's messages of version 3 have it.
///
/// Nothing here allocates, and nothing changes the objects it is given. Any function answers
/// `weak_key` to a key pair that was moved from, and `backend_unavailable` as `check_backend` does.
#pragma once

#include <cstdint>
#include <optional>

#include <sotto/address.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto {

enum class SignedPrekeyId : std::uint32_t {};
enum class OneTimePrekeyId : std::uint32_t {};

/// A signed prekey with its secret, as its owner keeps it [X3DH-2.4-2]. Replace it every week or
/// so, keep the old one a while for late messages, then destroy it [X3DH-3.2-4, X3DH-3.2-5].
struct SignedPrekey {
  SignedPrekeyId id;
  SignedPrekeyPair keys;
  Signature signature;  ///< by the identity key, over 0x05 || the public key

  /// A fresh one, signed by `identity` [X3DH-3.2-1]. Draws 32 + 64 bytes. Errors:
  /// `entropy_failed`.
  [[nodiscard]] static Result<SignedPrekey> generate(SignedPrekeyId id,
                                                     const IdentityKeyPair& identity,
                                                     Entropy& entropy) noexcept;
};

/// A one-time prekey with its secret, as its owner keeps it. Delete it once a message that used it
/// has opened, not before [X3DH-3.4-5].
struct OneTimePrekey {
  OneTimePrekeyId id;
  OneTimePrekeyPair keys;

  /// A fresh one. Draws 32 bytes. Errors: `entropy_failed`.
  [[nodiscard]] static Result<OneTimePrekey> generate(OneTimePrekeyId id,
                                                      Entropy& entropy) noexcept;
};

/// What a device publishes for those who want to reach it [X3DH-3.2-1]. Nothing in it is trusted.
struct Bundle {
  struct OneTime {
    OneTimePrekeyId id;
    OneTimePrekeyPublic key;
    friend bool operator==(const OneTime&, const OneTime&) = default;
  };

  IdentityPublic identity;
  SignedPrekeyId signed_prekey_id;
  SignedPrekeyPublic signed_prekey;
  Signature signature;
  std::optional<OneTime> one_time;

  friend bool operator==(const Bundle&, const Bundle&) = default;
};

/// The bundle of `identity` from the prekeys it keeps; `one_time` may be null.
[[nodiscard]] Bundle publish(const IdentityPublic& identity, const SignedPrekey& signed_prekey,
                             const OneTimePrekey* one_time) noexcept;

/// A bundle whose signature and keys were checked: the only thing `initiate` accepts.
class VerifiedBundle {
 public:
  [[nodiscard]] const Bundle& bundle() const noexcept { return bundle_; }
  /// The device whose bundle it is said to be, when that was said: by `wire::verify`.
  [[nodiscard]] const std::optional<DeviceId>& device() const noexcept { return device_; }

  /// The same bundle, said to be of `device`.
  [[nodiscard]] VerifiedBundle of(DeviceId device) const noexcept {
    VerifiedBundle named(*this);
    named.device_ = device;
    return named;
  }

 private:
  friend Result<VerifiedBundle> verify(const Bundle& bundle) noexcept;
  explicit VerifiedBundle(const Bundle& bundle) noexcept : bundle_(bundle) {}
  Bundle bundle_;
  std::optional<DeviceId> device_;
};

/// Check the form of every key [X3DH-2.4-1] and the prekey signature [X3DH-3.3-2]. That the
/// identity key is the right person's is not shown by this: compare safety numbers [X3DH-4.1-1].
/// Errors: `bad_signature`, `weak_key`, `out_of_memory`.
[[nodiscard]] Result<VerifiedBundle> verify(const Bundle& bundle) noexcept;

/// What the responder needs to know, sent in front of the first messages [X3DH-3.3-9].
struct Initiation {
  IdentityPublic identity;
  EphemeralPublic base_key;
  SignedPrekeyId signed_prekey_id;
  std::optional<OneTimePrekeyId> one_time_prekey_id;

  friend bool operator==(const Initiation&, const Initiation&) = default;
};

struct Initiated {
  Initiation initiation;
  InitiatorAgreement agreement;
};

/// Whether the other side may have our own identity key. Only another device of one account has it,
/// where the devices of an account share one key, as Signal's do; whoever allows it must tell such
/// a device from this one.
enum class OwnIdentity : std::uint8_t { refused, allowed };

/// Agree on keys with the owner of `bundle` [X3DH-3.3-4, X3DH-3.3-5]. Draws 32 bytes; the ephemeral
/// secret and the Diffie-Hellman outputs are gone when this returns [X3DH-3.3-6].
/// Errors: `own_identity` (the bundle is our own; nothing is drawn), `entropy_failed` (also: the
/// fresh key is not fresh but one of the other keys at hand), `weak_key`.
[[nodiscard]] Result<Initiated> initiate(const IdentityKeyPair& ours, const VerifiedBundle& bundle,
                                         Entropy& entropy,
                                         OwnIdentity own = OwnIdentity::refused) noexcept;

/// Agree on keys with the sender of `initiation` [X3DH-3.4-1, X3DH-3.4-2]. `one_time` is null
/// exactly when the initiation names no one-time prekey. That the sender holds
/// `initiation.identity` is shown only when its first message opens: until then keep the prekeys,
/// store nothing [X3DH-3.4-4] and send nothing, for the same initiation gives the same keys again
/// [X3DH-4.3-1].
/// Errors: `unknown_prekey`, `own_identity`, `weak_key`.
[[nodiscard]] Result<ResponderAgreement> respond(const IdentityKeyPair& ours,
                                                 const SignedPrekey& signed_prekey,
                                                 const OneTimePrekey* one_time,
                                                 const Initiation& initiation,
                                                 OwnIdentity own = OwnIdentity::refused) noexcept;

}  // namespace sotto
