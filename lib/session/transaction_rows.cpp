// SPDX-License-Identifier: MIT OR Apache-2.0
/// A transaction's prekeys, and the app's own rows.
#include <algorithm>
#include <utility>

#include <sotto/transaction.hpp>

#include "session/work.hpp"

namespace sotto {
namespace {

using session::StagedRow;

/// The longest value that a row of the app's has: it is sealed, and may have a byte in front.
constexpr std::size_t max_app_value_bytes =
    Store::max_value_bytes - session::Sealer::overhead_bytes;

Result<StagedRow*> row_of(session::Work& work, Bytes key) noexcept {
  if (key.empty() || key.size() > session::max_app_key_bytes)
    return std::unexpected(Error::malformed);
  return work.rows().at(session::app_row(key).bytes());
}

}  // namespace

Result<std::uint32_t> Transaction::replenish(Entropy& entropy) noexcept {
  return work_->prekeys().replenish(entropy);
}

Result<void> Transaction::rotate_signed_prekey(Entropy& entropy, Instant now) noexcept {
  return work_->prekeys().rotate(work_->home().identity(), entropy, now);
}

Result<void> Transaction::import_prekey(const OneTimePrekey& prekey) noexcept {
  return work_->prekeys().import(prekey);
}

Result<void> Transaction::import_prekey(const SignedPrekey& prekey, Instant now) noexcept {
  return work_->prekeys().import(prekey, now);
}

Result<PrekeyStatus> Transaction::prekey_status(Instant now) noexcept {
  return work_->prekeys().status(now);
}

Result<wire::DeviceBundle> Transaction::bundle(bool with_one_time) noexcept {
  const session::Home& home = work_->home();
  const auto keys = work_->prekeys().bundle(home.identity().public_key());
  if (!keys) return std::unexpected(keys.error());
  wire::DeviceBundle bundle{home.registration(), home.device(), *keys};
  if (!with_one_time) return bundle;
  Bundle::OneTime one{};
  const auto published = work_->prekeys().publish({&one, 1});
  if (!published) return std::unexpected(published.error());
  if (*published == 1) bundle.keys.one_time = one;
  return bundle;
}

Result<std::span<Bundle::OneTime>> Transaction::publish(std::span<Bundle::OneTime> out) noexcept {
  const auto published = work_->prekeys().publish(out);
  if (!published) return std::unexpected(published.error());
  return out.first(*published);
}

Result<void> Transaction::put(Bytes key, Bytes value) noexcept {
  if (value.size() > max_app_value_bytes) return std::unexpected(Error::malformed);
  const auto row = row_of(*work_, key);
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(value.size()); !room) return room;
  (*row)->put(value);
  return {};
}

Result<void> Transaction::put(Bytes key, const Unsent& message) noexcept {
  if (message.transaction_ != work_->serial()) return std::unexpected(Error::conflict);
  const Bytes bytes = message.message_.bytes;
  if (bytes.size() + 1 > max_app_value_bytes) return std::unexpected(Error::malformed);
  const auto row = row_of(*work_, key);
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(1 + bytes.size()); !room) return room;
  const MutableBytes value = (*row)->put(1 + bytes.size());
  value[0] = static_cast<std::uint8_t>(message.kind());
  std::ranges::copy(bytes, value.begin() + 1);
  return {};
}

Result<void> Transaction::erase(Bytes key) noexcept {
  const auto row = row_of(*work_, key);
  if (!row) return std::unexpected(row.error());
  (*row)->erase();
  return {};
}

Result<std::optional<MutableBytes>> Transaction::get(MutableBytes out, Bytes key) noexcept {
  const auto row = row_of(*work_, key);
  if (!row) return std::unexpected(row.error());
  const auto value = (*row)->value();
  if (!value) return std::nullopt;
  if (out.size() < value->size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(*value, out.begin());
  return out.first(value->size());
}

Result<std::optional<MutableBytes>> Transaction::next(MutableBytes out, Bytes prefix,
                                                      Bytes after) noexcept {
  if (prefix.size() > session::max_app_key_bytes || after.size() > session::max_app_key_bytes)
    return std::unexpected(Error::malformed);
  const auto next =
      work_->rows().next(session::app_row(prefix).bytes(), session::app_row(after).bytes());
  if (!next) return std::unexpected(next.error());
  const std::optional<session::RowName>& name = *next;
  if (!name) return std::nullopt;
  const Bytes key = name->bytes().subspan(1);
  if (out.size() < key.size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(key, out.begin());
  return out.first(key.size());
}

}  // namespace sotto
