// SPDX-License-Identifier: MIT OR Apache-2.0
/// A transaction's prekeys, and the app's own rows.
#include <algorithm>
#include <utility>

#include <sotto/transaction.hpp>

#include "session/inside.hpp"

namespace sotto {
namespace {

using session::Inside;
using session::StagedRow;

/// The longest value that a row of the app's has: it is sealed, and may have a byte in front.
constexpr std::size_t max_app_value_bytes =
    Store::max_value_bytes - session::Sealer::overhead_bytes;

Result<StagedRow*> row_of(session::Work& work, char letter, Bytes key) noexcept {
  if (key.empty() || key.size() > session::max_app_key_bytes)
    return std::unexpected(Error::invalid_argument);
  return work.rows().at(session::RowName(letter).add(key).bytes());
}

/// The current signed prekey with who we are.
Result<wire::DeviceBundle> bundle_of(session::Work& work, bool with_one_time) noexcept {
  const session::Home& home = work.home();
  const auto keys = work.prekeys().bundle(home.identity().public_key(), with_one_time);
  if (!keys) return std::unexpected(keys.error());
  return wire::DeviceBundle{home.registration(), home.device(), *keys};
}

}  // namespace

Result<std::uint32_t> Transaction::replenish(Entropy& entropy) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->prekeys().replenish(entropy);
}

Result<void> Transaction::rotate_signed_prekey(Entropy& entropy, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->prekeys().rotate((*work)->home().identity(), entropy, now);
}

Result<void> Transaction::import_prekey(const OneTimePrekey& prekey) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->prekeys().import(prekey);
}

Result<void> Transaction::import_prekey(const SignedPrekey& prekey, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->prekeys().import(prekey, (*work)->home().identity().public_key(), now);
}

Result<PrekeyStatus> Transaction::prekey_status(Instant now, const ServiceStock& stock) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  auto status = (*work)->prekeys().status(stock, now);
  if (const auto still = (*work)->look(); !still) return std::unexpected(still.error());
  return status;
}

Result<PendingUpload> Transaction::prekeys_to_upload(const ServiceStock& stock, Entropy& entropy,
                                                     Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  session::PrekeyRows& prekeys = (*work)->prekeys();
  const auto most = prekeys.most_to_upload();
  if (!most) return std::unexpected(most.error());
  constexpr std::size_t each = session::published_bytes;
  const auto room = (*work)->outbox().room(each * *most);
  if (!room) return std::unexpected(room.error());
  const auto upload = prekeys.to_upload((*work)->home().identity(), stock, entropy, now);
  if (!upload) return std::unexpected(upload.error());
  for (std::size_t i = 0; i < upload->count; ++i)
    session::write_published(room->subspan(each * i).first<each>(), upload->one_time[i]);
  const std::size_t size = each * upload->count;
  return PendingUpload((*work)->pending((*work)->outbox().keep(size), size), upload->id,
                       upload->signed_prekey, upload->due, upload->replaces);
}

Result<void> Transaction::prekeys_uploaded(UploadId upload, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->prekeys().uploaded(upload, (*work)->home().identity().public_key(), now);
}

Result<Pending<wire::DeviceBundle>> Transaction::last_resort_bundle() noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto bundle = bundle_of(**work, false);
  if (!bundle) return std::unexpected(bundle.error());
  return Pending(*bundle, (*work)->serial());
}

Result<Pending<wire::DeviceBundle>> Transaction::bundle() noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto bundle = bundle_of(**work, true);
  if (!bundle) return std::unexpected(bundle.error());
  return Pending(*bundle, (*work)->serial());
}

Result<void> Transaction::put(Space space, Bytes key, Bytes value) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  if (value.size() > max_app_value_bytes) return std::unexpected(Error::invalid_argument);
  const auto row = row_of(**work, static_cast<char>(space), key);
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(value.size()); !room) return room;
  (*row)->put(value);
  return {};
}

Result<void> Transaction::put(Space space, Bytes key, const Unsent& message) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  if (message.bytes_.transaction_ != (*work)->serial())
    return std::unexpected(Error::invalid_argument);
  const Bytes bytes = (*work)->outbox().part(message.bytes_.offset_, message.size());
  if (bytes.size() + 1 > max_app_value_bytes) return std::unexpected(Error::invalid_argument);
  const auto row = row_of(**work, static_cast<char>(space), key);
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(1 + bytes.size()); !room) return room;
  const MutableBytes value = (*row)->put(1 + bytes.size());
  value[0] = static_cast<std::uint8_t>(message.kind());
  std::ranges::copy(bytes, value.begin() + 1);
  return {};
}

Result<void> Transaction::erase(Space space, Bytes key) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto row = row_of(**work, static_cast<char>(space), key);
  if (!row) return std::unexpected(row.error());
  (*row)->erase();
  return {};
}

Result<std::optional<std::size_t>> Transaction::size(Bytes key) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto row = row_of(**work, static_cast<char>(Space::app), key);
  if (!row) return std::unexpected(row.error());
  const auto value = (*row)->value();
  return value ? std::optional(value->size()) : std::nullopt;
}

Result<std::optional<MutableBytes>> Transaction::get(Space space, MutableBytes out,
                                                     Bytes key) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto row = row_of(**work, static_cast<char>(space), key);
  if (!row) return std::unexpected(row.error());
  const auto value = (*row)->value();
  if (!value) return std::nullopt;
  if (out.size() < value->size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(*value, out.begin());
  return out.first(value->size());
}

Result<std::optional<MutableBytes>> Transaction::next(Space space, MutableBytes out, Bytes prefix,
                                                      Bytes after) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  if (prefix.size() > session::max_app_key_bytes || after.size() > session::max_app_key_bytes)
    return std::unexpected(Error::invalid_argument);
  const session::RowName all(static_cast<char>(space));
  const auto next = (*work)->rows().next(session::RowName(all).add(prefix).bytes(),
                                         session::RowName(all).add(after).bytes());
  if (!next) return std::unexpected(next.error());
  const std::optional<session::RowName>& name = *next;
  if (!name) return std::nullopt;
  const Bytes key = name->bytes().subspan(1);
  if (out.size() < key.size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(key, out.begin());
  return out.first(key.size());
}

// The app's.

Result<void> Transaction::put(Bytes key, Bytes value) noexcept {
  return put(Space::app, key, value);
}
Result<void> Transaction::put(Bytes key, const Unsent& message) noexcept {
  return put(Space::app, key, message);
}
Result<void> Transaction::erase(Bytes key) noexcept {
  return erase(Space::app, key);
}
Result<std::optional<MutableBytes>> Transaction::get(MutableBytes out, Bytes key) noexcept {
  return get(Space::app, out, key);
}
Result<std::optional<MutableBytes>> Transaction::next(MutableBytes out, Bytes prefix,
                                                      Bytes after) noexcept {
  return next(Space::app, out, prefix, after);
}

}  // namespace sotto
