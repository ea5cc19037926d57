// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/read_set.hpp"

#include <algorithm>

namespace sotto::session {
namespace {

/// How often all that was read is asked for again because others keep committing.
constexpr int most_attempts = 16;
/// Room for the names of an ordinary transaction.
constexpr std::size_t least_text_bytes = 256;

}  // namespace

Result<void> ReadSet::reserve_text(std::size_t bytes) noexcept {
  const std::size_t size = texts_.bytes().size() + bytes;
  if (size <= texts_.room()) return {};
  return texts_.reserve(std::max({size, 2 * texts_.room(), least_text_bytes}));
}

std::size_t ReadSet::add_text(Bytes bytes) noexcept {
  const std::size_t at = texts_.bytes().size();
  std::ranges::copy(bytes, texts_.resize(at + bytes.size()).subspan(at).begin());
  return at;
}

Result<void> ReadSet::note_row(Bytes name, Revision revision) noexcept {
  if (const auto room = reserve_text(name.size()); !room) return room;
  if (const auto room = rows_.reserve(1); !room) return room;
  rows_.append({add_text(name), name.size(), revision});
  return {};
}

void ReadSet::take_back_row() noexcept {
  static_cast<void>(texts_.resize(rows_[rows_.size() - 1].name_at));
  rows_.erase(rows_.size() - 1);
}

Result<void> ReadSet::add_row(Bytes name, Revision revision) noexcept {
  if (const auto noted = note_row(name, revision); !noted) return noted;
  const auto settled = settle(revision != Revision{});
  if (!settled) take_back_row();
  return settled;
}

Result<void> ReadSet::add_known_row(Bytes name, Revision revision) noexcept {
  if (const auto noted = note_row(name, revision); !noted) return noted;
  if (commits_->head_revision() == moment_) return {};
  const auto settled = settle(true);
  if (!settled) take_back_row();
  return settled;
}

Result<void> ReadSet::add_step(Bytes prefix, Bytes behind, const std::optional<Bytes>& found,
                               Look when) noexcept {
  const Bytes name = found.value_or(Bytes());
  if (const auto room = reserve_text(prefix.size() + behind.size() + name.size()); !room)
    return room;
  if (const auto room = steps_.reserve(1); !room) return room;
  const std::size_t at = add_text(prefix);
  static_cast<void>(add_text(behind));
  static_cast<void>(add_text(name));
  steps_.append({at, prefix.size(), behind.size(), name.size()});
  if (when == Look::later) {
    looked_ = false;
    return {};
  }
  const auto settled = settle(found.has_value());
  if (!settled) {
    static_cast<void>(texts_.resize(at));
    steps_.erase(steps_.size() - 1);
  }
  return settled;
}

/// What one read showed was so at one moment, whatever others do.
Result<void> ReadSet::settle(bool found_something) noexcept {
  looked_ = false;
  if (size() <= 1 && found_something) return {};
  const auto confirmed = confirm();
  looked_ = confirmed.has_value();
  return confirmed;
}

Result<void> ReadSet::confirm() noexcept {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (const auto seen = commits_->look(store_->store()); !seen) return seen;
    if (commits_->head_revision() == moment_) return {};
    const auto same = unchanged();
    if (!same) return std::unexpected(same.error());
    if (!*same) return std::unexpected(Error::conflict);
    // No revision comes twice: a row that has the one it had before this look had it all the time.
    moment_ = commits_->head_revision();
    if (all_are_rows()) return {};
    // But a row may come and go: look whether anybody has committed while they were asked for.
  }
  return std::unexpected(Error::conflict);
}

/// Whether nothing that was read says that there is no row.
bool ReadSet::all_are_rows() const noexcept {
  return steps_.empty() &&
         std::ranges::none_of(rows_, [](const SeenRow& row) { return row.revision == Revision{}; });
}

Result<bool> ReadSet::unchanged() const noexcept {
  Store& store = store_->store();
  for (const SeenRow& row : rows_) {
    const auto found = store.get(text(row.name_at, row.name_bytes));
    if (!found) return std::unexpected(found.error());
    const std::optional<Row>& stored = *found;
    if ((stored ? stored->revision : Revision{}) != row.revision) return false;
  }
  for (const SeenStep& step : steps_) {
    const std::size_t behind_at = step.at + step.prefix_bytes;
    const auto found =
        store.next(text(step.at, step.prefix_bytes), text(behind_at, step.behind_bytes));
    if (!found) return std::unexpected(found.error());
    const std::optional<Entry>& entry = *found;
    if (!std::ranges::equal(entry ? entry->key : Bytes(),
                            text(behind_at + step.behind_bytes, step.found_bytes)))
      return false;
  }
  return true;
}

Result<void> ReadSet::look() noexcept {
  return looked_ ? Result<void>() : look_anew();
}

Result<void> ReadSet::look_anew() noexcept {
  if (const auto seen = commits_->look(store_->store()); !seen) return seen;
  if (size() == 0) moment_ = commits_->head_revision();
  if (commits_->head_revision() != moment_) return settle(true);
  looked_ = true;
  return {};
}

Error ReadSet::told(Error error) noexcept {
  if (error != Error::corrupted && error != Error::unsupported_version) return error;
  const auto still = look_anew();
  return still ? error : still.error();
}

void ReadSet::forget() noexcept {
  rows_.clear();
  steps_.clear();
  static_cast<void>(texts_.resize(0));
}

}  // namespace sotto::session
