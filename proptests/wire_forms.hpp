// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages said again, field by field in ascending order, from what was read of them.
#pragma once

#include <algorithm>
#include <utility>

#include <sotto/wire.hpp>

#include "testing/protobuf.hpp"

namespace sotto::prop {

namespace pb = testing::pb;

inline bool lies_in(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline std::uint8_t first_byte(std::uint8_t version, std::uint8_t current) {
  return static_cast<std::uint8_t>(version << 4 | current);
}

inline pb::Buffer restated(const wire::SignalMessage& message) {
  pb::Buffer out = {first_byte(message.version, message.current_version)};
  pb::append(out, pb::bytes(1, wire::signal_key(message.ratchet_key)));
  pb::append(out, pb::number(2, message.counter));
  pb::append(out, pb::number(3, message.previous_counter));
  pb::append(out, pb::bytes(4, message.ciphertext));
  if (!message.pq_ratchet.empty()) pb::append(out, pb::bytes(5, message.pq_ratchet));
  if (!message.addresses.empty()) pb::append(out, pb::bytes(6, message.addresses));
  pb::append(out, message.mac);
  return out;
}

inline pb::Buffer restated(const wire::PrekeyMessage& message) {
  pb::Buffer out = {first_byte(message.version, message.current_version)};
  if (message.one_time_prekey_id)
    pb::append(out, pb::number(1, std::to_underlying(*message.one_time_prekey_id)));
  pb::append(out, pb::bytes(2, wire::signal_key(message.base_key)));
  pb::append(out, pb::bytes(3, wire::signal_key(message.identity)));
  pb::append(out, pb::bytes(4, message.message.whole));
  if (message.registration)
    pb::append(out, pb::number(5, std::to_underlying(*message.registration)));
  pb::append(out, pb::number(6, std::to_underlying(message.signed_prekey_id)));
  if (message.kem_prekey_id) {
    pb::append(out, pb::number(7, *message.kem_prekey_id));
    pb::append(out, pb::bytes(8, message.kem_ciphertext));
  }
  return out;
}

inline pb::Buffer restated(const wire::DeviceBundle& bundle) {
  pb::Buffer out = {0x33};
  pb::append(out, pb::number(1, std::to_underlying(bundle.registration)));
  pb::append(out, pb::number(2, std::to_underlying(bundle.device)));
  pb::append(out, pb::bytes(3, wire::signal_key(bundle.keys.identity)));
  pb::append(out, pb::number(4, std::to_underlying(bundle.keys.signed_prekey_id)));
  pb::append(out, pb::bytes(5, wire::signal_key(bundle.keys.signed_prekey)));
  pb::append(out, pb::bytes(6, bundle.keys.signature.bytes()));
  if (bundle.keys.one_time) {
    pb::append(out, pb::number(7, std::to_underlying(bundle.keys.one_time->id)));
    pb::append(out, pb::bytes(8, wire::signal_key(bundle.keys.one_time->key)));
  }
  return out;
}

/// Whether every view lies in the bytes that were read, the message's own `whole` being those.
inline bool views_lie_in(const wire::SignalMessage& message, Bytes whole) {
  return message.whole.data() == whole.data() && message.whole.size() == whole.size() &&
         lies_in(message.ciphertext, whole) && lies_in(message.pq_ratchet, whole) &&
         lies_in(message.addresses, whole) && message.mac.size() == 8 &&
         message.mac.data() + 8 == whole.data() + whole.size();
}

inline bool views_lie_in(const wire::PrekeyMessage& message, Bytes whole) {
  return lies_in(message.kem_ciphertext, whole) && lies_in(message.message.whole, whole) &&
         views_lie_in(message.message, message.message.whole);
}

/// Whether the rules of a message that was accepted hold, said once more.
inline bool well_formed(const wire::SignalMessage& message) {
  return (message.version == 3 || message.version == 4) && !message.ciphertext.empty() &&
         message.ciphertext.size() % 16 == 0 &&
         (message.addresses.empty() || message.addresses.size() == 36) &&
         (message.version == 4 || (message.pq_ratchet.empty() && message.addresses.empty()));
}

inline bool well_formed(const wire::PrekeyMessage& message) {
  return (message.version == 3 || message.version == 4) &&
         message.message.version == message.version &&
         message.kem_prekey_id.has_value() == !message.kem_ciphertext.empty() &&
         (message.version == 3 || message.kem_prekey_id) && well_formed(message.message);
}

}  // namespace sotto::prop
