// SPDX-License-Identifier: MIT OR Apache-2.0
/// What others say of our own list of devices, watched over time: a ghost device and a change that
/// is kept from them do not stay hidden. Specified in spec/rosters.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/known_roster.hpp>

namespace sotto {

/// How long others may go on with an old list, and how long a list of ours that we do not find may
/// stay unexplained.
inline constexpr std::chrono::milliseconds roster_grace = std::chrono::hours(1);

enum class RosterWarning : std::uint8_t {
  none,
  fetch_ours,        ///< they see a list of ours that is not known here: fetch, then `fetched`
  withheld,          ///< they have not been shown a list of ours for longer than the grace
  withheld_removal,  ///< the same, and a device that was removed or set up anew is in theirs
  ghost_device,      ///< they are shown a list in our name that is none of ours
};

/// One for each peer that says something of our list. It has no clock. Since when a list is waited
/// for is stored, and moved back when the clock shows an earlier time [RO-5-4].
class RosterWatch {
 public:
  explicit RosterWatch(std::chrono::milliseconds grace = roster_grace) noexcept : grace_(grace) {}

  /// A message came that says `said` of our list and was sent at `sent` by the peer's clock. The
  /// claim is judged as of then, or of `now` if that is earlier: one that was long on its way is
  /// no warning. A warning is answered with each such message for as long as it holds [RO-5-1]
  /// [RO-5-2]. First call `ours.correct_clock(std::max(sent, now))`, and save `ours` if that
  /// changed it.
  [[nodiscard]] RosterWarning hear(const KnownRoster& ours, const RosterClaim& said, Instant sent,
                                   Instant now) noexcept;
  /// Our own list was fetched and considered. A list that the peer has seen and that is not there
  /// after the grace is a `ghost_device`, answered once [RO-5-3].
  [[nodiscard]] RosterWarning fetched(const KnownRoster& ours, Instant now) noexcept;
  /// Whether a list of ours that the peer has seen is still to be found.
  [[nodiscard]] bool waiting() const noexcept { return unseen_.has_value(); }

  /// As bytes for a sealed row; the grace is not among them. Errors of `load`: `malformed`,
  /// `unsupported_version`.
  static constexpr std::size_t saved_bytes = 1 + 1 + 8 + 32 + 8;
  [[nodiscard]] std::array<std::uint8_t, saved_bytes> save() const noexcept;
  [[nodiscard]] static Result<RosterWatch> load(
      Bytes unsealed, std::chrono::milliseconds grace = roster_grace) noexcept;

 private:
  /// It is not later than `latest`.
  void correct_clock(Instant latest) noexcept;
  /// Whether what was waited for turned out to be another list.
  [[nodiscard]] bool settle(const KnownRoster& ours) noexcept;

  std::chrono::milliseconds grace_;
  std::optional<RosterClaim> unseen_;  ///< a list of ours that the peer has seen and we have not
  Instant unseen_since_{};
};

}  // namespace sotto
