// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/row_keys.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "crypto/hkdf.hpp"
#include "session/growing.hpp"
#include "session/labels.hpp"

namespace sotto::session {
namespace {

using crypto::label;

}  // namespace

RowRoot derive_row_root(const StorageKey& key, const IdentityKeyPair& identity, DeviceId device,
                        Revision store) noexcept {
  // With the identity secret, who learns a storage key that was replaced still lacks the root.
  Passing<32 + 32> input;
  std::ranges::copy(key.expose(), input.bytes().begin());
  std::ranges::copy(identity.secret_key().expose(), input.bytes().subspan(32).begin());
  std::array<std::uint8_t, row_root_label.size() + 32 + 4 + 8> info;
  base::Writer writer(info);
  writer.put(label(row_root_label));
  writer.put(identity.public_key().bytes());
  writer.put_uint(std::to_underlying(device));
  // One that was erased here may have had the same key, identity and number.
  if (store != Revision{}) writer.put_uint(std::to_underlying(store));
  const Bytes written = *writer.finish();
  return RowRoot::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), input.bytes(), written);
  });
}

Result<Sealer> device_row_sealer(const StorageKey& key) noexcept {
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::weak_key);
  Passing<32> derived;
  crypto::hkdf_sha256(derived.bytes(), crypto::zero_salt(), key.expose(), label(device_row_label));
  return Sealer::create(derived.bytes());
}

RowKeys::RowKeys(const RowRoot& root, Sealer&& sealer, Bytes name_key, Bytes digest_key) noexcept
    : root_(root.duplicate()), sealer_(std::move(sealer)), names_(name_key), digests_(digest_key) {
}

Result<std::unique_ptr<RowKeys>> RowKeys::create(const RowRoot& root) noexcept {
  Passing<32 + 32 + 32> keys;
  crypto::hkdf_sha256_expand(keys.bytes(), crypto::HmacSha256Key(root.expose()),
                             label(row_keys_label));
  const Bytes derived = keys.bytes();
  auto sealer = Sealer::create(derived.first<32>());
  if (!sealer) return std::unexpected(sealer.error());
  std::unique_ptr<RowKeys> made(new (std::nothrow) RowKeys(
      root, *std::move(sealer), derived.subspan<32, 32>(), derived.last<32>()));
  if (!made) return std::unexpected(Error::out_of_memory);
  return made;
}

Token RowKeys::token(TokenKind kind, Bytes bytes) const noexcept {
  const std::array<std::uint8_t, 1> first{std::to_underlying(kind)};
  std::array<std::uint8_t, 32> mac;
  names_.mac(mac, {first, bytes});
  Token token;
  std::ranges::copy(Bytes(mac).first<16>(), token.begin());
  return token;
}

RowSum RowKeys::sum(Bytes name, Bytes sealed) const noexcept {
  std::array<std::uint8_t, 32> mac;
  digests_.mac(mac, {name, sealed.last(crypto::AesGcmSiv::tag_bytes)});
  return RowSum(mac);
}

}  // namespace sotto::session
