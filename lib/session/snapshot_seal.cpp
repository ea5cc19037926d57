// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/snapshot_seal.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/fields.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "crypto/hmac.hpp"

namespace sotto {
namespace {

constexpr std::string_view magic = "sotto-sn";
constexpr std::string_view nonce_label = "sotto snapshot nonce";
constexpr std::size_t nonce_at = session::snapshot_header_bytes;
constexpr std::size_t text_at = nonce_at + 12;
static_assert(magic.size() + 1 + 1 + 8 == session::snapshot_header_bytes);
static_assert(text_at + crypto::AesGcmSiv::tag_bytes == snapshot_overhead_bytes);

Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Result<SnapshotHeader> inspect_snapshot(Bytes snapshot) noexcept {
  base::Fields fields(snapshot);
  const Bytes starts = fields.view(magic.size());
  const auto version = fields.uint<std::uint8_t>();
  const auto kind = fields.uint<std::uint8_t>();
  const auto epoch = fields.uint<std::uint64_t>();
  if (fields.failed() || !std::ranges::equal(starts, bytes_of(magic)) || version == 0)
    return std::unexpected(Error::malformed);  // Versions begin at 1.
  // Only what comes before stays the same in every version.
  if (version > session::snapshot_version) return std::unexpected(Error::unsupported_version);
  if (version < session::snapshot_version) return std::unexpected(Error::old_format);
  if (snapshot.size() < snapshot_overhead_bytes ||
      (kind != std::to_underlying(SnapshotKind::peer) &&
       kind != std::to_underlying(SnapshotKind::prekeys)))
    return std::unexpected(Error::malformed);
  return SnapshotHeader{version, SnapshotKind{kind}, epoch,
                        snapshot.size() - session::snapshot_header_bytes};
}

namespace session {

SnapshotSealer::SnapshotSealer(const SnapshotKey& key, const SnapshotOwner& owner,
                               crypto::AesGcmSiv&& aead) noexcept
    : key_(&key), aead_(std::move(aead)) {
  base::Writer writer(owner_);
  writer.put(owner.identity.bytes());
  writer.put_uint(std::to_underlying(owner.device));
  writer.put_uint(std::to_underlying(owner.registration));
}

Result<SnapshotSealer> SnapshotSealer::create(const SnapshotKey& key,
                                              const SnapshotOwner& owner) noexcept {
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::weak_key);
  auto aead = crypto::AesGcmSiv::create(key.expose());
  if (!aead) return std::unexpected(aead.error());
  return SnapshotSealer(key, owner, *std::move(aead));
}

SnapshotSealer::Associated SnapshotSealer::associated(Bytes header) const noexcept {
  Associated all;
  std::ranges::copy(owner_, std::ranges::copy(header, all.begin()).out);
  return all;
}

void SnapshotSealer::seal(MutableBytes out, SnapshotKind kind, std::uint64_t epoch,
                          Bytes content) const noexcept {
  if (out.size() != content.size() + snapshot_overhead_bytes) std::abort();
  base::Writer writer(out);
  writer.put(bytes_of(magic));
  writer.put_uint(snapshot_version);
  writer.put_uint(std::to_underlying(kind));
  writer.put_uint(epoch);
  const Associated with = associated(out.first<snapshot_header_bytes>());
  std::array<std::uint8_t, 32> mac;
  crypto::HmacSha256Key(key_->expose()).mac(mac, {bytes_of(nonce_label), with, content});
  writer.put(Bytes(mac).first<12>());
  aead_.seal(out.subspan(text_at), out.subspan<nonce_at, 12>(), content, with);
}

Result<OpenedSnapshot> SnapshotSealer::open(Bytes snapshot, SnapshotKind kind) const noexcept {
  const auto header = inspect_snapshot(snapshot);
  if (!header) return std::unexpected(header.error());
  if (header->kind != kind) return std::unexpected(Error::corrupted);
  Held content;
  const std::size_t size = snapshot.size() - snapshot_overhead_bytes;
  if (const auto room = content.reserve(size); !room) return std::unexpected(room.error());
  const auto opened =
      aead_.open(content.resize(size), snapshot.subspan<nonce_at, 12>(), snapshot.subspan(text_at),
                 associated(snapshot.first<snapshot_header_bytes>()));
  if (!opened) return std::unexpected(Error::corrupted);  // [SES-9-1]
  return OpenedSnapshot{*header, std::move(content)};
}

}  // namespace session
}  // namespace sotto
