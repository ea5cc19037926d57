// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <sotto/committed.hpp>

#include "session/outbox.hpp"
#include "session/rows.hpp"

namespace sotto {
namespace session {

void write_published(std::span<std::uint8_t, published_bytes> out,
                     const Bundle::OneTime& prekey) noexcept {
  const auto id = static_cast<std::uint32_t>(prekey.id);
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(id >> (24 - 8 * i));
  std::ranges::copy(prekey.key.bytes(), out.begin() + 4);
}

Bundle::OneTime read_published(std::span<const std::uint8_t, published_bytes> bytes) noexcept {
  return {OneTimePrekeyId{number_at(bytes)}, OneTimePrekeyPublic(bytes.last<32>())};
}

}  // namespace session

// [SES-9-2]: the one way to bytes that were sealed in a transaction.
Result<Bytes> Committed::part(std::uint64_t transaction, std::size_t offset,
                              std::size_t size) const noexcept {
  if (const auto right = check(transaction); !right) return std::unexpected(right.error());
  if (size == 0) return Bytes();
  if (bytes_ == nullptr) return std::unexpected(Error::consumed);
  return Bytes(bytes_.get(), size_).subspan(offset, size);
}

Result<MutableBytes> PendingBytes::release(const Committed& committed,
                                           MutableBytes out) const noexcept {
  const auto bytes = view(committed);
  if (!bytes) return std::unexpected(bytes.error());
  if (out.size() < bytes->size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(*bytes, out.begin());
  return out.first(bytes->size());
}

Result<Message> Unsent::release(const Committed& committed, MutableBytes out) const noexcept {
  const auto bytes = bytes_.release(committed, out);
  if (!bytes) return std::unexpected(bytes.error());
  return Message{kind_, *bytes};
}

std::size_t PendingUpload::size() const noexcept {
  return one_time_.size() / session::published_bytes;
}

Result<PrekeyUpload> PendingUpload::release(const Committed& committed,
                                            std::span<Bundle::OneTime> out) const noexcept {
  const auto bytes = one_time_.view(committed);
  if (!bytes) return std::unexpected(bytes.error());
  if (out.size() < size()) return std::unexpected(Error::buffer_too_small);
  for (std::size_t i = 0; i < size(); ++i)
    out[i] = session::read_published(
        bytes->subspan(i * session::published_bytes).first<session::published_bytes>());
  return PrekeyUpload{id_, signed_prekey_, out.first(size()), replaces_};
}

}  // namespace sotto
