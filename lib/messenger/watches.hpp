// SPDX-License-Identifier: MIT OR Apache-2.0
/// What other people's devices say of our own list, each watched in a row of its own.
#pragma once

#include <chrono>

#include "messenger/desk.hpp"

namespace sotto::messenger {

/// A device says that it was shown `said` as the list of our devices [CV-4-3].
[[nodiscard]] Result<RosterWarning> watch_hears(Desk& desk, const UserDevice& from,
                                                const KnownRoster& ours, const RosterClaim& said,
                                                Instant sent, Instant now,
                                                std::chrono::milliseconds grace) noexcept;

/// Our list was fetched: whether one that somebody has seen is none of ours.
[[nodiscard]] Result<bool> watches_fetched(Desk& desk, const KnownRoster& ours, Instant now,
                                           std::chrono::milliseconds grace) noexcept;

}  // namespace sotto::messenger
