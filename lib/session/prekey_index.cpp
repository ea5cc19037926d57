// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_index.hpp"

#include <algorithm>

#include "base/reader.hpp"

namespace sotto::session {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t head_bytes = 1 + 8 + 4 * 5;
constexpr std::size_t signed_bytes = 4 + 8 + 8 + 4;

class Filler {
 public:
  explicit Filler(MutableBytes out) noexcept : rest_(out) {}
  template <class T>
  void put(T value) noexcept {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      rest_[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
    rest_ = rest_.subspan(sizeof(T));
  }
  void put(Instant moment) noexcept {
    put(static_cast<std::uint64_t>(moment.time_since_epoch().count()));
  }

 private:
  MutableBytes rest_;
};

// The record's size was checked before anything is taken.
template <class T>
T take(base::Reader& reader) noexcept {
  return *reader.take_uint<T>();
}
Instant take_instant(base::Reader& reader) noexcept {
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(take<std::uint64_t>(reader))));
}

}  // namespace

PrekeyIndex::Signed* PrekeyIndex::find(SignedPrekeyId id) noexcept {
  Signed* const found = std::ranges::find(signed_prekeys, id, &Signed::id);
  return found == signed_prekeys.end() ? nullptr : found;
}

std::size_t PrekeyIndex::size_bytes() const noexcept {
  return head_bytes + signed_bytes * signed_prekeys.size();
}

void PrekeyIndex::write(MutableBytes out) const noexcept {
  Filler filler(out);
  filler.put(format);
  filler.put(epoch);
  filler.put(next_one_time);
  filler.put(next_signed);
  filler.put(one_time);
  filler.put(unpublished);
  filler.put(static_cast<std::uint32_t>(signed_prekeys.size()));
  for (const Signed& entry : signed_prekeys) {
    filler.put(static_cast<std::uint32_t>(entry.id));
    filler.put(entry.made);
    filler.put(entry.replaced);
    filler.put(entry.used);
  }
}

Result<PrekeyIndex> PrekeyIndex::read(Bytes record) noexcept {
  if (record.empty()) return std::unexpected(Error::corrupted);
  if (record[0] > format) return std::unexpected(Error::unsupported_version);
  if (record.size() < head_bytes || record[0] != format) return std::unexpected(Error::corrupted);
  base::Reader reader(record.subspan(1));
  PrekeyIndex index;
  index.epoch = take<std::uint64_t>(reader);
  index.next_one_time = take<std::uint32_t>(reader);
  index.next_signed = take<std::uint32_t>(reader);
  index.one_time = take<std::uint32_t>(reader);
  index.unpublished = take<std::uint32_t>(reader);
  const std::size_t count = take<std::uint32_t>(reader);
  if (count != reader.remaining() / signed_bytes || reader.remaining() % signed_bytes != 0 ||
      index.unpublished > index.one_time || index.next_one_time == 0 || index.next_signed == 0 ||
      index.next_one_time > most_prekey_id || index.next_signed > most_prekey_id)
    return std::unexpected(Error::corrupted);
  if (const auto room = index.signed_prekeys.reserve(count); !room)
    return std::unexpected(room.error());
  for (std::size_t i = 0; i < count; ++i) {
    const SignedPrekeyId id{take<std::uint32_t>(reader)};
    if (index.find(id) != nullptr) return std::unexpected(Error::corrupted);
    const Instant made = take_instant(reader);
    const Instant replaced = take_instant(reader);
    index.signed_prekeys.append({id, made, replaced, take<std::uint32_t>(reader)});
  }
  return index;
}

}  // namespace sotto::session
