// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as first messages use them, and as they are given out.
#include "session/prekey_rows.hpp"

#include <algorithm>
#include <utility>

#include "ratchet/age.hpp"
#include "session/prekey_record.hpp"

// `index_` is there once `index()` was called, which every function here begins with; and a row
// that is `there()` has a value. The check sees neither.
// NOLINTBEGIN(bugprone-unchecked-optional-access)

namespace sotto::session {

PrekeyRows::PrekeyRows(StagedRows& rows, const PrekeyPolicy& policy) noexcept
    : rows_(&rows), policy_(policy) {
  policy_.batch = std::min(policy.batch, most_batch);
  policy_.rotate_after = std::max(policy.rotate_after, std::chrono::milliseconds(0));
  policy_.overlap = std::max(policy.overlap, std::chrono::milliseconds(0));
}

Result<PrekeyIndex*> PrekeyRows::index() noexcept {
  if (index_) return &*index_;
  const auto row = rows_->at(prekey_index_row().bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto value = (*row)->value()) {
    auto read = PrekeyIndex::read(*value);
    if (!read) return std::unexpected(read.error());
    index_.emplace(*std::move(read));
  } else {
    index_.emplace();
  }
  index_row_ = *row;
  return &*index_;
}

void PrekeyRows::touch() noexcept {
  ++index_->epoch;
  index_changed_ = true;
}

void PrekeyRows::replace(PrekeyIndex&& index) noexcept {
  index_.emplace(std::move(index));
  index_changed_ = true;
}

Result<void> PrekeyRows::stage() noexcept {
  if (!index_changed_) return {};
  const std::size_t size = index_->size_bytes();
  if (const auto room = index_row_->reserve(size); !room) return room;
  index_->write(index_row_->put(size));
  return {};
}

Result<SignedPrekey> PrekeyRows::signed_prekey(SignedPrekeyId id) noexcept {
  const auto row = rows_->at(signed_prekey_row(id).bytes());
  if (!row) return std::unexpected(row.error());
  if (!(*row)->there()) return std::unexpected(Error::unknown_prekey);
  return read_signed(*(*row)->value(), id);
}

Result<OneTimePrekey> PrekeyRows::one_time(OneTimePrekeyId id) noexcept {
  // Loaded here, so that `consume` cannot fail.
  if (const auto known = index(); !known) return std::unexpected(known.error());
  const auto row = rows_->at(one_time_row(id).bytes());
  if (!row) return std::unexpected(row.error());
  if (!(*row)->there()) return std::unexpected(Error::unknown_prekey);
  return read_one_time(*(*row)->value(), id);
}

Result<bool> PrekeyRows::used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const auto row = rows_->at(used_row(id, base_key).bytes());
  if (!row) return std::unexpected(row.error());
  if ((*row)->there()) return true;
  if (const auto room = (*row)->reserve(used_record.size()); !room)
    return std::unexpected(room.error());
  const PrekeyIndex::Signed* const entry = (*known)->find(id);
  if (entry != nullptr && entry->used >= policy_.max_last_resort)
    return std::unexpected(Error::exhausted);
  return false;
}

void PrekeyRows::consume(const Consumed& consumed) noexcept {
  if (consumed.one_time) {
    // It was read, so this finds it without the store; and being read at a revision, it is erased
    // by one transaction alone [SES-8-4].
    StagedRow& row = **rows_->at(one_time_row(*consumed.one_time).bytes());
    if (!is_published(*row.value()) && index_->unpublished > 0) --index_->unpublished;
    if (index_->one_time > 0) --index_->one_time;
    row.erase();
  } else {
    StagedRow& row = **rows_->at(used_row(consumed.signed_prekey, consumed.base_key).bytes());
    row.put(used_record);
    if (PrekeyIndex::Signed* const entry = index_->find(consumed.signed_prekey)) ++entry->used;
  }
  touch();
}

Result<PrekeyStatus> PrekeyRows::status(Instant now) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const PrekeyIndex::Signed* const current = (*known)->current();
  return PrekeyStatus{
      .one_time_left = (*known)->one_time,
      .one_time_unpublished = (*known)->unpublished,
      .replenish_due = (*known)->one_time < policy_.low_water,
      .rotate_due = current == nullptr || ratchet::aged(current->made, now, policy_.rotate_after),
      .signed_prekeys = static_cast<std::uint32_t>((*known)->signed_prekeys.size()),
      .last_resort_used = current == nullptr ? 0 : current->used,
  };
}

Result<Bundle> PrekeyRows::bundle(const IdentityPublic& identity) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const PrekeyIndex::Signed* const current = (*known)->current();
  if (current == nullptr) return std::unexpected(Error::not_set_up);
  const auto row = rows_->at(signed_prekey_row(current->id).bytes());
  if (!row) return std::unexpected(row.error());
  if (!(*row)->there()) return std::unexpected(Error::corrupted);
  return read_public(*(*row)->value(), current->id, identity);
}

// One walk around the circle of ids, in two halves.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
Result<Growing<Bundle::OneTime>> PrekeyRows::publish(std::size_t most) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  Growing<Bundle::OneTime> out;
  Growing<StagedRow*> found;
  // Ids rise and start again: the oldest is the first from the next one on, around the circle.
  const RowName prefix('O');
  const RowName pivot = one_time_row(OneTimePrekeyId{(*known)->next_one_time - 1});
  for (const bool second_half : {false, true}) {
    RowName last = second_half ? prefix : pivot;
    while (found.size() < std::min<std::size_t>(most, (*known)->unpublished)) {
      const auto name = rows_->next(prefix.bytes(), last.bytes());
      if (!name) return std::unexpected(name.error());
      if (!*name || (second_half && before(pivot.bytes(), (*name)->bytes()))) break;
      last = **name;
      const auto row = rows_->at(last.bytes());
      if (!row) return std::unexpected(row.error());
      if (!(*row)->there() || is_published(*(*row)->value())) continue;
      const OneTimePrekeyId id{number_at(last.bytes().subspan(1))};
      const auto prekey = read_public(*(*row)->value(), id);
      if (!prekey) return std::unexpected(prekey.error());
      if (const auto added = out.push(*prekey); !added) return std::unexpected(added.error());
      if (const auto added = found.push(*row); !added) return std::unexpected(added.error());
    }
  }
  for (StagedRow* const row : found) mark_published(row->put(row->value()->size()));
  if (!found.empty()) {
    (*known)->unpublished -= static_cast<std::uint32_t>(found.size());
    touch();
  }
  return out;
}

}  // namespace sotto::session

// NOLINTEND(bugprone-unchecked-optional-access)
