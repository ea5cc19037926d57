// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/unsure.hpp"

#include <algorithm>
#include <utility>

namespace sotto::session {
namespace {

constexpr std::size_t kept_bytes = std::size_t{16} << 10;

}  // namespace

Result<void> UnsureMessages::reserve(std::size_t message_bytes,
                                     std::size_t plaintext_bytes) noexcept {
  if (const auto room = entries_.reserve(1); !room) return room;
  return room_.reserve(message_bytes + plaintext_bytes);
}

void UnsureMessages::keep(DeviceId device, MessageKind kind, Bytes message,
                          const Opened& opened) noexcept {
  if (entries_.size() >= most) entries_.erase(0);
  Held bytes = std::move(room_);
  const MutableBytes out = bytes.resize(message.size() + opened.plaintext.size());
  std::ranges::copy(message, out.begin());
  std::ranges::copy(opened.plaintext, out.subspan(message.size()).begin());
  Opened without = opened;
  without.plaintext = {};
  entries_.append({device, kind, message.size(), without, std::move(bytes)});
  unsettled_ = true;
}

void UnsureMessages::settle(bool happened) noexcept {
  if (std::exchange(unsettled_, false) && !happened && !entries_.empty())
    entries_.erase(entries_.size() - 1);
}

void UnsureMessages::trim() noexcept {
  if (room_.room() > kept_bytes) room_ = Held();
}

std::optional<std::size_t> UnsureMessages::find(const Key& key) const noexcept {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.device == key.device && entry.opened.identity == key.identity &&
        entry.kind == key.kind &&
        std::ranges::equal(entry.bytes.bytes().first(entry.message_bytes), key.message))
      return i;
  }
  return std::nullopt;
}

Result<std::optional<Opened>> UnsureMessages::take(MutableBytes out, const Key& key) noexcept {
  const auto place = find(key);
  if (!place) return std::optional<Opened>();
  const Entry& entry = entries_[*place];
  const Bytes plaintext = entry.bytes.bytes().subspan(entry.message_bytes);
  if (out.size() < plaintext.size()) return std::unexpected(Error::buffer_too_small);
  Opened opened = entry.opened;
  opened.plaintext = out.first(plaintext.size());
  std::ranges::copy(plaintext, opened.plaintext.begin());
  entries_.erase(*place);
  return opened;
}

void UnsureMessages::forget(const Key& key) noexcept {
  if (const auto place = find(key)) entries_.erase(*place);
}

void UnsureMessages::forget_all(DeviceId device, const IdentityPublic& identity) noexcept {
  for (std::size_t i = entries_.size(); i > 0; --i)
    if (entries_[i - 1].device == device && entries_[i - 1].opened.identity == identity)
      entries_.erase(i - 1);
}

}  // namespace sotto::session
