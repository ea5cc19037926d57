// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/messages.hpp"

#include <bit>
#include <cstdlib>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::call {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t padded_flag = 1;

void put_head(base::Writer& writer, Kind kind, const CallId& id) noexcept {
  writer.put_uint(version);
  writer.put_uint(std::to_underlying(kind));
  writer.put(id.bytes());
}

void put_terms(base::Writer& writer, const CallTerms& terms) noexcept {
  writer.put_uint(std::to_underlying(terms.srtp));
  writer.put_uint(std::to_underlying(terms.frames));
  writer.put_uint(terms.padded ? padded_flag : std::uint8_t{0});
}

/// That exactly `room` bytes were written, with or without the MAC that follows them.
void must_have_filled(const base::Writer& writer, std::size_t room) noexcept {
  const auto written = writer.finish();
  if (!written || written->size() != room) std::abort();  // The layout above is wrong.
}

/// A message's fields after its version and kind, which must be `kind`; and its flags.
class Parts {
 public:
  Parts(Bytes message, std::size_t size, Kind kind) noexcept
      : fields_(message),
        wrong_version_(fields_.uint<std::uint8_t>() != version && !message.empty()),
        wrong_(fields_.uint<std::uint8_t>() != std::to_underlying(kind) || message.size() != size) {
  }
  [[nodiscard]] base::Fields& fields() noexcept { return fields_; }
  [[nodiscard]] CallTerms terms() noexcept {
    CallTerms terms;
    terms.srtp = std::bit_cast<SrtpProfile>(fields_.uint<std::uint16_t>());  // Not yet is_allowed.
    terms.frames = std::bit_cast<SframeSuite>(fields_.uint<std::uint16_t>());
    const auto flags = fields_.uint<std::uint8_t>();
    wrong_ = wrong_ || flags > padded_flag;
    terms.padded = flags == padded_flag;
    return terms;
  }
  template <class Message>
  [[nodiscard]] Result<Message> done(const Message& message) const noexcept {
    if (wrong_version_) return std::unexpected(Error::unsupported_version);
    if (wrong_ || fields_.failed()) return std::unexpected(Error::malformed);
    return message;
  }

 private:
  base::Fields fields_;
  bool wrong_version_;
  bool wrong_;
};

}  // namespace

bool is_allowed(const CallTerms& terms) noexcept {
  const bool srtp =
      terms.srtp == SrtpProfile::aead_aes_128_gcm || terms.srtp == SrtpProfile::aead_aes_256_gcm;
  const bool frames = terms.frames == SframeSuite::aes_128_gcm_sha256_128 ||
                      terms.frames == SframeSuite::aes_256_gcm_sha512_128 ||
                      terms.frames == SframeSuite::sotto_aes_256_ctr_hmac_sha512_256;
  return srtp && frames;
}

void write(std::span<std::uint8_t, call_offer_bytes> out, const Offer& offer) noexcept {
  base::Writer writer(out);
  put_head(writer, Kind::offer, offer.id);
  writer.put_uint(offer.device);
  put_terms(writer, offer.terms);
  writer.put(offer.key.bytes());
  writer.put(offer.commitment.bytes());
  writer.put(offer.roster.bytes());
  must_have_filled(writer, out.size());
}

void write(std::span<std::uint8_t, call_answer_bytes> out, const Answer& answer) noexcept {
  base::Writer writer(out);
  put_head(writer, Kind::answer, answer.id);
  writer.put_uint(answer.device);
  put_terms(writer, answer.terms);
  writer.put(answer.key.bytes());
  writer.put(answer.nonce.bytes());
  writer.put(answer.roster.bytes());
  must_have_filled(writer, out.size() - mac_bytes);
}

void write(std::span<std::uint8_t, call_reveal_bytes> out, const Reveal& reveal) noexcept {
  base::Writer writer(out);
  put_head(writer, Kind::reveal, reveal.id);
  writer.put(reveal.nonce.bytes());
  must_have_filled(writer, out.size() - mac_bytes);
}

void write(std::span<std::uint8_t, call_rekey_bytes> out, const Rekey& rekey) noexcept {
  base::Writer writer(out);
  put_head(writer, rekey.kind, rekey.id);
  writer.put_uint(rekey.epoch);
  writer.put(rekey.key.bytes());
  must_have_filled(writer, out.size() - mac_bytes);
}

Result<Offer> read_offer(Bytes message) noexcept {
  Parts parts(message, call_offer_bytes, Kind::offer);
  Offer offer;
  offer.id = parts.fields().public_value<CallId>();
  offer.device = parts.fields().uint<std::uint32_t>();
  offer.terms = parts.terms();
  offer.key = parts.fields().public_value<CallPublic>();
  offer.commitment = parts.fields().public_value<Commitment>();
  offer.roster = parts.fields().public_value<RosterHash>();
  return parts.done(offer);
}

Result<Answer> read_answer(Bytes message) noexcept {
  Parts parts(message, call_answer_bytes, Kind::answer);
  Answer answer;
  answer.id = parts.fields().public_value<CallId>();
  answer.device = parts.fields().uint<std::uint32_t>();
  answer.terms = parts.terms();
  answer.key = parts.fields().public_value<CallPublic>();
  answer.nonce = parts.fields().public_value<SaidNonce>();
  answer.roster = parts.fields().public_value<RosterHash>();
  return parts.done(answer);
}

Result<Reveal> read_reveal(Bytes message) noexcept {
  Parts parts(message, call_reveal_bytes, Kind::reveal);
  Reveal reveal;
  reveal.id = parts.fields().public_value<CallId>();
  reveal.nonce = parts.fields().public_value<SaidNonce>();
  return parts.done(reveal);
}

Result<Rekey> read_rekey(Bytes message) noexcept {
  const auto kind = kind_of(message);
  if (!kind) return std::unexpected(kind.error());
  Parts parts(message, call_rekey_bytes,
              *kind == Kind::rekey_answer ? Kind::rekey_answer : Kind::rekey);
  Rekey rekey;
  rekey.kind = *kind;
  rekey.id = parts.fields().public_value<CallId>();
  rekey.epoch = parts.fields().uint<std::uint32_t>();
  rekey.key = parts.fields().public_value<CallPublic>();
  return parts.done(rekey);
}

Result<Kind> kind_of(Bytes message) noexcept {
  base::Fields fields(message);
  const auto written = fields.uint<std::uint8_t>();
  const auto kind = fields.uint<std::uint8_t>();
  if (!message.empty() && written != version) return std::unexpected(Error::unsupported_version);
  if (fields.failed() || kind < std::to_underlying(Kind::offer) ||
      kind > std::to_underlying(Kind::rekey_answer))
    return std::unexpected(Error::malformed);
  return static_cast<Kind>(kind);
}

}  // namespace sotto::call
