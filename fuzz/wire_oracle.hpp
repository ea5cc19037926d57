// SPDX-License-Identifier: MIT OR Apache-2.0
/// What holds of every message that is read, whatever the bytes.
#pragma once

#include "input.hpp"
#include "wire/frame.hpp"
#include "wire_forms.hpp"

namespace sotto::fuzz {

/// What `parse` makes of `bytes`: a refusal has one of two causes, and what is accepted reads the
/// same from its canonical form. Reading never depends on what stands behind the bytes.
template <auto parse>
auto read_and_restate(Bytes bytes) {
  auto message = parse(bytes);
  if (!message) {
    require(message.error() == Error::malformed || message.error() == Error::unsupported_version,
            "a refusal for a reason that there is not");
    return message;
  }
  const Buffer canonical = prop::restated(*message);
  const auto again = parse(canonical);
  require(again.has_value(), "the canonical form is refused");
  require(prop::restated(*again) == canonical, "the canonical form reads otherwise");
  return message;
}

/// Lay out a message of these fields: it has the size that was said, and reads as it should.
inline void check_layout(const wire::SignalMessage& message, const wire::PrekeyHeader* prekey) {
  const wire::SignalHeader header{message.ratchet_key, message.counter, message.previous_counter};
  const std::size_t size = wire::framed_size(header, prekey, message.ciphertext.size());
  Buffer out(size);
  const auto layout = wire::lay_out(out, header, prekey, message.ciphertext.size());
  require(layout.has_value(), "a message that was read cannot be laid out");
  std::ranges::copy(message.ciphertext, layout->message.subspan(layout->ciphertext_at).begin());
  std::ranges::copy(message.mac, layout->message.last(wire::mac_bytes).begin());
  const auto inside = wire::parse_signal_message(layout->message);
  require(inside && std::ranges::equal(prop::restated(*inside), layout->message),
          "a message laid out otherwise than it reads");
  require(inside->counter == message.counter && inside->ratchet_key == message.ratchet_key &&
              inside->previous_counter == message.previous_counter &&
              std::ranges::equal(inside->ciphertext, message.ciphertext),
          "a message laid out with other fields");
  if (prekey == nullptr) return;
  const auto outer = wire::parse_prekey_message(out);
  require(outer && prop::restated(*outer) == out, "a prekey message laid out otherwise");
  require(outer->one_time_prekey_id == prekey->one_time_prekey_id &&
              outer->signed_prekey_id == prekey->signed_prekey_id &&
              outer->base_key == prekey->base_key && outer->identity == prekey->identity,
          "a prekey message laid out with other fields");
}

}  // namespace sotto::fuzz
