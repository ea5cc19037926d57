// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as they are made and destroyed.
#include <utility>

#include "ratchet/age.hpp"
#include "session/prekey_record.hpp"
#include "session/prekey_rows.hpp"
#include "x3dh/usable.hpp"

// `index_` is there once `index()` was called, which every function here begins with; and a row
// that is `there()` has a value. The check sees neither.
// NOLINTBEGIN(bugprone-unchecked-optional-access)

namespace sotto::session {

/// The row of the next id that no prekey has [SES-8-1]; `next` moves behind it.
Result<StagedRow*> PrekeyRows::free_row(std::uint32_t& next, bool one_time) noexcept {
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

Result<std::uint32_t> PrekeyRows::replenish(Entropy& entropy) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  if ((*known)->one_time >= policy_.batch) return 0;
  const std::uint32_t count = policy_.batch - (*known)->one_time;

  // All are made before the first is put in place, so that a failure leaves none [SES-8-3].
  struct Made {
    StagedRow* row;
    OneTimePrekey prekey;
  };
  Growing<Made> made;
  if (const auto room = made.reserve(count); !room) return std::unexpected(room.error());
  std::uint32_t next = (*known)->next_one_time;
  while (made.size() < count) {
    const auto row = free_row(next, true);
    if (!row) return std::unexpected(row.error());
    if (const auto room = (*row)->reserve(one_time_record_bytes); !room)
      return std::unexpected(room.error());
    auto prekey =
        OneTimePrekey::generate(OneTimePrekeyId{number_at((*row)->name().subspan(1))}, entropy);
    if (!prekey) return std::unexpected(prekey.error());
    made.append({*row, *std::move(prekey)});
  }

  for (const Made& one : made) write(one.row->put(one_time_record_bytes), one.prekey);
  (*known)->next_one_time = next;
  (*known)->one_time += count;
  (*known)->unpublished += count;
  touch();
  return count;
}

/// Every base key remembered for a signed prekey.
Result<void> PrekeyRows::find_used(SignedPrekeyId id, Growing<StagedRow*>& found) noexcept {
  const RowName prefix = used_prefix(id);
  for (RowName last = prefix;;) {
    const auto name = rows_->next(prefix.bytes(), last.bytes());
    if (!name) return std::unexpected(name.error());
    if (!*name) return {};
    last = **name;
    const auto row = rows_->at(last.bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto added = found.push(*row); !added) return added;
  }
}

Result<void> PrekeyRows::rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                Instant now) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  PrekeyIndex& index = **known;
  if (const auto room = index.signed_prekeys.reserve(1); !room) return room;

  // What has to go [SES-8-2]: of those replaced before, and of the one that is replaced now.
  Growing<StagedRow*> gone;
  const auto over = [&](std::size_t i) {
    const Instant replaced = i == 0 ? now : index.signed_prekeys[i].replaced;
    return ratchet::aged(replaced, now, policy_.overlap);
  };
  for (std::size_t i = 0; i < index.signed_prekeys.size(); ++i) {
    if (!over(i)) continue;
    const SignedPrekeyId id = index.signed_prekeys[i].id;
    const auto row = rows_->at(signed_prekey_row(id).bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto added = gone.push(*row); !added) return added;
    if (const auto used = find_used(id, gone); !used) return used;
  }

  std::uint32_t next = index.next_signed;
  const auto row = free_row(next, false);
  if (!row) return std::unexpected(row.error());
  if (const auto room = (*row)->reserve(signed_record_bytes); !room) return room;
  const auto prekey = SignedPrekey::generate(SignedPrekeyId{number_at((*row)->name().subspan(1))},
                                             identity, entropy);
  if (!prekey) return std::unexpected(prekey.error());

  // Nothing from here on can fail.
  if (!index.signed_prekeys.empty()) index.signed_prekeys[0].replaced = now;
  for (StagedRow* const old : gone) old->erase();
  for (std::size_t i = index.signed_prekeys.size(); i > 0; --i)
    if (over(i - 1)) index.signed_prekeys.erase(i - 1);
  index.next_signed = next;
  put_current(**row, *prekey, now);
  return {};
}

/// Room for one more was made in the index.
void PrekeyRows::put_current(StagedRow& row, const SignedPrekey& prekey, Instant now) noexcept {
  write(row.put(signed_record_bytes), prekey);
  index_->signed_prekeys.insert(0, {prekey.id, now, {}, 0});
  touch();
}

Result<void> PrekeyRows::import(const OneTimePrekey& prekey) noexcept {
  if (!x3dh::usable(prekey.keys)) return std::unexpected(Error::weak_key);
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const auto row = rows_->at(one_time_row(prekey.id).bytes());
  if (!row) return std::unexpected(row.error());
  if ((*row)->there()) return std::unexpected(Error::already_exists);
  if (const auto room = (*row)->reserve(one_time_record_bytes); !room) return room;
  write((*row)->put(one_time_record_bytes), prekey);
  ++(*known)->one_time;
  ++(*known)->unpublished;
  touch();
  return {};
}

Result<void> PrekeyRows::import(const SignedPrekey& prekey, Instant now) noexcept {
  if (!x3dh::usable(prekey.keys)) return std::unexpected(Error::weak_key);
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  const auto row = rows_->at(signed_prekey_row(prekey.id).bytes());
  if (!row) return std::unexpected(row.error());
  if ((*row)->there()) return std::unexpected(Error::already_exists);
  if (const auto room = (*row)->reserve(signed_record_bytes); !room) return room;
  if (const auto room = (*known)->signed_prekeys.reserve(1); !room) return room;
  if (!(*known)->signed_prekeys.empty()) (*known)->signed_prekeys[0].replaced = now;
  put_current(**row, prekey, now);
  return {};
}

}  // namespace sotto::session

// NOLINTEND(bugprone-unchecked-optional-access)
