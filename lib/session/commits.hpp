// SPDX-License-Identifier: MIT OR Apache-2.0
/// The commits of a device's store, as far as this device knows them: whether the store still holds
/// what was stored, and what became of a commit that failed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <sotto/commit_number.hpp>
#include <sotto/store.hpp>

#include "session/draft.hpp"
#include "session/head.hpp"
#include "session/row_keys.hpp"

namespace sotto::session {

/// Every commit passes here and writes the head row. Whoever finds the store older than it was, or
/// another than the one that went on from there, says `rolled_back`, and from then on nothing else:
/// the keys of what was lost have served. Whoever finds that the device was erased says
/// `not_set_up` in the same way, also when another device stands in the store by then.
class Commits {
 public:
  explicit Commits(const RowKeys& keys) noexcept : keys_(&keys) {}

  /// Read the head for the first time, and compare all rows with its digest. Errors: `rolled_back`
  /// (fewer commits than `at_least`), `corrupted`, `unsupported_version`, `conflict` (others write
  /// faster than all rows can be read), and those of `Store::get`.
  [[nodiscard]] Result<void> open(Store& store, CommitNumber at_least) noexcept;

  /// Before anything is read in a transaction: settle what became of the last commit, if that is
  /// not known, and look at the head. Returns false when it is known now that the last commit did
  /// not happen. Errors: `rolled_back`, `not_set_up`, `outcome_unknown` (not settled yet),
  /// `corrupted`, `unsupported_version`, and those of `Store::get`.
  [[nodiscard]] Result<bool> begin(Store& store, const Draft& last) noexcept;

  /// Whether nobody else had committed since a row was at `revision` when this transaction began.
  /// If it is not so any more, or the row was changed by who cannot write the head, `commit` finds
  /// it.
  [[nodiscard]] bool unchanged_since(Revision revision) const noexcept {
    return foreign_ <= revision;
  }

  /// A row was known at revision `known` and was found at `found`: whether another's commit
  /// explains that. Errors: `rolled_back`, `corrupted`, and as `begin`.
  [[nodiscard]] Result<void> explain(Store& store, Revision known, Revision found) noexcept;

  /// Commit the draft together with a new head row; returns its revision. `mark` stands for the
  /// messages that go out with it. `moment` is the head row's revision when the rows that the draft
  /// expects were so, for only then does a row that is another show more than another's commit.
  /// While only the head row was changed by others this tries again by itself. Errors: `conflict`,
  /// `rolled_back`, `not_set_up`, `corrupted`, `exhausted`, `outcome_unknown`, and those of
  /// `Store::commit`; but for `outcome_unknown` nothing is stored. The draft must stay as it is
  /// until the next `begin`.
  [[nodiscard]] Result<Revision> commit(Store& store, Draft& draft, std::uint64_t mark,
                                        Revision moment) noexcept;

  /// Look at the head again: what was read before this is of a store that did not go back. Errors:
  /// as `begin`.
  [[nodiscard]] Result<void> look(Store& store) noexcept;

  /// Of the head row, as it was last seen.
  [[nodiscard]] Revision head_revision() const noexcept { return known_.revision; }
  /// Whether this still answers anything but one error. Errors: `rolled_back`, `not_set_up`.
  [[nodiscard]] Result<void> usable() const noexcept {
    if (ended_) return std::unexpected(*ended_);
    return {};
  }

  /// How many commits there were.
  [[nodiscard]] CommitNumber number() const noexcept { return CommitNumber{known_.head.number}; }

 private:
  /// The head row as it was read or written.
  struct Known {
    Revision revision{};
    Head head;
    std::array<std::uint8_t, sealed_head_bytes> sealed{};
  };
  enum class Outcome : std::uint8_t { unknown, happened, did_not_happen };
  struct Fate {
    Outcome outcome;
    Revision revision{};  ///< of what was written, if it happened
  };

  [[nodiscard]] bool is_known(const std::optional<Row>& stored) const noexcept;
  [[nodiscard]] Result<std::optional<Known>> read(Store& store) const noexcept;
  [[nodiscard]] Result<std::optional<Known>> open_row(
      const std::optional<Row>& stored) const noexcept;
  [[nodiscard]] Result<void> take_over(const Known& found) noexcept;
  [[nodiscard]] Result<std::optional<RowSum>> sum_of_rows(Store& store, Revision before) noexcept;
  [[nodiscard]] Result<std::optional<RowSum>> sum_of_one_moment(Store& store) noexcept;
  [[nodiscard]] Result<Fate> fate(Store& store, const Known& found,
                                  const Draft& draft) const noexcept;
  [[nodiscard]] Result<Fate> settle(Store& store, const Draft& draft) noexcept;
  [[nodiscard]] Error why_conflict(Store& store, const Draft& draft) noexcept;
  [[nodiscard]] Result<Revision> after_failure(Store& store, const Draft& draft,
                                               Error error) noexcept;
  [[nodiscard]] Result<bool> was_erased(Store& store) const noexcept;
  [[nodiscard]] std::unexpected<Error> no_head_of_ours(Store& store, Error otherwise) noexcept;
  [[nodiscard]] std::unexpected<Error> set_back() noexcept;

  const RowKeys* keys_;
  Known known_;
  Revision foreign_{};  ///< of the last head row that another wrote, or that was there before us
  Revision highest_{};  ///< that the store was seen at
  Writer writer_{};     ///< who we are in the head row; nobody before our first commit
  Known tried_;         ///< what the last commit was to write
  bool unsettled_ = false;
  std::optional<Error> ended_;  ///< what is answered from now on, whatever is asked
};

}  // namespace sotto::session
