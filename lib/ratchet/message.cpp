// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/message.hpp"

#include <utility>

#include "base/overlap.hpp"
#include "base/reader.hpp"
#include "base/writer.hpp"
#include "crypto/aes.hpp"

namespace sotto::ratchet {

static_assert(Message::ciphertext_at + 16 + signal_v3.mac_bytes == Ratchet::max_overhead_bytes);

Result<Message> Message::parse(Bytes bytes, const Suite& suite) noexcept {
  base::Reader reader(bytes);
  const auto version_byte = reader.take_uint<std::uint8_t>();
  if (!version_byte || *version_byte != version) return std::unexpected(Error::malformed);
  const auto header = Header::read(reader);
  if (!header) return std::unexpected(header.error());
  if (reader.remaining() < suite.mac_bytes) return std::unexpected(Error::malformed);
  const Bytes ciphertext = reader.rest().first(reader.remaining() - suite.mac_bytes);
  if (ciphertext.empty() || ciphertext.size() % 16 != 0) return std::unexpected(Error::malformed);
  return Message{*header, ciphertext};
}

Result<MutableBytes> encrypt(State& state, MutableBytes out, Bytes plaintext) noexcept {
  const std::size_t size =
      Message::ciphertext_at + crypto::cbc_padded_size(plaintext.size()) + state.suite().mac_bytes;
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  if (base::overlap(out, plaintext)) return std::unexpected(Error::buffers_overlap);
  // The number is spent before the first byte is written [DR-3.4-1].
  const auto outgoing = state.next_message();
  if (!outgoing) return std::unexpected(outgoing.error());

  const MutableBytes message = out.first(size);
  base::Writer writer(message);
  writer.put_uint(Message::version);
  outgoing->header.write(writer);
  outgoing->keys.seal_into(message, Message::ciphertext_at, plaintext,
                           state.sending_associated_data());
  return message;
}

Result<MutableBytes> decrypt(State& state, MutableBytes out, Bytes message, Entropy& entropy,
                             Instant now) noexcept {
  if (out.size() < message.size()) return std::unexpected(Error::buffer_too_small);
  if (base::overlap(out, message)) return std::unexpected(Error::buffers_overlap);
  const auto parsed = Message::parse(message, state.suite());
  if (!parsed) return std::unexpected(parsed.error());

  auto plan = state.plan(parsed->header, now);
  if (!plan) return std::unexpected(plan.error());
  const MutableBytes room = out.first(parsed->ciphertext.size());
  const auto opened =
      plan->keys().open(room, message, parsed->ciphertext, state.receiving_associated_data());
  if (!opened) return std::unexpected(opened.error());
  if (const auto prepared = state.prepare(*plan, entropy); !prepared) {
    wipe(room);
    return std::unexpected(prepared.error());
  }
  // Nothing before this line changed the state, and nothing after it can fail [DR-3.5-4].
  state.commit(*std::move(plan));
  return *opened;
}

}  // namespace sotto::ratchet
