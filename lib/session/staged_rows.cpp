// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/staged_rows.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace sotto::session {

bool starts_with(Bytes bytes, Bytes prefix) noexcept {
  return prefix.empty() || (bytes.size() >= prefix.size() &&
                            std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0);
}

bool before(Bytes a, Bytes b) noexcept {
  return std::ranges::lexicographical_compare(a, b);
}

std::size_t StagedRows::place_of(Bytes name) const noexcept {
  const auto* const place = std::ranges::lower_bound(
      rows_, name, before, [](const std::unique_ptr<StagedRow>& row) { return row->name(); });
  return static_cast<std::size_t>(place - rows_.begin());
}

Result<StagedRow*> StagedRows::at(Bytes name) noexcept {
  const std::size_t place = place_of(name);
  if (place < rows_.size() && std::ranges::equal(rows_[place]->name(), name))
    return rows_[place].get();

  std::unique_ptr<StagedRow> row(new (std::nothrow) StagedRow);
  if (!row) return std::unexpected(Error::out_of_memory);
  if (const auto room = row->name_.reserve(name.size()); !room)
    return std::unexpected(room.error());
  row->name_.assign(name);
  if (const auto room = rows_.reserve(1); !room) return std::unexpected(room.error());

  const auto found = store_->store().get(row->name());
  if (!found) return std::unexpected(found.error());
  if (const std::optional<Row>& there = *found) {
    const Row& stored = *there;
    if (stored.value.size() < Sealer::overhead_bytes)
      return std::unexpected(reads_->told(Error::corrupted));
    const std::size_t size = stored.value.size() - Sealer::overhead_bytes;
    if (const auto room = row->value_.reserve(size); !room) return std::unexpected(room.error());
    if (const auto opened =
            keys_->sealer().open(row->value_.resize(size), stored.value, row->name());
        !opened)
      return std::unexpected(reads_->told(opened.error()));
    row->read_at_ = stored.revision;
    row->read_sum_ = keys_->sum(row->name(), stored.value);
    row->there_ = true;
  }
  if (const auto read = reads_->add_row(row->name(), row->read_at_); !read)
    return std::unexpected(read.error());
  StagedRow* const raw = row.get();
  rows_.insert(place, std::move(row));
  return raw;
}

Result<std::optional<RowName>> StagedRows::next(Bytes prefix, Bytes after,
                                                ReadSet::Look when) noexcept {
  // The first that is there of those staged here.
  std::size_t place = place_of(before(after, prefix) ? prefix : after);
  if (place < rows_.size() && std::ranges::equal(rows_[place]->name(), after)) ++place;
  while (place < rows_.size() && !rows_[place]->there()) ++place;
  const StagedRow* ours = place < rows_.size() && starts_with(rows_[place]->name(), prefix)
                              ? rows_[place].get()
                              : nullptr;

  // The first of the store's that was not erased here. The store's own answer is only good until
  // the next question, so the name is copied.
  std::optional<RowName> theirs;
  for (RowName behind = RowName::copy(after);; behind = *theirs) {
    const auto found = store_->store().next(prefix, behind.bytes());
    if (!found) return std::unexpected(found.error());
    const std::optional<Entry>& entry = *found;
    theirs = entry ? std::optional(RowName::copy(entry->key)) : std::nullopt;
    const auto named = theirs ? std::optional(theirs->bytes()) : std::nullopt;
    if (const auto read = reads_->add_step(prefix, behind.bytes(), named, when); !read)
      return std::unexpected(read.error());
    if (!theirs) break;
    const std::size_t at = place_of(theirs->bytes());
    const bool staged = at < rows_.size() && std::ranges::equal(rows_[at]->name(), theirs->bytes());
    if (!staged || rows_[at]->there()) break;
  }
  if (ours == nullptr) return theirs;
  if (theirs && before(theirs->bytes(), ours->name())) return theirs;
  return RowName::copy(ours->name());
}

Result<void> StagedRows::unchanged() const noexcept {
  for (const auto& row : rows_) {
    const auto found = store_->store().get(row->name());
    if (!found) return std::unexpected(found.error());
    const std::optional<Row>& stored = *found;
    if ((stored ? stored->revision : Revision{}) != row->read_at_)
      return std::unexpected(Error::conflict);
  }
  return {};
}

Result<void> StagedRows::stage(Draft& draft) const noexcept {
  for (const auto& row : rows_) {
    const bool was_there = row->read_at_ != Revision{};
    Result<void> done;
    if (row->changed_ && row->there_) {
      const auto put =
          draft.put(*keys_, row->name(), row->read_at_, row->value_.bytes(), row->read_sum_);
      if (!put) return std::unexpected(put.error());
      continue;
    }
    if (row->changed_ && was_there)
      done = draft.erase(row->name(), row->read_at_, row->read_sum_);
    else
      done = draft.check(row->name(), row->read_at_);
    if (!done) return done;
  }
  return {};
}

}  // namespace sotto::session
