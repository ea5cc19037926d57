// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/commits.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "session/rows.hpp"

namespace sotto::session {
namespace {

/// How often all rows are read anew because others wrote meanwhile.
constexpr int most_readings = 16;
/// How often a commit is tried again because others changed the head row, and it alone.
constexpr int most_attempts = 64;
/// After so many rows of a walk over all of them the head is looked at: a walk that another commit
/// has made worthless ends, though others add rows ahead of it for as long as it goes on.
constexpr std::size_t rows_between_looks = 64;

/// Whether an error is said from then on, whatever is asked.
bool is_final(Error error) noexcept {
  return error == Error::rolled_back || error == Error::not_set_up;
}

/// Whether an error says what the head row is like. Any other says that it could not be read.
bool is_of_the_head(Error error) noexcept {
  return is_final(error) || error == Error::corrupted || error == Error::unsupported_version;
}

}  // namespace

std::unexpected<Error> Commits::set_back() noexcept {
  ended_ = Error::rolled_back;
  return std::unexpected(Error::rolled_back);
}

/// Whether the device was erased since its head was last seen. `Device::erase` takes all rows in
/// one commit. After it there is no row, in a store that has come further; or there are the device
/// row and the head of another set-up, both younger than the last head that is known, and that head
/// is sealed under other keys (`derive_row_root`). A store that lost its rows has not come further.
/// Whoever can write the store can feign both, and gains nothing: this object answers no more.
Result<bool> Commits::was_erased(Store& store) const noexcept {
  if (known_.revision == Revision{}) return false;  // Nothing stood there yet.
  const auto first = store.next({}, {});
  if (!first) return std::unexpected(first.error());
  if (!*first) {
    const auto reached = store.revision();
    if (!reached) return std::unexpected(reached.error());
    return *reached > known_.revision;
  }
  for (const RowName& name : {device_row(), head_row()}) {
    const auto row = store.get(name.bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if (!stored || stored->revision <= known_.revision) return false;
  }
  return true;
}

/// What to say where there is no head row, or none that opens: `otherwise`, unless the device was
/// erased.
std::unexpected<Error> Commits::no_head_of_ours(Store& store, Error otherwise) noexcept {
  const auto erased = was_erased(store);
  if (!erased) return std::unexpected(erased.error());
  const Error error = *erased ? Error::not_set_up : otherwise;
  if (is_final(error)) ended_ = error;
  return std::unexpected(error);
}

/// As we know it, a head row need not be opened.
bool Commits::is_known(const std::optional<Row>& stored) const noexcept {
  return stored && stored->revision == known_.revision &&
         std::ranges::equal(stored->value, known_.sealed);
}

Result<std::optional<Commits::Known>> Commits::read(Store& store) const noexcept {
  const auto row = store.get(head_row().bytes());
  if (!row) return std::unexpected(row.error());
  return open_row(*row);
}

Result<std::optional<Commits::Known>> Commits::open_row(
    const std::optional<Row>& stored) const noexcept {
  if (!stored) return std::optional<Known>();
  if (is_known(stored)) return std::optional(known_);
  const auto head = Head::open(stored->value, *keys_);
  if (!head) return std::unexpected(head.error());
  Known found{stored->revision, *head};
  std::ranges::copy(stored->value, found.sealed.begin());
  return std::optional(found);
}

/// The head row as it is now. Another's is taken over; one that is older than ours, or that is not
/// of our past, is none of a store that kept what it was given.
Result<void> Commits::look(Store& store) noexcept {
  if (ended_) return std::unexpected(*ended_);
  const auto row = store.get(head_row().bytes());
  if (!row) return std::unexpected(row.error());
  if (is_known(*row)) return {};  // So it is nearly always.
  const auto found = open_row(*row);
  if (!found) return no_head_of_ours(store, found.error());
  const std::optional<Known>& head = *found;
  if (!head) return no_head_of_ours(store, Error::rolled_back);
  if (head->revision < known_.revision) return set_back();
  return take_over(*head);
}

Result<void> Commits::take_over(const Known& found) noexcept {
  if (found.revision == known_.revision) {
    if (found.sealed == known_.sealed) return {};
    return set_back();  // No revision is given twice.
  }
  if (!found.head.follows(known_.head)) return set_back();
  known_ = found;
  foreign_ = found.revision;
  highest_ = std::max(highest_, found.revision);
  return {};
}

/// The sum of all rows, or nothing once the head is not `before` any more. The caller looks at the
/// end.
Result<std::optional<RowSum>> Commits::sum_of_rows(Store& store, Revision before) noexcept {
  RowSum sum;
  std::size_t rows = 0;
  const RowName head = head_row();
  for (RowName last = RowName::copy({});; ++rows) {
    if (rows % rows_between_looks == rows_between_looks - 1) {
      if (const auto still = look(store); !still) return std::unexpected(still.error());
      if (known_.revision != before) return std::optional<RowSum>();
    }
    const auto next = store.next({}, last.bytes());
    if (!next) return std::unexpected(next.error());
    const std::optional<Entry>& entry = *next;
    if (!entry) return std::optional(sum);
    last = RowName::copy(entry->key);
    if (std::ranges::equal(entry->key, head.bytes()) || is_bound(entry->key)) continue;
    if (entry->value.size() < Sealer::overhead_bytes || last.bytes().empty())
      return std::unexpected(Error::corrupted);
    sum += keys_->sum(entry->key, entry->value);
  }
}

/// The sum of all rows that `known_` is the head of, or nothing if others committed meanwhile.
Result<std::optional<RowSum>> Commits::sum_of_one_moment(Store& store) noexcept {
  if (const auto begun = store.begin_reading(); !begun) return std::unexpected(begun.error());
  const struct Reading {
    Store* store;
    ~Reading() { store->end_reading(); }
  } reading{&store};
  if (const auto here = look(store); !here) return std::unexpected(here.error());
  const Revision before = known_.revision;
  const auto sum = sum_of_rows(store, before);
  if (!sum || !*sum) return sum;
  // A store that cannot read one moment reads row by row.
  if (const auto still = look(store); !still) return std::unexpected(still.error());
  return known_.revision == before ? *sum : std::nullopt;
}

Result<void> Commits::open(Store& store, CommitNumber at_least) noexcept {
  const auto first = read(store);
  if (!first) return std::unexpected(first.error());
  const std::optional<Known>& head = *first;
  if (!head) return std::unexpected(Error::corrupted);
  known_ = *head;
  foreign_ = highest_ = known_.revision;
  if (number() < at_least) return std::unexpected(Error::rolled_back);
  for (int reading = 0; reading < most_readings; ++reading) {
    const auto sum = sum_of_one_moment(store);
    if (!sum) return std::unexpected(sum.error());
    const std::optional<RowSum>& whole = *sum;
    if (!whole) continue;
    if (*whole != known_.head.digest) return std::unexpected(Error::corrupted);
    return {};
  }
  return std::unexpected(Error::conflict);
}

Result<bool> Commits::begin(Store& store, const Draft& last) noexcept {
  if (ended_) return std::unexpected(*ended_);
  if (!unsettled_) {
    if (const auto seen = look(store); !seen) return std::unexpected(seen.error());
    return true;
  }
  const auto settled = settle(store, last);
  if (!settled) return std::unexpected(settled.error());
  return settled->outcome != Outcome::did_not_happen;
}

Result<void> Commits::explain(Store& store, Revision known, Revision found) noexcept {
  if (found == known) return {};
  if (found != Revision{} && found < known) return set_back();
  // What another wrote or erased shows in the head row.
  if (foreign_ <= known)
    if (const auto seen = look(store); !seen) return seen;
  if (foreign_ > known) return {};
  if (found == Revision{}) return set_back();
  return std::unexpected(Error::corrupted);
}

Result<Revision> Commits::commit(Store& store, Draft& draft, std::uint64_t mark,
                                 Revision moment) noexcept {
  if (ended_) return std::unexpected(*ended_);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (known_.head.number == UINT64_MAX) return std::unexpected(Error::store_failed);
    tried_.head = known_.head.next(writer_, mark, draft.difference());
    tried_.head.seal(tried_.sealed, *keys_, known_.revision);
    const auto revision = draft.commit(store, known_.revision, tried_.sealed);
    if (!revision && revision.error() != Error::conflict)
      return after_failure(store, draft, revision.error());
    if (revision) {
      if (*revision <= highest_) return set_back();
      tried_.revision = highest_ = *revision;
      known_ = tried_;
      writer_ = known_.head.writer;
      return revision;
    }
    const Revision before = known_.revision;
    if (before == Revision{}) return revision;  // It was to be the first, and is not.
    if (const auto seen = look(store); !seen) return std::unexpected(seen.error());
    if (known_.revision == before)
      return std::unexpected(before == moment ? why_conflict(store, draft) : Error::conflict);
  }
  return std::unexpected(Error::conflict);
}

/// Nobody had committed since the moment of which the draft is. Rows that are not as they were
/// then, while that is so, were changed behind the head row's back.
Error Commits::why_conflict(Store& store, const Draft& draft) noexcept {
  for (const Change& change : draft.changes()) {
    const auto row = store.get(change.key);
    if (!row) return Error::conflict;
    const std::optional<Row>& stored = *row;
    const bool there = stored.has_value();
    if ((there ? stored->revision : Revision{}) == change.expected) continue;
    const Revision before = known_.revision;
    if (const auto seen = look(store); !seen) return seen.error();
    if (known_.revision != before) return Error::conflict;
    // One that was not there, and is there now, is none of ours.
    if (there && change.expected == Revision{}) return Error::corrupted;
    return set_back().error();
  }
  return Error::conflict;
}

Result<Revision> Commits::after_failure(Store& store, const Draft& draft, Error error) noexcept {
  const auto settled = settle(store, draft);
  // What is wrong with the head row says nothing of this commit.
  if (!settled) return std::unexpected(ended_.value_or(Error::outcome_unknown));
  switch (settled->outcome) {
    case Outcome::happened:
      return settled->revision;
    case Outcome::unknown:
      return std::unexpected(Error::outcome_unknown);
    case Outcome::did_not_happen:
      break;
  }
  // What the store did not know is known now.
  return std::unexpected(error == Error::outcome_unknown ? Error::store_failed : error);
}

/// What became of a commit that failed, now that `found` is the head row.
Result<Commits::Fate> Commits::fate(Store& store, const Known& found,
                                    const Draft& draft) const noexcept {
  if (found.sealed == tried_.sealed) return Fate{Outcome::happened, found.revision};
  if (found.revision == known_.revision) return Fate{Outcome::did_not_happen};
  // Others have committed since, and noted whom they came after.
  if (const auto has = found.head.has({tried_.head.writer, tried_.head.number})) {
    if (!*has) return Fate{Outcome::did_not_happen};
    // Ours came straight behind what we knew, so no row has a lower revision by it.
    return Fate{Outcome::happened, Revision{std::to_underlying(known_.revision) + 1}};
  }
  // It happened or not as a whole, so a row that they left alone tells.
  for (const Change& change : draft.changes()) {
    if (change.kind == Change::Kind::check || change.expected == Revision{}) continue;
    const auto row = store.get(change.key);
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if (stored && stored->revision == change.expected) return Fate{Outcome::did_not_happen};
  }
  return Fate{Outcome::unknown};
}

/// Errors: `rolled_back`, `not_set_up`, `outcome_unknown` until the store can be read again,
/// `corrupted` and `unsupported_version` of a head row that can be read and not be opened.
Result<Commits::Fate> Commits::settle(Store& store, const Draft& draft) noexcept {
  unsettled_ = true;
  const auto read_back = read(store);
  if (!read_back || (!*read_back && known_.revision != Revision{})) {
    Error error = read_back ? Error::rolled_back : read_back.error();
    if (is_of_the_head(error)) error = no_head_of_ours(store, error).error();
    return std::unexpected(is_of_the_head(error) ? error : Error::outcome_unknown);
  }
  const Known found = read_back->value_or(Known{});
  if (found.revision < known_.revision) return set_back();
  const auto what = fate(store, found, draft);
  if (!what) return std::unexpected(Error::outcome_unknown);
  const Revision foreign = foreign_;
  if (found.revision != Revision{})
    if (const auto taken = take_over(found); !taken) return std::unexpected(taken.error());
  if (found.sealed == tried_.sealed) foreign_ = foreign;
  if (what->outcome == Outcome::happened) writer_ = tried_.head.writer;
  unsettled_ = false;
  return what;
}

}  // namespace sotto::session
