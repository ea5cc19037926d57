// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <sotto/roster_watch.hpp>

namespace sotto {
namespace {

/// What to say of a peer that knew nothing after the list `said`, at `at`. [RO-5-1]
RosterWarning behind_at(const KnownRoster& ours, const RosterClaim& said, Instant at,
                        std::chrono::milliseconds grace) noexcept {
  const auto marks = ours.marks();
  const std::uint64_t oldest = ours.newest()->number() + 1 - marks.size();
  const std::uint64_t missing = said == RosterClaim{} ? 0 : said.number + 1;
  const bool forgotten = missing < oldest;  // What those lists changed is not known any more.
  const auto seen = forgotten ? 0 : static_cast<std::size_t>(missing - oldest);
  auto warning = RosterWarning::none;
  for (const RosterMark& mark : marks.subspan(seen)) {
    if (at - mark.since <= grace) continue;
    if (forgotten || mark.change != RosterChangeKind::added) return RosterWarning::withheld_removal;
    warning = RosterWarning::withheld;
  }
  return warning;
}

}  // namespace

RosterWarning RosterWatch::hear(const KnownRoster& ours, const RosterClaim& said, Instant sent,
                                Instant now) noexcept {
  now = std::max(now, Instant{});  // A moment before 1970 would overflow differences.
  correct_clock(std::max(sent, now));
  const bool ghost = settle(ours);
  const RosterSight sight = ours.compare(said);
  if (ghost || sight == RosterSight::forked) return RosterWarning::ghost_device;  // [RO-5-2]
  if (sight == RosterSight::same) return RosterWarning::none;
  if (sight == RosterSight::behind)
    return behind_at(ours, said, std::clamp(sent, Instant{}, now), grace_);
  if (!unseen_) {
    unseen_ = said;
    unseen_since_ = now;
  } else if (unseen_->number == said.number && unseen_->hash != said.hash) {
    return RosterWarning::ghost_device;  // Two lists under one number: one of them is not ours.
  }
  return RosterWarning::fetch_ours;
}

RosterWarning RosterWatch::fetched(const KnownRoster& ours, Instant now) noexcept {  // [RO-5-3]
  now = std::max(now, Instant{});
  correct_clock(now);
  if (settle(ours)) return RosterWarning::ghost_device;
  if (!unseen_ || now - unseen_since_ <= grace_) return RosterWarning::none;
  unseen_.reset();
  unseen_since_ = {};
  return RosterWarning::ghost_device;
}

void RosterWatch::correct_clock(Instant latest) noexcept {  // [RO-5-4]
  unseen_since_ = std::min(unseen_since_, latest);
}

bool RosterWatch::settle(const KnownRoster& ours) noexcept {
  if (!unseen_) return false;
  const RosterSight sight = ours.compare(*unseen_);
  if (sight == RosterSight::ahead) return false;
  unseen_.reset();
  unseen_since_ = {};
  return sight == RosterSight::forked;
}

}  // namespace sotto
