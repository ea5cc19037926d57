// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/upload_id.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "crypto/sha2.hpp"
#include "session/labels.hpp"

namespace sotto::session {
namespace {

void put(crypto::Sha256& hash, std::uint32_t number) noexcept {
  std::array<std::uint8_t, 4> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(number >> (8 * (3 - i)));
  hash.update(bytes);
}

void put(crypto::Sha256& hash, std::string_view label) noexcept {
  hash.update({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
}

/// The first 32 bits of the digest.
std::uint32_t finish(crypto::Sha256& hash) noexcept {
  crypto::Sha256Digest digest;
  hash.finish(digest);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | digest[i];
  return number;
}

}  // namespace

std::uint32_t upload_number(const Bundle& signed_prekey, std::span<const Bundle::OneTime> one_time,
                            bool replaces) noexcept {
  crypto::Sha256 hash;
  put(hash, upload_content_label);
  put(hash, replaces ? 1U : 0U);
  hash.update(signed_prekey.identity.bytes());
  put(hash, std::to_underlying(signed_prekey.signed_prekey_id));
  hash.update(signed_prekey.signed_prekey.bytes());
  for (const Bundle::OneTime& one : one_time) {
    put(hash, std::to_underlying(one.id));
    hash.update(one.key.bytes());
  }
  return std::max(finish(hash), std::uint32_t{1});
}

UploadId upload_id(const IdentityPublic& owner, std::uint32_t number) noexcept {
  if (number == 0) return UploadId{0};
  crypto::Sha256 hash;
  put(hash, upload_owner_label);
  hash.update(owner.bytes());
  put(hash, number);
  return UploadId{std::uint64_t{finish(hash)} << 32 | number};
}

std::optional<std::uint32_t> number_of(UploadId id, const IdentityPublic& owner) noexcept {
  const auto number = static_cast<std::uint32_t>(std::to_underlying(id));
  if (number == 0 || upload_id(owner, number) != id) return std::nullopt;
  return number;
}

}  // namespace sotto::session
