// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_index.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fields.hpp"
#include "session/prekey_record.hpp"
#include "session/rows.hpp"

namespace sotto::session {
namespace {

using Group = PrekeyIndex::Group;
using Place = PrekeyIndex::Place;
using Signed = PrekeyIndex::Signed;

constexpr std::size_t head_bytes = 1 + 8 + 4 * 4 + 1 + 4 * 2;  // with the two counts
constexpr std::size_t group_bytes = 4 * 3 + 1 + 4 + 8;
constexpr std::size_t signed_bytes = 4 + 8 + 8 + 4 * 3 + 1;

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

bool is_dated(Place place) noexcept {
  return place == Place::uploaded || place == Place::out;
}

/// Whether a group is as one is written by an index with that last upload.
bool is_right(const Group& group, std::uint32_t last_upload) noexcept {
  const bool numbered = group.upload != 0 && group.upload == last_upload;
  return group.place <= Place::out && group.left > 0 && group.left <= group.span &&
         group.span <= most_group_span && group.span - 1 <= UINT32_MAX - group.first &&
         (group.place == Place::offered ? numbered : group.upload == 0) &&
         (is_dated(group.place) || group.since == Instant{});
}

Instant moved_back(Instant from, std::chrono::milliseconds by) noexcept {
  return from < Instant::min() + by ? Instant::min() : from - by;
}

bool overlap(const Group& a, const Group& b) noexcept {
  return a.holds(b.first) || b.holds(a.first);
}

Group read_group(base::Fields& fields) noexcept {
  Group group{};
  group.first = fields.uint<std::uint32_t>();
  group.span = fields.uint<std::uint32_t>();
  group.left = fields.uint<std::uint32_t>();
  group.place = static_cast<Place>(fields.uint<std::uint8_t>());
  group.upload = fields.uint<std::uint32_t>();
  group.since = Instant(fields.milliseconds());
  return group;
}

/// Errors: `corrupted`, `out_of_memory`.
Result<void> read_groups(base::Fields& fields, PrekeyIndex& index) noexcept {
  const std::size_t count = fields.uint<std::uint32_t>();
  if (count > fields.remaining() / group_bytes) return std::unexpected(Error::corrupted);
  if (const auto room = index.groups.reserve(count); !room) return room;
  for (std::size_t i = 0; i < count; ++i) {
    const Group group = read_group(fields);
    if (!is_right(group, index.last_upload)) return std::unexpected(Error::corrupted);
    for (const Group& other : index.groups)
      if (overlap(group, other)) return std::unexpected(Error::corrupted);
    index.groups.append(Group(group));
  }
  return {};
}

/// Errors: `corrupted`, `out_of_memory`.
Result<void> read_signed(base::Fields& fields, PrekeyIndex& index) noexcept {
  const std::size_t count = fields.uint<std::uint32_t>();
  if (count > fields.remaining() / signed_bytes) return std::unexpected(Error::corrupted);
  if (const auto room = index.signed_prekeys.reserve(count); !room) return room;
  for (std::size_t i = 0; i < count; ++i) {
    Signed entry{SignedPrekeyId{fields.uint<std::uint32_t>()}};
    entry.made = Instant(fields.milliseconds());
    entry.replaced = Instant(fields.milliseconds());
    entry.used = fields.uint<std::uint32_t>();
    entry.names = fields.uint<std::uint32_t>();
    entry.upload = fields.uint<std::uint32_t>();
    const auto acknowledged = fields.uint<std::uint8_t>();
    entry.acknowledged = acknowledged == 1;
    if (index.find(entry.id) != nullptr || acknowledged > 1 ||
        (entry.upload != 0 && index.last_upload == 0) || entry.names > entry.used ||
        (entry.names == 0) != (entry.used == 0))
      return std::unexpected(Error::corrupted);
    index.signed_prekeys.append(Signed(entry));
  }
  return {};
}

}  // namespace

Result<std::uint32_t> draw_prekey_id(Entropy& entropy) noexcept {
  std::array<std::uint8_t, 4> drawn{};
  if (const auto filled = entropy.draw(drawn); !filled) return std::unexpected(filled.error());
  return 1 + number_at(drawn) % most_prekey_id;
}

PrekeyIndex::Signed* PrekeyIndex::find(SignedPrekeyId id) noexcept {
  Signed* const found = std::ranges::find(signed_prekeys, id, &Signed::id);
  return found == signed_prekeys.end() ? nullptr : found;
}

const PrekeyIndex::Signed* PrekeyIndex::find(SignedPrekeyId id) const noexcept {
  const Signed* const found = std::ranges::find(signed_prekeys, id, &Signed::id);
  return found == signed_prekeys.end() ? nullptr : found;
}

PrekeyIndex::Group* PrekeyIndex::group_of(OneTimePrekeyId id) noexcept {
  const auto number = std::to_underlying(id);
  Group* const found =
      std::ranges::find_if(groups, [number](const Group& group) { return group.holds(number); });
  return found == groups.end() ? nullptr : found;
}

std::uint32_t PrekeyIndex::one_time() const noexcept {
  std::uint32_t count = 0;
  for (const Group& group : groups) count += group.left;
  return count;
}

std::uint32_t PrekeyIndex::one_time(Place place) const noexcept {
  std::uint32_t count = 0;
  for (const Group& group : groups) count += group.place == place ? group.left : 0;
  return count;
}

void PrekeyIndex::add(OneTimePrekeyId id, Place place, std::uint32_t upload,
                      Instant since) noexcept {
  const auto number = std::to_underlying(id);
  if (!groups.empty()) {
    Group& last = *(groups.end() - 1);
    if (last.place == place && last.upload == upload && last.since == since &&
        last.span < most_group_span && number > last.first && number - last.first == last.span) {
      ++last.span;
      ++last.left;
      return;
    }
  }
  groups.append({number, 1, 1, place, upload, since});
}

void PrekeyIndex::remove_one(Group& group) noexcept {
  if (--group.left == 0) groups.erase(static_cast<std::size_t>(&group - groups.begin()));
}

bool PrekeyIndex::date_the_undated(Instant now) noexcept {
  bool changed = false;
  for (Group& group : groups) {
    if (group.since != not_yet) continue;
    group.since = now;
    changed = true;
  }
  return changed;
}

bool PrekeyIndex::settle_times(Instant now, const PrekeyPolicy& policy) noexcept {
  bool changed = date_the_undated(now);
  // Of what is not destroyed by its age a time long past does no harm.
  constexpr auto never = std::chrono::milliseconds::max();
  const auto for_each_doubtful = [&](auto&& act) {
    const auto look = [&](Instant& since, std::chrono::milliseconds age) {
      if (ratchet::is_doubtful(since, now, age)) act(since);
    };
    for (Signed& entry : signed_prekeys)
      if (&entry == signed_prekeys.begin())
        look(entry.made, never);
      else
        look(entry.replaced, policy.overlap);
    for (Group& group : groups)
      if (is_dated(group.place))
        look(group.since, group.place == Place::out ? policy.overlap : never);
  };
  bool found = false;
  for_each_doubtful([&](Instant&) { found = true; });
  const ratchet::ClockDoubt before = doubt;
  if (doubt.believes_clock(found, now)) {
    // A signed prekey whose age nobody knows is replaced.
    const Instant old = moved_back(now, policy.rotate_after);
    for_each_doubtful([&](Instant& since) {
      since = !signed_prekeys.empty() && &since == &signed_prekeys[0].made ? old : now;
    });
    changed = true;
  }
  return changed || doubt.stored() != before.stored();
}

bool PrekeyIndex::withdraw(Instant now) noexcept {
  bool changed = false;
  for (Group& group : groups) {
    if (group.place != Place::uploaded) continue;
    group.place = Place::out;
    group.since = now;
    changed = true;
  }
  return changed;
}

Result<PrekeyIndex> PrekeyIndex::copy() const noexcept {
  PrekeyIndex other;
  other.epoch = epoch;
  other.next_one_time = next_one_time;
  other.next_signed = next_signed;
  other.last_upload = last_upload;
  other.replacing = replacing;
  other.doubt = doubt;
  if (const auto room = other.groups.reserve(groups.size()); !room)
    return std::unexpected(room.error());
  if (const auto room = other.signed_prekeys.reserve(signed_prekeys.size()); !room)
    return std::unexpected(room.error());
  for (const Group& group : groups) other.groups.append(Group(group));
  for (const Signed& entry : signed_prekeys) other.signed_prekeys.append(Signed(entry));
  return other;
}

std::size_t PrekeyIndex::size_bytes() const noexcept {
  return head_bytes + group_bytes * groups.size() + signed_bytes * signed_prekeys.size();
}

void PrekeyIndex::write(MutableBytes out) const noexcept {
  Filler filler(out);
  filler.put(prekey_format);
  filler.put(epoch);
  filler.put(next_one_time);
  filler.put(next_signed);
  filler.put(last_upload);
  filler.put(replacing);
  filler.put(doubt.stored());
  filler.put(static_cast<std::uint32_t>(groups.size()));
  for (const Group& group : groups) {
    filler.put(group.first);
    filler.put(group.span);
    filler.put(group.left);
    filler.put(std::to_underlying(group.place));
    filler.put(group.upload);
    filler.put(group.since);
  }
  filler.put(static_cast<std::uint32_t>(signed_prekeys.size()));
  for (const Signed& entry : signed_prekeys) {
    filler.put(std::to_underlying(entry.id));
    filler.put(entry.made);
    filler.put(entry.replaced);
    filler.put(entry.used);
    filler.put(entry.names);
    filler.put(entry.upload);
    filler.put(static_cast<std::uint8_t>(entry.acknowledged ? 1 : 0));
  }
}

Result<PrekeyIndex> PrekeyIndex::read(Bytes record) noexcept {
  if (const auto right = check_prekey_format(record); !right) return std::unexpected(right.error());
  base::Fields fields(record.subspan(1));
  PrekeyIndex index;
  index.epoch = fields.uint<std::uint64_t>();
  index.next_one_time = fields.uint<std::uint32_t>();
  index.next_signed = fields.uint<std::uint32_t>();
  index.last_upload = fields.uint<std::uint32_t>();
  index.replacing = fields.uint<std::uint32_t>();
  index.doubt = ratchet::ClockDoubt(fields.uint<std::uint8_t>());
  if (index.next_one_time > most_prekey_id || index.next_signed > most_prekey_id ||
      (index.replacing != 0 && index.replacing != index.last_upload))
    return std::unexpected(Error::corrupted);
  if (const auto read = read_groups(fields, index); !read) return std::unexpected(read.error());
  if (const auto read = read_signed(fields, index); !read) return std::unexpected(read.error());
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return index;
}

}  // namespace sotto::session
