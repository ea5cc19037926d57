// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/draft.hpp"

#include <algorithm>
#include <cstring>

#include "session/rows.hpp"

namespace sotto::session {
namespace {

// What is kept from one commit to the next: more than an ordinary one needs.
constexpr std::size_t kept_bytes = std::size_t{64} << 10;

}  // namespace

Result<void> Draft::add(Change::Kind kind, Bytes name, Revision expected,
                        std::size_t value_bytes) noexcept {
  if (const auto room = parts_.reserve(1); !room) return room;
  const std::size_t size = used_ + name.size() + value_bytes;
  if (size > bytes_.room())
    if (const auto room = bytes_.reserve(std::max({size, 2 * bytes_.room(), std::size_t{2048}}));
        !room)
      return room;
  std::memcpy(bytes_.resize(size).data() + used_, name.data(), name.size());
  used_ = size;
  parts_.append({kind, expected, name.size(), value_bytes});
  writes_ = writes_ || kind != Change::Kind::check;
  return {};
}

Result<Bytes> Draft::seal(const Sealer& sealer, Bytes name, Revision expected,
                          Bytes value) noexcept {
  const std::size_t sealed_bytes = value.size() + Sealer::overhead_bytes;
  if (sealed_bytes > Store::max_value_bytes) return std::unexpected(Error::store_failed);
  if (const auto added = add(Change::Kind::put, name, expected, sealed_bytes); !added)
    return std::unexpected(added.error());
  const MutableBytes sealed = bytes_.resize(used_).last(sealed_bytes);
  sealer.seal(sealed, value, name, static_cast<std::uint64_t>(expected));
  return sealed;
}

Result<RowSum> Draft::put(const Sealer& sealer, const RowKeys& keys, Bytes name, Revision expected,
                          Bytes value, const RowSum& old) noexcept {
  const auto sealed = seal(sealer, name, expected, value);
  if (!sealed) return std::unexpected(sealed.error());
  const RowSum sum = keys.sum(name, *sealed);
  difference_ += sum;
  difference_ -= old;
  return sum;
}

Result<RowTag> Draft::put_bound(const RowKeys& keys, Bytes name, Revision expected,
                                Bytes value) noexcept {
  const auto sealed = seal(keys.sealer(), name, expected, value);
  if (!sealed) return std::unexpected(sealed.error());
  RowTag tag;
  std::ranges::copy(sealed->last<Sealer::tag_bytes>(), tag.begin());
  return tag;
}

Result<void> Draft::erase(Bytes name, Revision expected, const RowSum& old) noexcept {
  if (const auto added = add(Change::Kind::erase, name, expected, 0); !added) return added;
  difference_ -= old;
  return {};
}

Result<void> Draft::check(Bytes name, Revision expected) noexcept {
  return add(Change::Kind::check, name, expected, 0);
}

Result<Revision> Draft::commit(Store& store, Revision expected, Bytes head) noexcept {
  changes_.clear();
  if (const auto room = changes_.reserve(parts_.size() + 1); !room)
    return std::unexpected(room.error());
  Bytes rest = bytes_.bytes();
  const auto take = [&](std::size_t n) {
    const Bytes taken = rest.first(n);
    rest = rest.subspan(n);
    return taken;
  };
  for (const Part& part : parts_) {
    const Bytes name = take(part.name_bytes);
    const Bytes value = take(part.value_bytes);
    changes_.append({part.kind, name, part.expected, value});
  }
  const RowName name = head_row();
  changes_.append({Change::Kind::put, name.bytes(), expected, head});
  const auto revision = store.commit(changes());
  // What the head row views is not kept.
  changes_.erase(changes_.size() - 1);
  return revision;
}

void Draft::clear() noexcept {
  parts_.clear();
  changes_.clear();
  static_cast<void>(bytes_.resize(0));
  if (bytes_.room() > kept_bytes) bytes_ = Held();
  used_ = 0;
  writes_ = false;
  difference_ = RowSum();
}

}  // namespace sotto::session
