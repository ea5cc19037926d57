// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/codec.hpp"

#include <sotto/group_call.hpp>
#include <sotto/sotto_call.hpp>

namespace sotto::demo {
namespace {

std::optional<Content> sized(Kind kind, const Blob& body, std::size_t size) {
  if (body.size() != size) return std::nullopt;
  return Content{kind, body};
}

}  // namespace

std::optional<Bytes> Cursor::take(std::size_t n) noexcept {
  if (n > rest_.size()) return std::nullopt;
  const Bytes taken = rest_.first(n);
  rest_ = rest_.subspan(n);
  return taken;
}

std::optional<std::uint32_t> Cursor::take_u32() noexcept {
  const auto bytes = take(4);
  if (!bytes) return std::nullopt;
  std::uint32_t value = 0;
  for (const std::uint8_t byte : *bytes) value = value << 8 | byte;
  return value;
}

void put(Blob& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_u32(Blob& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Blob encode(const Letter& letter) {
  Blob out;
  put_u32(out, letter.number);
  out.push_back(static_cast<std::uint8_t>(letter.kind));
  put(out, letter.message);
  return out;
}

std::optional<Letter> decode_letter(Bytes bytes) {
  Cursor cursor(bytes);
  const auto number = cursor.take_u32();
  const auto kind = cursor.take(1);
  if (!number || !kind) return std::nullopt;
  const auto named = static_cast<MessageKind>(kind->front());
  if (named != MessageKind::signal && named != MessageKind::prekey) return std::nullopt;
  return Letter{*number, named, Blob(cursor.rest().begin(), cursor.rest().end())};
}

Blob encode(const Content& content) {
  Blob out{static_cast<std::uint8_t>(content.kind)};
  put(out, content.body);
  return out;
}

std::optional<Content> decode_content(Bytes bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto kind = static_cast<Kind>(bytes.front());
  const Blob body(bytes.begin() + 1, bytes.end());
  switch (kind) {
    case Kind::text:
    case Kind::receipt:
      return Content{kind, body};
    case Kind::offer:
      return sized(kind, body, call_offer_bytes);
    case Kind::answer:
      return sized(kind, body, call_answer_bytes);
    case Kind::reveal:
      return sized(kind, body, call_reveal_bytes);
    case Kind::rekey:
      return sized(kind, body, call_rekey_bytes);
    case Kind::group:
      if (body.empty() || body.size() > group_max_message_bytes) return std::nullopt;
      return Content{kind, body};
    case Kind::media_end:
      return sized(kind, body, 8);
  }
  return std::nullopt;
}

std::uint64_t short_sum(Bytes bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::string checksum(Bytes bytes) {
  const std::uint64_t hash = short_sum(bytes);
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[hash >> shift & 15];
  return digits;
}

}  // namespace sotto::demo
