// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/device_record.hpp"

#include <cstdlib>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "session/growing.hpp"
#include "session/rows.hpp"

namespace sotto::session {
namespace {

// Format 2 is laid out the same; in its store, rows of peers do not hold the peer's name.
constexpr std::uint8_t format = 3;
constexpr std::uint8_t old_format = 2;
// Format 1 had no row root, and was sealed under the storage key itself.
constexpr std::size_t old_record_bytes = device_record_bytes - 32;

/// Whether this is the row of a device of format 1.
Result<bool> is_old(Bytes sealed, const StorageKey& key) noexcept {
  if (sealed.size() != old_record_bytes + Sealer::overhead_bytes) return false;
  const auto sealer = Sealer::create(key.expose());
  if (!sealer) return std::unexpected(sealer.error());
  Passing<old_record_bytes> record;
  return sealer->open(record.bytes(), sealed, device_row().bytes()).has_value() &&
         record.bytes()[0] == 1;
}

Result<DeviceRecord> read(Bytes record) noexcept {
  base::Fields fields(record);
  const auto written = fields.uint<std::uint8_t>();
  if (written > format) return std::unexpected(Error::unsupported_version);
  if (written == old_format) return std::unexpected(Error::old_format);
  if (written != format) return std::unexpected(Error::corrupted);
  auto identity = IdentityKeyPair::from_secret(fields.secret<Secret<IdentityRole, 32>>());
  const auto identity_public = fields.public_value<IdentityPublic>();
  const DeviceId device{fields.uint<std::uint32_t>()};
  const RegistrationId registration{fields.uint<std::uint32_t>()};
  auto root = fields.secret<RowRoot>();
  if (!fields.finished() || !identity || identity->public_key() != identity_public)
    return std::unexpected(Error::corrupted);
  return DeviceRecord{*std::move(identity), device, registration, std::move(root)};
}

}  // namespace

void DeviceRecord::write(MutableBytes out) const noexcept {
  base::Writer writer(out);
  writer.put_uint(format);
  writer.put(identity.secret_key().expose());
  writer.put(identity.public_key().bytes());
  writer.put_uint(std::to_underlying(device));
  writer.put_uint(std::to_underlying(registration));
  writer.put(root.expose());
  if (const auto written = writer.finish(); !written || written->size() != out.size()) std::abort();
}

Result<DeviceRecord> DeviceRecord::open(Bytes sealed, const StorageKey& key,
                                        const Sealer& sealer) noexcept {
  const auto old = is_old(sealed, key);
  if (!old) return std::unexpected(old.error());
  if (*old) return std::unexpected(Error::old_format);
  if (sealed.size() != device_record_bytes + Sealer::overhead_bytes)
    return std::unexpected(Error::corrupted);
  Passing<device_record_bytes> record;
  if (const auto opened = sealer.open(record.bytes(), sealed, device_row().bytes()); !opened)
    return std::unexpected(opened.error());
  return read(record.bytes());
}

}  // namespace sotto::session
