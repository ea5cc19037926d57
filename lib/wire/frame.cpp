// SPDX-License-Identifier: MIT OR Apache-2.0
#include "wire/frame.hpp"

#include <utility>

#include "wire/field_writer.hpp"
#include "wire/numbers.hpp"

namespace sotto::wire {
namespace {

std::size_t signal_size(const SignalHeader& header, std::size_t ciphertext_bytes) noexcept {
  return 1 + bytes_field_size(key_bytes) + uint32_field_size(header.counter) +
         uint32_field_size(header.previous_counter) + bytes_field_size(ciphertext_bytes) +
         mac_bytes;
}

std::size_t prekey_size(const PrekeyHeader& prekey, std::size_t message_bytes) noexcept {
  std::size_t size = 1 + 2 * bytes_field_size(key_bytes) + bytes_field_size(message_bytes) +
                     uint32_field_size(std::to_underlying(prekey.registration)) +
                     uint32_field_size(std::to_underlying(prekey.signed_prekey_id));
  if (prekey.one_time_prekey_id)
    size += uint32_field_size(std::to_underlying(*prekey.one_time_prekey_id));
  return size;
}

/// Everything in front of the ciphertext; returns where that begins.
std::size_t put_signal(MutableBytes out, const SignalHeader& header,
                       std::size_t ciphertext_bytes) noexcept {
  FieldWriter writer(out);
  writer.byte(version_byte);
  writer.key_field(signal_field::ratchet_key, header.ratchet_key);
  writer.uint32_field(signal_field::counter, header.counter);
  writer.uint32_field(signal_field::previous_counter, header.previous_counter);
  writer.bytes_field_head(signal_field::ciphertext, ciphertext_bytes);
  return writer.used();
}

/// Everything around the message inside; returns the room for that.
MutableBytes put_prekey(MutableBytes out, const PrekeyHeader& prekey,
                        std::size_t message_bytes) noexcept {
  FieldWriter writer(out);
  writer.byte(version_byte);
  if (prekey.one_time_prekey_id)
    writer.uint32_field(prekey_field::one_time_prekey_id,
                        std::to_underlying(*prekey.one_time_prekey_id));
  writer.key_field(prekey_field::base_key, prekey.base_key);
  writer.key_field(prekey_field::identity, prekey.identity);
  writer.bytes_field_head(prekey_field::message, message_bytes);
  const MutableBytes message = writer.claim(message_bytes);
  writer.uint32_field(prekey_field::registration, std::to_underlying(prekey.registration));
  writer.uint32_field(prekey_field::signed_prekey_id, std::to_underlying(prekey.signed_prekey_id));
  return message;
}

}  // namespace

std::size_t framed_size(const SignalHeader& header, const PrekeyHeader* prekey,
                        std::size_t ciphertext_bytes) noexcept {
  const std::size_t message_bytes = signal_size(header, ciphertext_bytes);
  return prekey == nullptr ? message_bytes : prekey_size(*prekey, message_bytes);
}

Result<Layout> lay_out(MutableBytes out, const SignalHeader& header, const PrekeyHeader* prekey,
                       std::size_t ciphertext_bytes) noexcept {
  // A ciphertext above the cap is refused before its size enters a sum.
  if (ciphertext_bytes > max_message_bytes || ciphertext_bytes % block_bytes != 0 ||
      ciphertext_bytes == 0)
    return std::unexpected(Error::malformed);
  const std::size_t message_bytes = signal_size(header, ciphertext_bytes);
  const std::size_t whole_bytes =
      prekey == nullptr ? message_bytes : prekey_size(*prekey, message_bytes);
  if (whole_bytes > max_message_bytes) return std::unexpected(Error::malformed);
  if (out.size() < whole_bytes) return std::unexpected(Error::buffer_too_small);
  Layout layout{.whole = out.first(whole_bytes), .message = {}, .ciphertext_at = 0};
  layout.message =
      prekey == nullptr ? layout.whole : put_prekey(layout.whole, *prekey, message_bytes);
  layout.ciphertext_at = put_signal(layout.message, header, ciphertext_bytes);
  return layout;
}

}  // namespace sotto::wire
