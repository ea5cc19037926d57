// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/wire.hpp>

#include "wire/fields.hpp"
#include "wire/frame.hpp"
#include "wire/numbers.hpp"
#include "wire/version.hpp"

namespace sotto::wire {
namespace {

constexpr std::uint8_t oldest_version = 3;
constexpr std::uint8_t newest_version = 4;

/// Fields 5 and 6 have no meaning in version 3: there they are unknown fields.
SignalMessage read_signal_message(Bytes bytes, Versions versions) {
  if (bytes.size() < 1 + mac_bytes) throw Malformed();
  std::optional<Bytes> ratchet_key;
  std::optional<Bytes> ciphertext;
  std::optional<Bytes> pq_ratchet;
  std::optional<Bytes> addresses;
  std::optional<std::uint32_t> counter;
  std::optional<std::uint32_t> previous_counter;
  const bool has_kem = versions.message >= 4;
  Fields fields(bytes.subspan(1, bytes.size() - 1 - mac_bytes));
  while (fields.next()) {
    const std::uint32_t number = fields.number();
    if (number == signal_field::ratchet_key) {
      keep(ratchet_key, fields.bytes());
    } else if (number == signal_field::counter) {
      keep(counter, fields.uint32());
    } else if (number == signal_field::previous_counter) {
      keep(previous_counter, fields.uint32());
    } else if (number == signal_field::ciphertext) {
      keep(ciphertext, fields.bytes());
    } else if (number == signal_field::pq_ratchet && has_kem) {
      keep(pq_ratchet, fields.bytes());
    } else if (number == signal_field::addresses && has_kem) {
      keep(addresses, fields.bytes());
    } else {
      fields.skip();
    }
  }
  SignalMessage message{
      .version = versions.message,
      .current_version = versions.current,
      .ratchet_key = required(from_signal_key<RatchetPublic>(required(ratchet_key))),
      .counter = required(counter),
      .previous_counter = previous_counter.value_or(0),
      .ciphertext = required(ciphertext),
      .pq_ratchet = pq_ratchet.value_or(Bytes()),
      .addresses = addresses.value_or(Bytes()),
      .mac = bytes.last(mac_bytes),
      .whole = bytes,
  };
  if (message.ciphertext.empty() || message.ciphertext.size() % block_bytes != 0) throw Malformed();
  if (addresses && addresses->size() != addresses_bytes) throw Malformed();
  return message;
}

PrekeyMessage read_prekey_message(Bytes bytes, Versions versions) {
  std::optional<std::uint32_t> one_time_id;
  std::optional<std::uint32_t> registration;
  std::optional<std::uint32_t> signed_id;
  std::optional<std::uint32_t> kem_id;
  std::optional<Bytes> base_key;
  std::optional<Bytes> identity;
  std::optional<Bytes> inner;
  std::optional<Bytes> kem_ciphertext;
  Fields fields(bytes.subspan(1));
  while (fields.next()) {
    switch (fields.number()) {
      case prekey_field::one_time_prekey_id:
        keep(one_time_id, fields.uint32());
        break;
      case prekey_field::base_key:
        keep(base_key, fields.bytes());
        break;
      case prekey_field::identity:
        keep(identity, fields.bytes());
        break;
      case prekey_field::message:
        keep(inner, fields.bytes());
        break;
      case prekey_field::registration:
        keep(registration, fields.uint32());
        break;
      case prekey_field::signed_prekey_id:
        keep(signed_id, fields.uint32());
        break;
      case prekey_field::kem_prekey_id:
        keep(kem_id, fields.uint32());
        break;
      case prekey_field::kem_ciphertext:
        keep(kem_ciphertext, fields.bytes());
        break;
      default:
        fields.skip();
    }
  }
  // Neither of the two is possible at version 3 only.
  if (kem_id.has_value() != kem_ciphertext.has_value()) throw Malformed();
  if (!kem_id && versions.message >= 4) throw Malformed();
  if (kem_ciphertext && kem_ciphertext->empty()) throw Malformed();
  const SignalMessage message = required(parse_signal_message(required(inner)));
  if (message.version != versions.message) throw Malformed();
  PrekeyMessage prekey{
      .version = versions.message,
      .current_version = versions.current,
      .registration = std::nullopt,
      .one_time_prekey_id = std::nullopt,
      .signed_prekey_id = SignedPrekeyId{required(signed_id)},
      .base_key = required(from_signal_key<EphemeralPublic>(required(base_key))),
      .identity = required(from_signal_key<IdentityPublic>(required(identity))),
      .kem_prekey_id = kem_id,
      .kem_ciphertext = kem_ciphertext.value_or(Bytes()),
      .message = message,
  };
  if (registration) prekey.registration = RegistrationId{*registration};
  if (one_time_id) prekey.one_time_prekey_id = OneTimePrekeyId{*one_time_id};
  return prekey;
}

}  // namespace

Result<SignalMessage> parse_signal_message(Bytes bytes) noexcept {
  const auto versions = read_versions(bytes, oldest_version, newest_version);
  if (!versions) return std::unexpected(versions.error());
  return read_guarded<SignalMessage>([&] { return read_signal_message(bytes, *versions); });
}

Result<PrekeyMessage> parse_prekey_message(Bytes bytes) noexcept {
  const auto versions = read_versions(bytes, oldest_version, newest_version);
  if (!versions) return std::unexpected(versions.error());
  return read_guarded<PrekeyMessage>([&] { return read_prekey_message(bytes, *versions); });
}

}  // namespace sotto::wire
