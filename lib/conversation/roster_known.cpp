// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a chain of lists is to one who knows some already.
#include <algorithm>

#include <sotto/known_roster.hpp>

#include "conversation/roster_form.hpp"

namespace sotto {
namespace {

/// A chain whose lists fit each other. Nothing in it is verified.
struct Shown {
  std::uint64_t first = 0;  ///< number of its first list
  RosterHash first_hash;
  RosterHash previous;     ///< what the first list says of the one before
  std::uint64_t last = 0;  ///< number of its last list
};

/// Read a chain, one list after the other, and hand each with its hash to `visit`. [RO-4-2]
template <class Visit>
Result<Shown> look_through(std::span<const Bytes> chain, const UserId& user, Visit&& visit) {
  if (chain.empty() || chain.size() > roster_max_chain) return std::unexpected(Error::malformed);
  Shown shown;
  RosterHash before;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto parts = read_roster(chain[i]);
    if (!parts) return std::unexpected(parts.error());
    if (parts->user != user) return std::unexpected(Error::malformed);
    const RosterHash hash = roster_hash(*parts);
    if (i == 0) {
      shown = {parts->number, hash, parts->previous, parts->number};
    } else {
      const bool in_a_row =
          parts->number != 0 && parts->number - 1 == shown.last && parts->previous == before;
      if (!in_a_row) return std::unexpected(Error::malformed);
      shown.last = parts->number;
    }
    visit(parts->number, hash);
    before = hash;
  }
  return shown;
}

Result<RosterNews> news_of(RosterEvent event) {
  RosterNews news;
  news.event = event;
  return news;
}

Result<RosterNews> missing_from(std::uint64_t number) {
  auto news = news_of(RosterEvent::gap);
  news->fetch_from = number;
  return news;
}

}  // namespace

Result<RosterNews> KnownRoster::consider(std::span<const Bytes> chain, Instant now) noexcept {
  if (now.time_since_epoch().count() < 0) return std::unexpected(Error::malformed);
  bool contradicts = false;
  const auto shown = look_through(chain, user_, [&](std::uint64_t number, const RosterHash& hash) {
    const RosterHash* const known = remembered(number);
    contradicts = contradicts || (known != nullptr && *known != hash);
  });
  if (!shown) return std::unexpected(shown.error());

  if (!newest_) {  // [RO-4-1]: only from list 0 on can signatures be followed.
    if (shown->first != 0) return missing_from(0);
    KnownRoster next(user_);
    auto news = next.begin_anew(chain, now);
    if (news) *this = next;
    return news;
  }
  const std::uint64_t ours = newest_->number();
  if (shown->first == 0 && shown->first_hash != root_) {  // [RO-4-4]
    KnownRoster other(user_);
    if (const auto good = other.begin_anew(chain, now); !good) return std::unexpected(good.error());
    return news_of(RosterEvent::reset);
  }
  if (contradicts) return news_of(RosterEvent::forked);  // [RO-4-3]
  if (shown->last < ours) return news_of(RosterEvent::older);
  if (shown->last == ours) return news_of(RosterEvent::same);
  if (shown->first > ours && shown->first - ours > 1) return missing_from(ours + 1);
  if (shown->first > ours && shown->previous != newest_->hash())
    return news_of(RosterEvent::forked);
  KnownRoster next = *this;
  auto news = next.follow(*newest_, chain, now);
  if (news) *this = next;
  return news;
}

Result<RosterNews> KnownRoster::accept_reset(std::span<const Bytes> chain, Instant now) noexcept {
  KnownRoster trial = *this;
  const auto seen = trial.consider(chain, now);
  if (!seen) return seen;
  if (seen->event != RosterEvent::reset) return std::unexpected(Error::wrong_state);
  KnownRoster next(user_);
  auto news = next.begin_anew(chain, now);
  if (!news) return news;
  *this = next;
  news->event = RosterEvent::reset;
  return news;
}

/// Nothing is known here yet; the chain starts with a list 0.
Result<RosterNews> KnownRoster::begin_anew(std::span<const Bytes> chain, Instant now) noexcept {
  const auto parts = read_roster(chain.front());
  if (!parts) return std::unexpected(parts.error());
  const auto list = Roster::verify_first(*parts);
  if (!list) return std::unexpected(list.error());
  root_ = list->hash();
  accept(*list, RosterChangeKind::added, now);
  auto news = follow(*list, chain.subspan(1), now);
  if (news) news->event = RosterEvent::first;
  return news;
}

/// Accept those of the chain that are newer than `newest`, ours. On an error this is half done.
Result<RosterNews> KnownRoster::follow(Roster newest, std::span<const Bytes> chain,
                                       Instant now) noexcept {
  RosterNews news;
  news.event = RosterEvent::extended;
  for (const Bytes bytes : chain) {
    const auto parts = read_roster(bytes);
    if (!parts) return std::unexpected(parts.error());
    if (parts->number <= newest.number()) continue;  // The same as ours, as was seen before.
    const auto list = newest.verify_next(*parts);
    if (!list) return std::unexpected(list.error());
    const auto change = conversation::change_between(newest.parts(), *parts);
    if (!change) return std::unexpected(change.error());
    news.all_changes[news.change_count++] = *change;
    accept(*list, change->kind, now);
    newest = *list;
  }
  return news;
}

void KnownRoster::accept(const Roster& next, RosterChangeKind change, Instant now) noexcept {
  if (mark_count_ == marks_.size()) {
    std::ranges::rotate(marks_, marks_.begin() + 1);
    --mark_count_;
  }
  marks_[mark_count_++] = {next.hash(), change, now};
  newest_ = next;
}

bool KnownRoster::correct_clock(Instant latest) noexcept {  // [RO-5-4]
  latest = std::max(latest, Instant{});
  bool changed = false;
  for (RosterMark& mark : std::span(marks_).first(mark_count_)) {
    if (mark.since <= latest) continue;
    mark.since = latest;
    changed = true;
  }
  return changed;
}

const RosterHash* KnownRoster::remembered(std::uint64_t number) const noexcept {
  if (!newest_ || number > newest_->number()) return nullptr;
  const std::uint64_t age = newest_->number() - number;
  if (age < mark_count_) return &marks_[mark_count_ - 1 - static_cast<std::size_t>(age)].hash;
  return number == 0 ? &root_ : nullptr;
}

RosterClaim KnownRoster::claim() const noexcept {
  return newest_ ? newest_->claim() : RosterClaim{};
}

Result<void> KnownRoster::mark_compared(const RosterClaim& claim) noexcept {  // [RO-4-6]
  if (!newest_) return std::unexpected(Error::wrong_state);
  if (claim != newest_->claim()) return std::unexpected(Error::conflict);
  compared_ = claim.number;
  return {};
}

RosterSight KnownRoster::compare(const RosterClaim& said) const noexcept {  // [RO-4-5]
  const bool knows_none = said == RosterClaim{};
  if (!newest_) return knows_none ? RosterSight::same : RosterSight::ahead;
  if (knows_none) return RosterSight::behind;
  if (said.number > newest_->number()) return RosterSight::ahead;
  const RosterHash* const known = remembered(said.number);
  if (known != nullptr && *known != said.hash) return RosterSight::forked;
  return said.number == newest_->number() ? RosterSight::same : RosterSight::behind;
}

}  // namespace sotto
