// SPDX-License-Identifier: MIT OR Apache-2.0
/// What one device knows of a user's list of devices: the newest that it accepted, and whether
/// people have compared it. Specified in spec/rosters.md.
///
/// Trust on first use: the first list 0 shown is taken. From then on only what follows by
/// signatures is; another list 0 waits until a person accepts it. Every answer is an event with a
/// name, for the app to show or to act on. Nothing but `first`, `extended` and an accepted `reset`
/// changes what is known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/roster.hpp>

namespace sotto {

/// The most lists considered at once; two signatures each at most [RO-4-2].
inline constexpr std::size_t roster_max_chain = 64;
/// How many lists are remembered by their hashes, the newest included [RO-4-5].
inline constexpr std::size_t roster_history = 16;

enum class RosterEvent : std::uint8_t {
  same,      ///< nothing new
  first,     ///< the user's lists are known from now on: trust on first use
  extended,  ///< the newest list has followers, which are accepted: see the changes
  older,     ///< only lists from before our newest one: rolled back, or late
  forked,    ///< a list that contradicts one we know; nobody vouches for it
  gap,       ///< lists are missing between: fetch them from `fetch_from` on
  reset,     ///< a well-signed list 0 that is another: `accept_reset`, if a person says so
};

struct RosterNews {
  RosterEvent event = RosterEvent::same;
  std::uint64_t fetch_from = 0;  ///< gap: the number of the first list that is missing
  std::uint8_t change_count = 0;
  std::array<RosterChange, roster_max_chain> all_changes;

  /// What was changed after the list known before, or after list 0, in order: also what came and
  /// went again.
  [[nodiscard]] std::span<const RosterChange> changes() const noexcept {
    return std::span(all_changes).first(change_count);
  }
};

/// How a claim of somebody else's compares with what is known here.
enum class RosterSight : std::uint8_t {
  same,
  behind,  ///< a list from before our newest; one not remembered any more passes as such
  ahead,   ///< a list that is not known here: fetch it
  forked,  ///< another list under a number that is known here
};

/// A list that is remembered.
struct RosterMark {
  RosterHash hash;
  RosterChangeKind change = RosterChangeKind::added;
  Instant since{};  ///< when it was accepted here, by the caller's clock: see `correct_clock`
};

/// 4.1 kB, no memory besides. Rows that the app seals keep it from one start to the next.
class KnownRoster {
 public:
  explicit KnownRoster(const UserId& user) noexcept : user_(user) {}

  [[nodiscard]] const UserId& user() const noexcept { return user_; }
  /// Null when none is known. Lives until something is accepted.
  [[nodiscard]] const Roster* newest() const noexcept { return newest_ ? &*newest_ : nullptr; }
  /// What messages say of this list: number 0 and zeros when none is known.
  [[nodiscard]] RosterClaim claim() const noexcept;

  /// Look at one or more lists in a row, each as its bytes, and accept what may be [RO-4-1]. `now`
  /// is remembered beside what is accepted. Errors: `malformed` (also: no list, more than 64, not
  /// in a row, another user's, not following our newest by its rules; a time before 1970),
  /// `unsupported_version`, `bad_signature`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] Result<RosterNews> consider(std::span<const Bytes> chain, Instant now) noexcept;
  /// Take another list 0, and what follows it, as this user's: a person has said so [RO-4-4]. Ends
  /// `compared`. Errors: as of `consider`, and `wrong_state` when these lists are no `reset`.
  [[nodiscard]] Result<RosterNews> accept_reset(std::span<const Bytes> chain, Instant now) noexcept;

  /// The number of the list that people compared, by safety number or by code. It survives
  /// changes, each of which a device of the list before has signed, but no reset; lists after it
  /// have not been compared themselves [RO-4-6].
  [[nodiscard]] std::optional<std::uint64_t> compared() const noexcept { return compared_; }
  /// People have compared the list that `claim` names. Errors: `conflict` (it is not the newest
  /// any more), `wrong_state` (none is known).
  [[nodiscard]] Result<void> mark_compared(const RosterClaim& claim) noexcept;
  void clear_compared() noexcept { compared_.reset(); }

  /// It is not later than `latest`. What was accepted after that was accepted under a clock that
  /// was ahead, and counts as accepted at `latest`: otherwise nothing would be overdue until the
  /// clock is there again [RO-5-4]. Called before `RosterWatch::hear`, with the later of the clock
  /// and the time at which the message was sent: so a clock that is back once does not alter what
  /// was right. Returns whether anything changed, which is to be saved.
  [[nodiscard]] bool correct_clock(Instant latest) noexcept;

  /// Judge what somebody says of this user's list [RO-4-5].
  [[nodiscard]] RosterSight compare(const RosterClaim& said) const noexcept;
  /// The lists remembered, oldest first; the last is the newest list.
  [[nodiscard]] std::span<const RosterMark> marks() const noexcept {
    return std::span(marks_).first(mark_count_);
  }

  /// As bytes for a sealed row: at most `max_saved_bytes`, exactly `saved_bytes()`. Errors:
  /// `buffer_too_small`.
  static constexpr std::size_t mark_bytes = 32 + 1 + 8;
  static constexpr std::size_t max_saved_bytes =
      1 + 32 + 1 + 8 + 32 + 1 + roster_history * mark_bytes + 2 + roster_max_bytes;
  [[nodiscard]] std::size_t saved_bytes() const noexcept;
  [[nodiscard]] Result<MutableBytes> save(MutableBytes out) const noexcept;
  /// From a row that was unsealed: its form is checked, its signatures were. Errors: `malformed`,
  /// `unsupported_version`.
  [[nodiscard]] static Result<KnownRoster> load(Bytes unsealed) noexcept;

 private:
  /// The hash of the list `number`, if it is remembered.
  [[nodiscard]] const RosterHash* remembered(std::uint64_t number) const noexcept;
  [[nodiscard]] Result<RosterNews> follow(Roster newest, std::span<const Bytes> chain,
                                          Instant now) noexcept;
  [[nodiscard]] Result<RosterNews> begin_anew(std::span<const Bytes> chain, Instant now) noexcept;
  /// Whether what was loaded fits itself and its newest list.
  [[nodiscard]] bool holds_together(const Roster& newest) const noexcept;
  void accept(const Roster& next, RosterChangeKind change, Instant now) noexcept;

  UserId user_;
  std::optional<Roster> newest_;
  RosterHash root_;  ///< of list 0, which is who the user is to us
  std::optional<std::uint64_t> compared_;
  std::array<RosterMark, roster_history> marks_;
  std::size_t mark_count_ = 0;
};

}  // namespace sotto
