// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_peer.hpp"

#include <algorithm>
#include <span>

namespace sotto::call {
namespace {

constexpr SframeLimits limits{.max_keys = 5, .max_steps = 255, .max_old_age = group_old_keys_age};

/// Whether less than the gap lies between a time and now. A clock that went backwards is no gap.
bool is_recent(const std::optional<Instant>& when, Instant now) noexcept {
  return when && now < *when + group_request_gap;
}

}  // namespace

// --- Keys

const GroupPeer::Held* GroupPeer::find(std::uint64_t generation) const noexcept {
  const auto held = std::span(held_).first(held_count_);
  const auto found = std::ranges::find(held, generation, &Held::generation);
  return found == held.end() ? nullptr : &*found;
}

Result<GroupPeer::News> GroupPeer::judge(const KeyHead& head) const noexcept {
  if (!known_) return News::first_stay;
  if (head.stay > stay_) return News::later_stay;
  // Generations only rise [GC-5-2]; of the newest it may be said anew that nobody knows it who
  // left.
  if (head.stay < stay_ || group_generation(head.kid) < newest_)
    return std::unexpected(Error::replayed);
  if (group_generation(head.kid) > newest_) return News::generation;
  const Held* const held = newest();
  if (held != nullptr && head.since <= held->since) return std::unexpected(Error::replayed);
  return held != nullptr ? News::confirmation : News::generation;
}

Result<void> GroupPeer::hold(News news, const KeyMessage& message, const GroupLeaves& leaves,
                             Instant now) noexcept {
  if (news == News::confirmation) {
    Held& held = held_[held_count_ - 1];
    held.since = message.head.since;
    held.end = leaves.end_of(held.since);
    asked_in_time_ = false;
    is_owed_request_ = false;
    return {};
  }
  auto key = SframeBaseKey::create(message.key);
  if (!key) return std::unexpected(key.error());
  const SframeKid kid = message.head.kid;
  if (news == News::generation && frames_) {
    const auto held = frames_->add_key(kid, *std::move(key), group_chain);
    // A step that is over: it is told late, and the sender has gone on.
    if (!held)
      return std::unexpected(held.error() == Error::conflict ? Error::replayed : held.error());
  } else {
    auto frames = SframeReceiver::create(message.head.suite, limits);
    if (!frames) return std::unexpected(frames.error());
    const auto held = frames->add_key(kid, *std::move(key), group_chain);
    if (!held) return held;
    frames_ = *std::move(frames);
    held_count_ = 0;
  }
  if (held_count_ == held_.size()) {
    std::ranges::move(std::span(held_).subspan(1), held_.begin());
    --held_count_;
  }
  held_[held_count_++] = {group_generation(kid), group_step(kid), message.head.since,
                          leaves.end_of(message.head.since)};
  known_ = true;
  stay_ = message.head.stay;
  newest_ = group_generation(kid);
  came_ = now;
  asked_in_time_ = false;
  is_owed_request_ = false;
  return {};
}

void GroupPeer::limit(const GroupLeaves& leaves) noexcept {
  for (Held& held : std::span(held_).first(held_count_))
    if (!held.end) held.end = leaves.end_of(held.since);
}

void GroupPeer::forget(Instant now) noexcept {
  const auto held = std::span(held_).first(held_count_);
  const auto is_over = [&](const Held& each) {
    const std::optional<Instant>& end = each.end;
    return end && now >= *end;
  };
  if (!frames_ || held.empty() || !std::ranges::all_of(held, is_over)) return;
  if (frames_->let_go()) held_count_ = 0;
}

void GroupPeer::ask_in_time(Instant now) noexcept {
  const auto when = asks_at();
  if (!when || now < *when) return;
  asked_in_time_ = true;
  is_owed_request_ = true;
}

std::optional<Instant> GroupPeer::asks_at() const noexcept {
  const Held* const held = newest();
  if (held == nullptr || asked_in_time_) return std::nullopt;
  const std::optional<Instant>& end = held->end;
  return end ? std::optional(*end - group_leave_limit / 2) : std::nullopt;
}

Result<MutableBytes> GroupPeer::open(MutableBytes out, Bytes metadata, Bytes frame,
                                     Instant now) noexcept {
  const auto header = parse_sframe_header(frame);
  if (!header) return std::unexpected(header.error());
  // Whether a frame is too old or of a stay that we know nothing of yet cannot be told: who lacks a
  // key asks. Of before we joined [GC-5-5]; of a key whose time is over [GC-5-4].
  const Held* const held = find(group_generation(header->kid));
  std::optional<SframeReceiver>& frames = frames_;
  if (held == nullptr || !frames || group_step(header->kid) < held->first_step)
    return std::unexpected(Error::unknown_key);
  const std::optional<Instant>& end = held->end;
  if (end && now >= *end) return std::unexpected(Error::unknown_key);
  return frames->open(out, metadata, frame, now);
}

// --- The roster

void GroupPeer::hear(const RosterName& said, Sight sight, Instant now) noexcept {
  // What it said before may come late.
  if (const std::optional<RosterName>& before = said_; before && before->number > said.number)
    return;
  said_ = said;
  if (sight == Sight::ahead) {
    if (!ahead_since_) ahead_since_ = now;
    return;
  }
  ahead_since_.reset();
  if (sight == Sight::same) differs_ = reported_ = false;
  if (sight == Sight::differs) differs_ = true;
}

void GroupPeer::look_again(const RosterPast& past, const RosterName& present) noexcept {
  const std::optional<RosterName>& said = said_;
  const std::optional<Instant>& since = ahead_since_;
  if (said && since) hear(RosterName(*said), past.look_at(*said, present), *since);
}

void GroupPeer::grow_impatient(Instant now) noexcept {
  const auto until = patient_until();
  if (until && now >= *until) differs_ = true;
}

std::optional<Instant> GroupPeer::patient_until() const noexcept {
  const std::optional<Instant>& since = ahead_since_;
  if (!since || differs_) return std::nullopt;
  return *since + group_roster_grace;
}

bool GroupPeer::take_difference() noexcept {
  if (!differs_ || reported_) return false;
  reported_ = true;
  return true;
}

// --- Asking and answering

void GroupPeer::ask(Instant now) noexcept {
  if (is_recent(asked_, now) || is_recent(came_, now)) return;
  asked_ = now;
  is_owed_request_ = true;
}

void GroupPeer::answer(Instant now) noexcept {
  if (is_recent(answered_, now)) return;
  answered_ = now;
  is_owed_key_ = true;
}

}  // namespace sotto::call
