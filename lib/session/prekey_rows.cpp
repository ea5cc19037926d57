// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as first messages use them, and as they are given out.
#include "session/prekey_rows.hpp"

#include <algorithm>
#include <utility>

#include "crypto/sha2.hpp"
#include "session/prekey_record.hpp"

// `index_` is there once `index()` was called, which every function here begins with; and a row
// that is `there()` has a value. The check sees neither.
// NOLINTBEGIN(bugprone-unchecked-optional-access)

namespace sotto::session {

PrekeyRows::PrekeyRows(StagedRows& rows, const PrekeyPolicy& policy) noexcept
    : rows_(&rows), policy_(policy) {
  constexpr std::chrono::milliseconds no_time{0};
  policy_.batch = std::min(policy.batch, most_batch);
  policy_.low_water = std::min(policy.low_water, policy_.batch);
  policy_.rotate_after = std::max(policy.rotate_after, no_time);
  policy_.overlap = std::max(policy.overlap, no_time);
  policy_.refresh_after = std::max(policy.refresh_after, no_time);
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

Result<bool> PrekeyRows::keeps(const SignedPrekeyPublic& key) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  for (const PrekeyIndex::Signed& kept : (*known)->signed_prekeys) {
    const auto row = rows_->at(signed_prekey_row(kept.id).bytes());
    if (!row) return std::unexpected(row.error());
    const auto value = (*row)->value();
    if (!value) return std::unexpected(Error::corrupted);
    const auto prekey = read_public(*value, kept.id, {});
    if (!prekey) return std::unexpected(prekey.error());
    if (prekey->signed_prekey == key) return true;
  }
  return false;
}

Result<OneTimePrekey> PrekeyRows::one_time(OneTimePrekeyId id) noexcept {
  // Loaded here, so that `consume` cannot fail.
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const auto row = rows_->at(one_time_row(id).bytes());
  if (!row) return std::unexpected(row.error());
  if (!(*row)->there()) return std::unexpected(Error::unknown_prekey);
  if ((*known)->group_of(id) == nullptr) return std::unexpected(Error::corrupted);
  return read_one_time(*(*row)->value(), id);
}

Result<bool> PrekeyRows::used(SignedPrekeyId id, const EphemeralPublic& base_key,
                              Bytes name) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const auto row = rows_->at(used_row(rows_->keys(), id, base_key).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(used_record_bytes); !room)
    return std::unexpected(room.error());
  const auto counter = rows_->at(count_row(rows_->keys(), id, crypto::sha256(name)).bytes());
  if (!counter) return std::unexpected(counter.error());
  if (const auto room = (*counter)->reserve(count_record_bytes); !room)
    return std::unexpected(room.error());
  std::uint32_t count = 0;
  if (const auto value = (*counter)->value()) {
    const auto read = read_count(*value);
    if (!read) return std::unexpected(read.error());
    count = read->count;
  }
  if ((*row)->there()) {
    // Under other names alone: nothing of this name's was opened [SES-5-3].
    if (count == 0) return std::unexpected(Error::unknown_prekey);
    return true;
  }
  const PrekeyIndex::Signed* const entry = (*known)->find(id);
  if (entry == nullptr) return false;
  if (entry->used >= policy_.max_last_resort) return std::unexpected(Error::exhausted);
  // What one name may use leaves enough for all others [SES-5-8].
  if (count >= policy_.max_last_resort_per_name) return std::unexpected(Error::exhausted);
  return false;
}

void PrekeyRows::consume(const Consumed& consumed, Bytes name) noexcept {
  // All rows were read, so they are found without the store; and being read at a revision, each is
  // changed by one transaction alone [SES-8-4].
  if (consumed.one_time) {
    StagedRow& row = **rows_->at(one_time_row(*consumed.one_time).bytes());
    index_->remove_one(*index_->group_of(*consumed.one_time));
    row.erase();
  } else {
    StagedRow& row =
        **rows_->at(used_row(rows_->keys(), consumed.signed_prekey, consumed.base_key).bytes());
    write(row.put(used_record_bytes), consumed.base_key);
    NameUses uses{crypto::sha256(name), 0};
    StagedRow& counter =
        **rows_->at(count_row(rows_->keys(), consumed.signed_prekey, uses.name).bytes());
    if (const auto value = counter.value()) uses = *read_count(*value);
    ++uses.count;
    write(counter.put(count_record_bytes), uses);
    if (PrekeyIndex::Signed* const entry = index_->find(consumed.signed_prekey)) {
      ++entry->used;
      if (uses.count == 1) ++entry->names;
    }
  }
  touch();
}

Result<Bundle> PrekeyRows::bundle(const IdentityPublic& identity, bool with_one_time) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const PrekeyIndex::Signed* const current = (*known)->current();
  if (current == nullptr) return std::unexpected(Error::not_set_up);
  const auto row = rows_->at(signed_prekey_row(current->id).bytes());
  if (!row) return std::unexpected(row.error());
  if (!(*row)->there()) return std::unexpected(Error::corrupted);
  auto bundle = read_public(*(*row)->value(), current->id, identity);
  if (!bundle || !with_one_time || (*known)->one_time(PrekeyIndex::Place::fresh) == 0)
    return bundle;
  const auto one_time = take_fresh();
  if (!one_time) return std::unexpected(one_time.error());
  bundle->one_time = *one_time;
  return bundle;
}

/// The oldest one-time prekey that is only here; there is one. It is out now.
Result<Bundle::OneTime> PrekeyRows::take_fresh() noexcept {
  PrekeyIndex& index = *index_;
  if (const auto room = index.groups.reserve(1); !room) return std::unexpected(room.error());
  auto* const group =
      std::ranges::find(index.groups, PrekeyIndex::Place::fresh, &PrekeyIndex::Group::place);
  for (std::uint32_t passed = 0; passed < group->span; ++passed) {
    const OneTimePrekeyId id{group->first + passed};
    const auto row = rows_->at(one_time_row(id).bytes());
    if (!row) return std::unexpected(row.error());
    if (!(*row)->there()) continue;
    const auto prekey = read_public(*(*row)->value(), id);
    if (!prekey) return prekey;
    if (group->left > group->span - passed) break;
    group->first += passed + 1;
    group->span -= passed + 1;
    index.remove_one(*group);
    index.add(id, PrekeyIndex::Place::out, 0, not_yet);
    touch();
    return prekey;
  }
  return std::unexpected(Error::corrupted);
}

Result<PrekeyEdit> PrekeyRows::edit() noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  return PrekeyEdit::begin(**known, *rows_, policy_);
}

void PrekeyRows::apply(PrekeyEdit&& edit) noexcept {
  if (!edit.changed()) return;
  edit.apply();
  index_.emplace(std::move(edit.index()));
  touch();
}

}  // namespace sotto::session

// NOLINTEND(bugprone-unchecked-optional-access)
