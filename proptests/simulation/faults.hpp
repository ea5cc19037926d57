// SPDX-License-Identifier: MIT OR Apache-2.0
/// Everything that can go wrong in a simulated world, by name, and how often it did.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sotto::prop::sim {

/// What can go wrong. The text beside each is its name in tables.
enum class Fault : std::uint8_t {
  store_back_closed,
  store_back_open,
  store_back_numbered,
  row_back,
  rows_erased,
  row_exchanged,
  store_lies,
  store_fails_before,
  store_fails_after,
  store_unreadable,
  store_conflict,
  killed_before_write,
  killed_after_write,
  killed_between,
  forked,
  two_transactions,
  second_process,
  year_ahead,
  message_repeated,
  message_reordered,
  message_forgotten,
  held_for_days,
  network_split,
  prekeys_drained,
  prekeys_withheld,
  bundle_of_another,
  bundle_old,
  upload_forgotten,
  upload_failed,
  fields_resigned,
  identity_forged,
  bytes_forged,
  stranger_floods,
  state_stolen,
  snapshot_dropped,
  snapshot_restored,
  left_open,
};
inline constexpr std::size_t fault_count = 37;

inline constexpr std::array<std::string_view, fault_count> fault_names{
    "store set back while closed",
    "store set back while open",
    "store set back, its number kept",
    "one row set back",
    "rows erased",
    "row of another device",
    "store answers stored and did not",
    "store fails before the write",
    "store fails after the write",
    "store unreadable after the write",
    "store answers conflict",
    "process killed before a write",
    "process killed after a write",
    "process killed between calls",
    "process forked",
    "two transactions at once",
    "second process",
    "clock a year ahead once",
    "message repeated",
    "message reordered",
    "message forgotten",
    "message held for days",
    "network split",
    "prekeys drained",
    "one-time prekeys withheld",
    "bundle under another name",
    "old bundle",
    "upload forgotten",
    "upload failed",
    "integer field re-signed",
    "identity key forged",
    "bytes forged",
    "stranger fills a signed prekey",
    "state stolen",
    "snapshot of dropped work",
    "snapshot restored",
    "work left open while others commit",
};

using FaultSet = std::bitset<fault_count>;

[[nodiscard]] constexpr std::size_t index_of(Fault fault) noexcept {
  return static_cast<std::size_t>(fault);
}
[[nodiscard]] constexpr std::string_view name_of(Fault fault) noexcept {
  return fault_names[index_of(fault)];
}

/// What ordinary apps do beside talking, and what came of messages that did not open.
enum class Deed : std::uint8_t {
  looked,
  peers_listed,
  forgot,
  renamed,
  rename_refused,
  key_rotated,
  purged,
  kept_message_opened,
  other_history_refused,
  recovered,
  untold_message_given,
  asked_after_rollback,
  moved,
  open_work_stored,
  open_work_refused,
  open_work_rolled_back,
};
inline constexpr std::size_t deeds = 16;
inline constexpr std::array<std::string_view, deeds> deed_names{
    "looked at a peer, storing nothing",
    "listed its peers",
    "forgot a peer",
    "renamed a user",
    "renamed to a name that is taken",
    "rotated the storage key",
    "purged",
    "opened what it had refused and kept",
    "refused a snapshot of its age or newer",
    "recovered a peer from an old backup",
    "gave what an unknown commit opened",
    "asked a device that said rolled_back",
    "moved while it sealed",
    "stored work that was left open",
    "found that others were at the same rows",
    "left work open while the store went back"};

/// How a clock goes.
enum class ClockShape : std::uint8_t { drift, period, step, frozen };
inline constexpr std::size_t clock_shapes = 4;
inline constexpr std::array<std::string_view, clock_shapes> clock_names{
    "clock that drifts", "clock that swings", "clock that steps", "clock that is frozen"};

/// Integer fields that an authenticated peer claims, and the values that it tries.
enum class Field : std::uint8_t { counter, previous_counter, one_time_id, signed_id, registration };
inline constexpr std::size_t fields = 5;
inline constexpr std::array<std::string_view, fields> field_names{
    "counter", "previous counter", "one-time prekey id", "signed prekey id", "registration id"};
inline constexpr std::array<std::uint32_t, 4> extremes{0, 1, 0xfffffffe, 0xffffffff};

/// How often each thing struck.
struct Struck {
  std::array<std::size_t, fault_count> faults{};
  std::array<std::size_t, deeds> done{};
  std::array<std::size_t, clock_shapes> clocks{};  ///< readings taken from a clock of that shape
  std::array<std::array<std::size_t, extremes.size()>, fields> resigned{};
  std::size_t runs = 0;
  std::size_t steps = 0;
  std::size_t sent = 0;
  std::size_t opened = 0;
  std::size_t ended_early = 0;  ///< by a fault that is known

  void add(Fault fault) noexcept { ++faults[index_of(fault)]; }
  void add(Deed deed) noexcept { ++done[static_cast<std::size_t>(deed)]; }
};

}  // namespace sotto::prop::sim
