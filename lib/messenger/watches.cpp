// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/watches.hpp"

#include <array>

namespace sotto::messenger {
namespace {

using std::chrono::milliseconds;

Result<RosterWatch> watch(Desk& desk, const UserDevice& of, milliseconds grace) noexcept {
  std::array<std::uint8_t, RosterWatch::saved_bytes> room{};
  const auto value = desk.read(room, watch_row(of));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return RosterWatch(grace);
  auto loaded = RosterWatch::load(*row, grace);
  if (!loaded) return std::unexpected(Error::corrupted);
  return loaded;
}

/// A watch that waits for nothing needs no row: most of them.
Result<void> put(Desk& desk, const UserDevice& of, const RosterWatch& watch, bool had) noexcept {
  if (watch.waiting()) return desk.put(watch_row(of), watch.save());
  if (had) return desk.erase(watch_row(of));
  return {};
}

}  // namespace

Result<RosterWarning> watch_hears(Desk& desk, const UserDevice& from, const KnownRoster& ours,
                                  const RosterClaim& said, Instant sent, Instant now,
                                  milliseconds grace) noexcept {
  auto held = watch(desk, from, grace);
  if (!held) return std::unexpected(held.error());
  const bool had = held->waiting();
  const RosterWarning warning = held->hear(ours, said, sent, now);
  if (const auto done = put(desk, from, *held, had); !done) return std::unexpected(done.error());
  return warning;
}

Result<bool> watches_fetched(Desk& desk, const KnownRoster& ours, Instant now,
                             milliseconds grace) noexcept {
  const RowKey all(RowKind::watch);
  RowKey behind = all;
  bool ghost = false;
  while (true) {
    std::array<std::uint8_t, RowKey::max_bytes> room{};
    const auto next = desk.next(room, all, behind);
    if (!next) return std::unexpected(next.error());
    const std::optional<Bytes>& row = *next;
    if (!row) return ghost;
    base::Fields fields(*row);
    const UserDevice of = read_device(fields);
    if (!fields.finished()) return std::unexpected(Error::corrupted);
    auto held = watch(desk, of, grace);
    if (!held) return std::unexpected(held.error());
    ghost |= held->fetched(ours, now) == RosterWarning::ghost_device;
    if (const auto done = put(desk, of, *held, true); !done) return std::unexpected(done.error());
    behind = watch_row(of);
  }
}

}  // namespace sotto::messenger
