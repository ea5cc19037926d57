// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/codec.hpp"

namespace sotto::demo {

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

std::optional<bool> Cursor::take_flag() noexcept {
  const auto byte = take(1);
  if (!byte || byte->front() > 1) return std::nullopt;
  return byte->front() == 1;
}

void put(Blob& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_u32(Blob& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Blob encode(const Bundle& bundle) {
  Blob out;
  put(out, bundle.identity.bytes());
  put_u32(out, static_cast<std::uint32_t>(bundle.signed_prekey_id));
  put(out, bundle.signed_prekey.bytes());
  put(out, bundle.signature.bytes());
  out.push_back(bundle.one_time ? 1 : 0);
  if (bundle.one_time) {
    put_u32(out, static_cast<std::uint32_t>(bundle.one_time->id));
    put(out, bundle.one_time->key.bytes());
  }
  return out;
}

std::optional<Bundle> decode_bundle(Bytes bytes) {
  Cursor cursor(bytes);
  const auto identity = cursor.take_public<IdentityPublic>();
  const auto id = cursor.take_u32();
  const auto signed_prekey = cursor.take_public<SignedPrekeyPublic>();
  const auto signature = cursor.take_public<Signature>();
  const auto has_one_time = cursor.take_flag();
  if (!identity || !id || !signed_prekey || !signature || !has_one_time) return std::nullopt;
  Bundle bundle{*identity, SignedPrekeyId{*id}, *signed_prekey, *signature, std::nullopt};
  if (*has_one_time) {
    const auto one_time_id = cursor.take_u32();
    const auto key = cursor.take_public<OneTimePrekeyPublic>();
    if (!one_time_id || !key) return std::nullopt;
    bundle.one_time = Bundle::OneTime{OneTimePrekeyId{*one_time_id}, *key};
  }
  if (!cursor.rest().empty()) return std::nullopt;
  return bundle;
}

Blob encode(const Initiation& initiation) {
  Blob out;
  put(out, initiation.identity.bytes());
  put(out, initiation.base_key.bytes());
  put_u32(out, static_cast<std::uint32_t>(initiation.signed_prekey_id));
  out.push_back(initiation.one_time_prekey_id ? 1 : 0);
  if (initiation.one_time_prekey_id)
    put_u32(out, static_cast<std::uint32_t>(*initiation.one_time_prekey_id));
  return out;
}

std::optional<Initiation> take_initiation(Cursor& cursor) {
  const auto identity = cursor.take_public<IdentityPublic>();
  const auto base_key = cursor.take_public<EphemeralPublic>();
  const auto id = cursor.take_u32();
  const auto has_one_time = cursor.take_flag();
  if (!identity || !base_key || !id || !has_one_time) return std::nullopt;
  Initiation initiation{*identity, *base_key, SignedPrekeyId{*id}, std::nullopt};
  if (*has_one_time) {
    const auto one_time_id = cursor.take_u32();
    if (!one_time_id) return std::nullopt;
    initiation.one_time_prekey_id = OneTimePrekeyId{*one_time_id};
  }
  return initiation;
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
    case Kind::answer:
      if (body.size() != 32) return std::nullopt;
      return Content{kind, body};
    case Kind::media_end:
      if (body.size() != 4) return std::nullopt;
      return Content{kind, body};
  }
  return std::nullopt;
}

std::string checksum(Bytes bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[hash >> shift & 15];
  return digits;
}

}  // namespace sotto::demo
