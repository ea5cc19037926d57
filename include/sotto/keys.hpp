// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of the protocol by role: X25519 pairs, signatures, and what an agreement yields.
#pragma once

#include <cstdint>
#include <optional>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto {

namespace detail {
/// X25519 [RFC 7748 §5]: clamp `secret` in place and write its public key. `weak_key` when
/// `secret` is all zero, `backend_unavailable` when libraries are missing.
[[nodiscard]] Result<void> complete_key_pair(std::span<std::uint8_t, 32> secret,
                                             std::span<std::uint8_t, 32> public_key) noexcept;
}  // namespace detail

/// An X25519 key pair in the role `Role`: 32 secret bytes, clamped, and the 32 bytes of `u`.
template <class Role>
class KeyPair {
 public:
  /// A fresh pair from 32 bytes of `entropy`. Errors: `entropy_failed`, `backend_unavailable`.
  [[nodiscard]] static Result<KeyPair> generate(Entropy& entropy) noexcept {
    std::optional<Error> failed;
    auto secret = Secret<Role, 32>::made_by([&](MutableBytes out) {
      if (const auto filled = entropy.draw(out); !filled) failed = filled.error();
    });
    if (failed) return std::unexpected(*failed);
    auto pair = from_secret(std::move(secret));
    // Whoever drew it is at fault.
    if (!pair && pair.error() == Error::weak_key) return std::unexpected(Error::entropy_failed);
    return pair;
  }

  /// The pair of a known secret, which is clamped first [RFC 7748 §5]. Errors: `weak_key` when
  /// it is all zero, as one that was moved from; `backend_unavailable`.
  [[nodiscard]] static Result<KeyPair> from_secret(Secret<Role, 32>&& secret) noexcept {
    std::array<std::uint8_t, 32> public_bytes;
    std::optional<Error> failed;
    auto clamped = Secret<Role, 32>::made_by([&](std::span<std::uint8_t, 32> out) {
      std::memcpy(out.data(), secret.expose().data(), 32);
      if (const auto done = detail::complete_key_pair(out, public_bytes); !done)
        failed = done.error();
    });
    wipe_source(std::move(secret));
    if (failed) return std::unexpected(*failed);
    return KeyPair(std::move(clamped), Public<Role, 32>(public_bytes));
  }

  /// The pair of a secret and a public key that were one when they were sealed: nothing is
  /// computed, clamped or looked at. That they still belong together is what sealing vouches for;
  /// for any other bytes use `from_secret`.
  [[nodiscard]] static KeyPair from_unsealed(Secret<Role, 32>&& secret,
                                             const Public<Role, 32>& public_key) noexcept {
    return KeyPair(std::move(secret), public_key);
  }

  [[nodiscard]] const Secret<Role, 32>& secret_key() const noexcept { return secret_; }
  [[nodiscard]] const Public<Role, 32>& public_key() const noexcept { return public_; }

  /// A second copy of the pair.
  [[nodiscard]] KeyPair duplicate() const noexcept { return KeyPair(secret_.duplicate(), public_); }

  /// The same pair in another role; the secret here is zeroed.
  template <class To>
  [[nodiscard]] KeyPair<To> into() && noexcept {
    return KeyPair<To>(std::move(secret_).template into<To>(), public_.template as<To>());
  }

 private:
  template <class>
  friend class KeyPair;

  KeyPair(Secret<Role, 32>&& secret, const Public<Role, 32>& public_key) noexcept
      : secret_(std::move(secret)), public_(public_key) {}
  static void wipe_source(Secret<Role, 32> consumed) noexcept { static_cast<void>(consumed); }

  Secret<Role, 32> secret_;
  Public<Role, 32> public_;
};

/// The long-term key of a device [X3DH §2.4: IK].
using IdentityKeyPair = KeyPair<struct IdentityRole>;
using IdentityPublic = Public<struct IdentityRole, 32>;

/// A device's medium-term key, signed by its identity key [X3DH §2.4: SPK].
using SignedPrekeyPair = KeyPair<struct SignedPrekeyRole>;
using SignedPrekeyPublic = Public<struct SignedPrekeyRole, 32>;

/// A key that serves one agreement only [X3DH §2.4: OPK].
using OneTimePrekeyPair = KeyPair<struct OneTimePrekeyRole>;
using OneTimePrekeyPublic = Public<struct OneTimePrekeyRole, 32>;

/// The initiator's key of one agreement [X3DH §2.4: EK], "base key" on the wire.
using EphemeralKeyPair = KeyPair<struct EphemeralRole>;
using EphemeralPublic = Public<struct EphemeralRole, 32>;

/// A key of the Double Ratchet [DR §3.2: DHs, DHr].
using RatchetKeyPair = KeyPair<struct RatchetRole>;
using RatchetPublic = Public<struct RatchetRole, 32>;

/// One side's key of one call.
using CallKeyPair = KeyPair<struct CallRole>;
using CallPublic = Public<struct CallRole, 32>;

/// An XEdDSA signature: R (32 bytes) || s (32 bytes) [XEdDSA §2.5].
using Signature = Public<struct SignatureRole, 64>;

/// The root key of a ratchet [DR §3.2: RK] and the key of one of its chains [DR §3.2: CKs, CKr].
using RootKey = Secret<struct RootKeyRole, 32>;
using ChainKey = Secret<struct ChainKeyRole, 32>;

/// What an initiator holds once keys are agreed: all that `Ratchet::start` needs, and nothing else
/// can be made of it.
struct InitiatorAgreement {
  RootKey root_key;
  ChainKey chain_key;       ///< the responder's first sending chain
  RatchetPublic their_key;  ///< the responder's signed prekey, its first ratchet key
  IdentityPublic ours;
  IdentityPublic theirs;
};

/// What a responder holds once keys are agreed.
struct ResponderAgreement {
  RootKey root_key;
  ChainKey chain_key;       ///< our first sending chain
  RatchetKeyPair our_keys;  ///< our signed prekey, our first ratchet key
  IdentityPublic ours;
  IdentityPublic theirs;
};

}  // namespace sotto
