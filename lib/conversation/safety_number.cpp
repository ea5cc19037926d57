// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstddef>
#include <cstring>

#include <sotto/backend.hpp>
#include <sotto/safety_number.hpp>

#include "conversation/fingerprint.hpp"

namespace sotto {
namespace {

using conversation::are_iterations;
using conversation::digits_of;
using conversation::half_bytes;

constexpr std::size_t most_id_bytes = 255;

/// The version of the hashed form, two bytes big-endian; both scannable versions have this one.
constexpr std::uint8_t hashed_version[] = {0, 0};
/// The type byte of an X25519 key in Signal's 33-byte form.
constexpr std::uint8_t key_type[] = {0x05};

/// One side's hash: `iterations` of SHA-512 in all, the first of which takes in the id [SN-1-1].
crypto::Sha512Digest stretch(const SafetyNumberSide& side, std::uint32_t iterations) noexcept {
  const Bytes key = side.identity.bytes();
  auto digest = crypto::sha512({hashed_version, key_type, key, side.id, key_type, key});
  for (std::uint32_t i = 1; i < iterations; ++i) digest = crypto::sha512({digest, key_type, key});
  return digest;
}

bool is_id(Bytes id) noexcept {
  return !id.empty() && id.size() <= most_id_bytes;
}

/// Protobuf: a message in field `field` that holds the first bytes of `digest` in its field 1.
std::uint8_t* put_half(std::uint8_t* out, std::uint8_t field,
                       const crypto::Sha512Digest& digest) noexcept {
  *out++ = static_cast<std::uint8_t>(field << 3 | 2);
  *out++ = half_bytes + 2;
  *out++ = 1 << 3 | 2;
  *out++ = half_bytes;
  std::memcpy(out, digest.data(), half_bytes);
  return out + half_bytes;
}

}  // namespace

Result<SafetyNumber> safety_number(std::uint8_t version, const SafetyNumberSide& ours,
                                   const SafetyNumberSide& theirs,
                                   std::uint32_t iterations) noexcept {
  if (version != 1 && version != 2) return std::unexpected(Error::unsupported_version);
  if (!is_id(ours.id) || !is_id(theirs.id)) return std::unexpected(Error::malformed);
  if (!are_iterations(iterations)) return std::unexpected(Error::malformed);
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());

  const auto our_digest = stretch(ours, iterations);
  const auto their_digest = stretch(theirs, iterations);

  SafetyNumber number;
  number.digits = digits_of(our_digest, their_digest);
  std::uint8_t* out = number.scannable.data();
  *out++ = 1 << 3 | 0;
  *out++ = version;
  out = put_half(out, 2, our_digest);
  put_half(out, 3, their_digest);
  return number;
}

}  // namespace sotto
