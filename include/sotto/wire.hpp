// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages and bundles as bytes: what Signal's peers put on the wire, read into views.
///
/// A reader takes fields in any order and passes over those that it does not know, whatever their
/// type. `malformed` is: a required field missing; a known field twice, of another type, or beyond
/// 32 bits; a tag, length or number in more bytes than it needs; a group (protobuf's deprecated
/// types 3 and 4) and the field numbers that protobuf keeps for itself (0, 19000 to 19999).
/// Everything here is unauthenticated; to open a message is the business of `Transaction::decrypt`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::wire {

/// The longest message that is looked at: 16 MiB.
inline constexpr std::size_t max_message_bytes = std::size_t{16} << 20;

/// The type byte of an X25519 key in Signal's 33-byte form.
inline constexpr std::uint8_t key_type_x25519 = 0x05;

/// A public key in Signal's form: 0x05 || u (32 bytes).
template <class Role>
[[nodiscard]] std::array<std::uint8_t, 33> signal_key(const Public<Role, 32>& key) noexcept {
  std::array<std::uint8_t, 33> bytes{key_type_x25519};
  std::memcpy(bytes.data() + 1, key.bytes().data(), 32);
  return bytes;
}

/// Read Signal's form: exactly 33 bytes, the first 0x05. Errors: `malformed`.
template <class Key>
[[nodiscard]] Result<Key> from_signal_key(Bytes bytes) noexcept {
  if (bytes.size() != 33 || bytes[0] != key_type_x25519) return std::unexpected(Error::malformed);
  return Key(bytes.subspan<1, 32>());
}

/// Read the raw form: exactly 32 bytes, u. Errors: `malformed`.
template <class Key>
[[nodiscard]] Result<Key> from_raw_key(Bytes bytes) noexcept {
  if (bytes.size() != 32) return std::unexpected(Error::malformed);
  return Key(bytes.first<32>());
}

/// A SignalMessage: version byte || protobuf || MAC (8 bytes). Views into the bytes it was read
/// from.
struct SignalMessage {
  std::uint8_t version;          ///< high half of the first byte: 3 or 4
  std::uint8_t current_version;  ///< low half: the newest the sender speaks
  RatchetPublic ratchet_key;
  std::uint32_t counter = 0;
  std::uint32_t previous_counter = 0;
  Bytes ciphertext;  ///< not empty, whole blocks of 16 bytes
  Bytes pq_ratchet;  ///< version 4 only; empty when absent
  Bytes addresses;   ///< version 4 only, 36 bytes; empty when absent
  Bytes mac;         ///< 8 bytes, over all before them
  Bytes whole;       ///< the bytes it was read from
};

/// A PreKeySignalMessage: version byte || protobuf, with a whole SignalMessage inside.
struct PrekeyMessage {
  std::uint8_t version;
  std::uint8_t current_version;
  std::optional<RegistrationId> registration;
  std::optional<OneTimePrekeyId> one_time_prekey_id;  ///< 0 is an id like any other
  SignedPrekeyId signed_prekey_id;
  EphemeralPublic base_key;
  IdentityPublic identity;
  std::optional<std::uint32_t> kem_prekey_id;  ///< both or neither; always at version 4
  Bytes kem_ciphertext;                        ///< not empty when there is one
  SignalMessage message;                       ///< of the same version
};

/// The message that `bytes` are, `max_message_bytes` of them at most. Its protobuf names:
/// SignalMessage 1 ratchet key, 2 counter, 3 previous counter (0 when absent), 4 ciphertext, 5
/// post-quantum ratchet, 6 addresses; PreKeySignalMessage 1 one-time prekey id, 2 base key, 3
/// identity key, 4 message, 5 registration id, 6 signed prekey id, 7 KEM prekey id, 8 KEM
/// ciphertext. Errors: `malformed`, `unsupported_version` (not 3 or 4; of the message inside
/// another one it is `malformed`).
[[nodiscard]] Result<SignalMessage> parse_signal_message(Bytes bytes) noexcept;
[[nodiscard]] Result<PrekeyMessage> parse_prekey_message(Bytes bytes) noexcept;

/// What a device publishes, with the numbers that name it.
struct DeviceBundle {
  RegistrationId registration;
  DeviceId device;
  Bundle keys;
  friend bool operator==(const DeviceBundle&, const DeviceBundle&) = default;
};

/// As `sotto::verify`, and the device is remembered, so that `Transaction::connect` refuses the
/// bundle under the address of another device. Nobody signs the device number.
[[nodiscard]] inline Result<VerifiedBundle> verify(const DeviceBundle& bundle) noexcept {
  const auto verified = sotto::verify(bundle.keys);
  if (!verified) return verified;
  return verified->of(bundle.device);
}

/// The most bytes that a bundle of ours takes.
inline constexpr std::size_t max_bundle_bytes = 256;

/// A bundle as protobuf, version byte 0x33 first: 1 registration id, 2 device, 3 identity key (33),
/// 4 signed prekey id, 5 signed prekey (33), 6 signature (64), 7 one-time prekey id, 8 one-time
/// prekey (33). 9 to 11 stand for a KEM prekey to come. Errors: `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_bundle(MutableBytes out,
                                                const DeviceBundle& bundle) noexcept;

/// Nothing of it is verified: that is for `verify`. Errors: `malformed`, `unsupported_version` (not
/// 3).
[[nodiscard]] Result<DeviceBundle> parse_bundle(Bytes bytes) noexcept;

}  // namespace sotto::wire
