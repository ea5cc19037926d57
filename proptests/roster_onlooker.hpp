// SPDX-License-Identifier: MIT OR Apache-2.0
/// One who is shown lists, twice: as the library has it, and as a slow twin that keeps every list
/// it ever accepted and reads the rules off them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <sotto/roster_watch.hpp>

#include "roster_lists.hpp"

namespace sotto::prop {

class Onlooker {
 public:
  using Complaint = std::string;
  using Chain = std::vector<std::size_t>;
  using Buffer = std::vector<std::uint8_t>;

  explicit Onlooker(const PlainLists& lists) : lists_(lists), known_(lists.user()) {}

  /// Show it the lists of `chain`; `accept` a reset if it is one.
  [[nodiscard]] Complaint shown(const Chain& chain, Instant now, bool accept) {
    const Verdict want = judge(chain);
    const Buffer before = row();
    std::vector<Bytes> views;
    for (const std::size_t list : chain) views.emplace_back(lists_[list].bytes);
    const auto news = known_.consider(views, now);
    if (want.error) {
      if (news || news.error() != *want.error) return "a bad list is not refused as it should be";
      return row() == before ? "" : "a refused list changes something";
    }
    if (!news) return "good lists are refused";
    if (news->event != want.event) return "another event than the twin's";
    if (news->fetch_from != want.fetch_from) return "fetch from another number";
    if (want.accepted.empty() && row() != before) return "an event changes something";
    if (want.event == RosterEvent::reset && accept) return reset(chain, views, now);
    take(want, now);
    return told(*news, want.accepted) ? agrees() : "other changes are told";
  }

  /// A peer says that it knows the list `claim`, or none.
  [[nodiscard]] Complaint told_of(std::optional<std::size_t> list, Instant sent, Instant now) {
    const RosterClaim said =
        list ? RosterClaim{lists_[*list].number, lists_[*list].hash} : RosterClaim{};
    if (known_.compare(said) != sight(list)) return "a claim is compared otherwise";
    if (known_.correct_clock(std::max(sent, now)) != corrects(std::max(sent, now)))
      return "a time that lies ahead is moved otherwise";
    unseen_since_ = std::min(unseen_since_, std::max(sent, now));
    const RosterWarning want = expected(list, std::min(sent, now), now);
    return watch_.hear(known_, said, sent, now) == want ? "" : "another warning than the twin's";
  }
  [[nodiscard]] Complaint fetched(Instant now) {
    RosterWarning want = RosterWarning::none;
    unseen_since_ = std::min(unseen_since_, now);
    if (settle() || (unseen_ && now - unseen_since_ > roster_grace)) {
      want = RosterWarning::ghost_device;
      unseen_.reset();
    }
    return watch_.fetched(known_, now) == want ? "" : "another warning after fetching";
  }

  /// Forget all but what was saved.
  [[nodiscard]] Complaint restart() {
    const auto known = KnownRoster::load(row());
    const auto watch = RosterWatch::load(watch_.save());
    if (!known || !watch) return "what was saved is refused";
    const Buffer before = row();
    known_ = *known;
    watch_ = *watch;
    return row() == before ? agrees() : "what was saved is loaded otherwise";
  }
  [[nodiscard]] Complaint compared() {
    if (path_.empty()) return "";
    compared_ = path_.size() - 1;
    return known_.mark_compared(known_.claim()) ? agrees() : "a comparison is refused";
  }

 private:
  struct Verdict {
    std::optional<Error> error;
    RosterEvent event = RosterEvent::same;
    std::uint64_t fetch_from = 0;
    Chain accepted;
  };

  [[nodiscard]] bool same(std::size_t a, std::size_t b) const {
    return lists_[a].body == lists_[b].body;
  }
  [[nodiscard]] bool remembers(std::uint64_t number) const {
    return number < path_.size() && (number == 0 || path_.size() - number <= roster_history);
  }
  [[nodiscard]] bool contradicts(std::size_t list) const {
    const std::uint64_t number = lists_[list].number;
    return remembers(number) && !same(list, path_[number]);
  }
  [[nodiscard]] Verdict verified(RosterEvent event, const Chain& chain, std::uint64_t from) const {
    Verdict verdict{.error = {}, .event = event, .accepted = {}};
    for (const std::size_t list : chain) {
      if (lists_[list].number < from) continue;
      if (lists_[list].fault) return {.error = lists_[list].fault, .accepted = {}};
      verdict.accepted.push_back(list);
    }
    return verdict;
  }
  [[nodiscard]] Verdict judge(const Chain& chain) const {
    const auto only = [](RosterEvent event, std::uint64_t from = 0) {
      return Verdict{.error = {}, .event = event, .fetch_from = from, .accepted = {}};
    };
    if (chain.empty() || chain.size() > roster_max_chain)
      return {.error = Error::malformed, .accepted = {}};
    for (std::size_t i = 1; i < chain.size(); ++i)
      if (const auto parent = lists_[chain[i]].parent; !parent || !same(*parent, chain[i - 1]))
        return {.error = Error::malformed, .accepted = {}};
    const std::uint64_t first = lists_[chain.front()].number;
    const std::uint64_t last = lists_[chain.back()].number;
    if (path_.empty())
      return first == 0 ? verified(RosterEvent::first, chain, 0) : only(RosterEvent::gap);
    if (first == 0 && !same(chain[0], path_[0])) {
      Verdict other = verified(RosterEvent::reset, chain, 0);
      other.accepted.clear();
      return other;
    }
    const std::uint64_t ours = path_.size() - 1;
    for (const std::size_t list : chain)
      if (contradicts(list)) return only(RosterEvent::forked);
    if (last < ours) return only(RosterEvent::older);
    if (last == ours) return only(RosterEvent::same);
    if (first > ours + 1) return only(RosterEvent::gap, ours + 1);
    if (first == ours + 1 && !same(*lists_[chain[0]].parent, path_.back()))
      return only(RosterEvent::forked);
    return verified(RosterEvent::extended, chain, ours + 1);
  }

  void take(const Verdict& verdict, Instant now) {
    for (const std::size_t list : verdict.accepted) {
      path_.push_back(list);
      since_.push_back(now);
    }
  }
  [[nodiscard]] Complaint reset(const Chain& chain, const std::vector<Bytes>& views, Instant now) {
    const auto done = known_.accept_reset(views, now);
    if (!done || done->event != RosterEvent::reset) return "a reset is not accepted";
    path_.clear();
    since_.clear();
    compared_.reset();
    take(verified(RosterEvent::reset, chain, 0), now);
    return told(*done, chain) ? agrees() : "other changes are told of a reset";
  }

  /// Whether exactly what these lists changed is told; list 0 changes nothing.
  [[nodiscard]] bool told(const RosterNews& news, const Chain& accepted) const {
    auto change = news.changes().begin();
    for (const std::size_t list : accepted) {
      if (lists_[list].number == 0) continue;
      if (change == news.changes().end() || !is(*change, list)) return false;
      ++change;
    }
    return change == news.changes().end();
  }
  [[nodiscard]] RosterChangeKind kind_of(std::size_t list) const {
    const auto& now = lists_[list].devices;
    const auto& old = lists_[*lists_[list].parent].devices;
    if (now.size() == old.size()) return RosterChangeKind::replaced;
    return now.size() > old.size() ? RosterChangeKind::added : RosterChangeKind::removed;
  }
  [[nodiscard]] bool is(const RosterChange& change, std::size_t list) const {
    const PlainList& plain = lists_[list];
    const bool removed = kind_of(list) == RosterChangeKind::removed;
    const auto& before = lists_[*plain.parent].devices;
    const auto device = static_cast<std::uint32_t>(change.device);
    const auto& there = removed ? before : plain.devices;
    const auto& elsewhere = removed ? plain.devices : before;
    const auto found = there.find(device);
    if (found == there.end()) return false;
    const auto other = elsewhere.find(device);
    const bool differs = other == elsewhere.end() || other->second.key != found->second.key;
    return differs && change.kind == kind_of(list) && change.number == plain.number &&
           static_cast<std::uint32_t>(change.by) == plain.signer &&
           change.at.time_since_epoch().count() == plain.at &&
           change.identity == lists_.identity(found->second);
  }

  [[nodiscard]] Buffer row() const {
    Buffer bytes(known_.saved_bytes());
    static_cast<void>(known_.save(bytes));
    return bytes;
  }
  [[nodiscard]] Complaint agrees() const {
    if (known_.compared() != compared_) return "another list was compared";
    if (path_.empty()) return known_.newest() == nullptr ? "" : "a list is known";
    if (known_.newest() == nullptr) return "no list is known";
    const PlainList& newest = lists_[path_.back()];
    if (known_.claim() != RosterClaim{newest.number, newest.hash}) return "another newest list";
    const auto marks = known_.marks();
    if (marks.size() != std::min(path_.size(), roster_history)) return "other lists remembered";
    for (std::size_t i = 1; i <= marks.size(); ++i)
      if (marks[marks.size() - i].since != since_[since_.size() - i]) return "another time";
    return "";
  }

  [[nodiscard]] RosterSight sight(std::optional<std::size_t> list) const {
    if (!list) return path_.empty() ? RosterSight::same : RosterSight::behind;
    if (lists_[*list].number >= path_.size()) return RosterSight::ahead;
    if (contradicts(*list)) return RosterSight::forked;
    return lists_[*list].number == path_.size() - 1 ? RosterSight::same : RosterSight::behind;
  }
  /// Nothing was accepted later than `latest`: whether that changes what is remembered.
  [[nodiscard]] bool corrects(Instant latest) {
    bool changed = false;
    for (std::uint64_t number = 0; number < since_.size(); ++number) {
      if (since_[number] <= latest) continue;
      since_[number] = latest;
      changed = changed || since_.size() - number <= roster_history;
    }
    return changed;
  }
  [[nodiscard]] bool settle() {
    if (!unseen_ || lists_[*unseen_].number >= path_.size()) return false;
    const bool ghost = contradicts(*unseen_);
    unseen_.reset();
    return ghost;
  }
  [[nodiscard]] RosterWarning expected(std::optional<std::size_t> list, Instant at, Instant now) {
    const bool ghost = settle();
    const RosterSight seen = sight(list);
    if (ghost || seen == RosterSight::forked) return RosterWarning::ghost_device;
    if (seen == RosterSight::same) return RosterWarning::none;
    if (seen == RosterSight::behind) return overdue(list ? lists_[*list].number + 1 : 0, at);
    if (unseen_ && lists_[*unseen_].number == lists_[*list].number && !same(*unseen_, *list))
      return RosterWarning::ghost_device;
    if (!unseen_) {
      unseen_ = list;
      unseen_since_ = now;
    }
    return RosterWarning::fetch_ours;
  }
  /// Of a peer that lacks our lists from `missing` on.
  [[nodiscard]] RosterWarning overdue(std::uint64_t missing, Instant at) const {
    const std::uint64_t oldest =
        path_.size() > roster_history ? path_.size() - roster_history : std::uint64_t{0};
    bool late = false;
    bool removal = false;
    for (std::uint64_t number = std::max(missing, oldest); number < path_.size(); ++number) {
      if (at - since_[number] <= roster_grace) continue;
      late = true;
      const bool added = number == 0 || kind_of(path_[number]) == RosterChangeKind::added;
      removal = removal || !added || missing < oldest;
    }
    if (removal) return RosterWarning::withheld_removal;
    return late ? RosterWarning::withheld : RosterWarning::none;
  }

  const PlainLists& lists_;
  KnownRoster known_;
  RosterWatch watch_;
  Chain path_;                  ///< every list accepted, by number
  std::vector<Instant> since_;  ///< when
  std::optional<std::uint64_t> compared_;
  std::optional<std::size_t> unseen_;
  Instant unseen_since_{};
};

}  // namespace sotto::prop
