// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as they are made and destroyed.
#include "session/prekey_edit.hpp"

#include <algorithm>
#include <utility>

#include "ratchet/age.hpp"
#include "session/prekey_record.hpp"

namespace sotto::session {
namespace {

using Place = PrekeyIndex::Place;

/// Signed prekeys kept, whatever their age, and those that one rotation destroys by age [SES-8-2].
constexpr std::size_t most_signed = 40;
constexpr int most_destroyed = 2;

/// The one that the service was last seen to have: the newest that was acknowledged.
std::size_t last_acknowledged(const PrekeyIndex& index) noexcept {
  const auto* const found =
      std::ranges::find(index.signed_prekeys, true, &PrekeyIndex::Signed::acknowledged);
  return static_cast<std::size_t>(found - index.signed_prekeys.begin());
}

/// Part the group that `id` lies in, if there is one: the prekey of that id was used up, and
/// another is to have it, in a group of its own. Groups do not overlap. Errors: `corrupted`,
/// `out_of_memory`, and as `StagedRows::at`.
Result<void> part_around(PrekeyIndex& index, OneTimePrekeyId id, StagedRows& rows) noexcept {
  const PrekeyIndex::Group* const around = index.group_of(id);
  if (around == nullptr) return {};
  const auto place = static_cast<std::size_t>(around - index.groups.begin());
  PrekeyIndex::Group upper = *around;
  PrekeyIndex::Group lower = upper;
  lower.span = std::to_underlying(id) - around->first;
  lower.left = 0;
  for (std::uint32_t i = 0; i < lower.span; ++i) {
    const auto row = rows.at(one_time_row(OneTimePrekeyId{around->first + i}).bytes());
    if (!row) return std::unexpected(row.error());
    if ((*row)->there()) ++lower.left;
  }
  upper.first += lower.span + 1;
  upper.span -= lower.span + 1;
  if (lower.left > upper.left || upper.left - lower.left > upper.span)
    return std::unexpected(Error::corrupted);
  upper.left -= lower.left;
  if (const auto room = index.groups.reserve(1); !room) return room;
  index.groups.erase(place);
  if (upper.left > 0) index.groups.insert(place, PrekeyIndex::Group(upper));
  if (lower.left > 0) index.groups.insert(place, PrekeyIndex::Group(lower));
  return {};
}

}  // namespace

Result<PrekeyEdit> PrekeyEdit::begin(const PrekeyIndex& index, StagedRows& rows,
                                     const PrekeyPolicy& policy) noexcept {
  auto copy = index.copy();
  if (!copy) return std::unexpected(copy.error());
  return PrekeyEdit(*std::move(copy), rows, policy);
}

void PrekeyEdit::begin_ids_anew() noexcept {
  index_.next_one_time = not_drawn;
  index_.next_signed = not_drawn;
  changed_ = true;
}

/// The row of the next id that no prekey has [SES-8-1]; `next` moves behind it. A device that was
/// lost and set up anew must not give another key to an id that newcomers have a bundle with.
Result<StagedRow*> PrekeyEdit::free_row(std::uint32_t& next, bool one_time,
                                        Entropy& entropy) noexcept {
  if (next == not_drawn) {
    const auto drawn = draw_prekey_id(entropy);
    if (!drawn) return std::unexpected(drawn.error());
    next = *drawn;
  }
  for (std::uint32_t tried = 0; tried < most_prekey_id; ++tried) {
    const std::uint32_t id = next;
    next = prekey_id_after(next);
    const RowName name =
        one_time ? one_time_row(OneTimePrekeyId{id}) : signed_prekey_row(SignedPrekeyId{id});
    const auto row = rows_->at(name.bytes());
    if (!row || !(*row)->there()) return row;
  }
  return std::unexpected(Error::exhausted);
}

/// Every row that starts with `prefix`.
Result<void> PrekeyEdit::add_gone(const RowName& prefix) noexcept {
  for (RowName last = prefix;;) {
    const auto name = rows_->next(prefix.bytes(), last.bytes());
    if (!name) return std::unexpected(name.error());
    const std::optional<RowName>& found = *name;
    if (!found) return {};
    last = *found;
    const auto row = rows_->at(last.bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto added = gone_.push(*row); !added) return added;
  }
}

Result<void> PrekeyEdit::destroy_signed(std::size_t i) noexcept {
  const SignedPrekeyId id = index_.signed_prekeys[i].id;
  const auto row = rows_->at(signed_prekey_row(id).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto added = gone_.push(*row); !added) return added;
  if (const auto used = add_gone(used_prefix(id)); !used) return used;
  if (const auto counts = add_gone(count_prefix(id)); !counts) return counts;
  index_.signed_prekeys.erase(i);
  return {};
}

/// [SES-8-2]
Result<void> PrekeyEdit::destroy_old_signed(Instant now) noexcept {
  int destroyed = 0;
  for (std::size_t i = index_.signed_prekeys.size(); i > 1; --i) {
    // The service may hand this one out for as long as it acknowledges none.
    if (i - 1 == last_acknowledged(index_)) continue;
    const bool too_many = index_.signed_prekeys.size() > most_signed;
    const Instant replaced = index_.signed_prekeys[i - 1].replaced;
    const bool over = ratchet::over(replaced, now, policy_->overlap) && destroyed < most_destroyed;
    if (!too_many && !over) continue;
    if (const auto done = destroy_signed(i - 1); !done) return done;
    ++destroyed;
  }
  return {};
}

/// There is no prekey in `row`.
Result<void> PrekeyEdit::make_current(StagedRow& row, SignedPrekey&& prekey, Instant now) noexcept {
  if (const auto room = row.reserve(signed_record_bytes); !room) return room;
  if (const auto room = index_.signed_prekeys.reserve(1); !room) return room;
  if (!index_.signed_prekeys.empty()) index_.signed_prekeys[0].replaced = now;
  index_.signed_prekeys.insert(0, {.id = prekey.id, .made = now});
  signed_.emplace(std::move(prekey));
  signed_row_ = &row;
  changed_ = true;
  return destroy_old_signed(now);
}

Result<void> PrekeyEdit::rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                Instant now) noexcept {
  const auto row = free_row(index_.next_signed, false, entropy);
  if (!row) return std::unexpected(row.error());
  auto prekey = SignedPrekey::generate(SignedPrekeyId{number_at((*row)->name().subspan(1))},
                                       identity, entropy);
  if (!prekey) return std::unexpected(prekey.error());
  return make_current(**row, *std::move(prekey), now);
}

Result<void> PrekeyEdit::take_in(const SignedPrekey& prekey, Instant now) noexcept {
  const auto row = rows_->at(signed_prekey_row(prekey.id).bytes());
  if (!row) return std::unexpected(row.error());
  if ((*row)->there()) return std::unexpected(Error::already_exists);
  return make_current(**row, {prekey.id, prekey.keys.duplicate(), prekey.signature}, now);
}

/// The first `count` prekeys of a group go; it has as many.
Result<void> PrekeyEdit::destroy_oldest(std::size_t group, std::uint32_t count) noexcept {
  PrekeyIndex::Group& of = index_.groups[group];
  while (count > 0) {
    if (of.span == 0) return std::unexpected(Error::corrupted);
    const auto row = rows_->at(one_time_row(OneTimePrekeyId{of.first}).bytes());
    if (!row) return std::unexpected(row.error());
    ++of.first;
    --of.span;
    if ((*row)->there()) {
      if (const auto added = gone_.push(*row); !added) return added;
      changed_ = true;
      --count;
      --of.left;
    }
    if (of.left > of.span) return std::unexpected(Error::corrupted);
  }
  if (of.left == 0) index_.groups.erase(group);
  return {};
}

Result<void> PrekeyEdit::destroy_aged(Instant now) noexcept {
  std::uint32_t most = std::max(policy_->batch / 10, 1U);
  for (std::size_t i = 0; i < index_.groups.size() && most > 0;) {
    const PrekeyIndex::Group& group = index_.groups[i];
    const std::size_t groups = index_.groups.size();
    if (group.place == Place::out && ratchet::over(group.since, now, policy_->overlap)) {
      const std::uint32_t count = std::min(group.left, most);
      if (const auto done = destroy_oldest(i, count); !done) return done;
      most -= count;
    }
    if (index_.groups.size() == groups) ++i;
  }
  return {};
}

/// How many of `count` may be kept besides those here, when the oldest handed out are gone. What
/// the service may still hand out goes only for what takes its place there.
Result<std::uint32_t> PrekeyEdit::room_for(std::uint32_t count, Place place) noexcept {
  const std::uint32_t most = most_kept(*policy_);
  const std::uint32_t kept = index_.one_time();
  std::uint32_t over = kept + count > most ? kept + count - most : 0;
  for (const Place from : {Place::out, Place::uploaded}) {
    if (from == Place::uploaded && place != Place::offered) break;
    for (std::size_t i = 0; i < index_.groups.size() && over > 0;) {
      const std::size_t groups = index_.groups.size();
      if (index_.groups[i].place == from) {
        const std::uint32_t going = std::min(index_.groups[i].left, over);
        if (const auto done = destroy_oldest(i, going); !done) return std::unexpected(done.error());
        over -= going;
      }
      if (index_.groups.size() == groups) ++i;
    }
  }
  return count > over ? count - over : 0;
}

Result<std::uint32_t> PrekeyEdit::make_one_time(std::uint32_t count, Place place,
                                                std::uint32_t upload, Entropy& entropy) noexcept {
  const auto most = room_for(count, place);
  if (!most) return most;
  if (const auto room = made_.reserve(*most); !room) return std::unexpected(room.error());
  for (std::uint32_t i = 0; i < *most; ++i) {
    const auto row = free_row(index_.next_one_time, true, entropy);
    if (!row) return std::unexpected(row.error());
    if (const auto room = (*row)->reserve(one_time_record_bytes); !room)
      return std::unexpected(room.error());
    const OneTimePrekeyId id{number_at((*row)->name().subspan(1))};
    if (const auto alone = part_around(index_, id, *rows_); !alone)
      return std::unexpected(alone.error());
    if (const auto room = index_.groups.reserve(1); !room) return std::unexpected(room.error());
    auto prekey = OneTimePrekey::generate(id, entropy);
    if (!prekey) return std::unexpected(prekey.error());
    made_.append({*row, *std::move(prekey)});
    index_.add(id, place, upload, {});
    changed_ = true;
  }
  return most;
}

Result<void> PrekeyEdit::take_in(const OneTimePrekey& prekey) noexcept {
  const auto row = rows_->at(one_time_row(prekey.id).bytes());
  if (!row) return std::unexpected(row.error());
  if ((*row)->there()) return std::unexpected(Error::already_exists);
  const auto most = room_for(1, Place::fresh);
  if (!most) return std::unexpected(most.error());
  if (*most == 0) return std::unexpected(Error::exhausted);
  if (const auto room = (*row)->reserve(one_time_record_bytes); !room) return room;
  if (const auto alone = part_around(index_, prekey.id, *rows_); !alone) return alone;
  if (const auto room = index_.groups.reserve(1); !room) return room;
  index_.add(prekey.id, Place::fresh, 0, {});
  changed_ = true;
  return made_.push({*row, {prekey.id, prekey.keys.duplicate()}});
}

void PrekeyEdit::apply() noexcept {
  for (StagedRow* const row : gone_) row->erase();
  if (signed_) write(signed_row_->put(signed_record_bytes), *signed_);
  for (const OneTime& one : made_) write(one.row->put(one_time_record_bytes), one.prekey);
}

}  // namespace sotto::session
