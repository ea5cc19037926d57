// SPDX-License-Identifier: MIT OR Apache-2.0
/// The order of a peer's sessions: which is the current one, and which have to go.
#include <algorithm>
#include <utility>

#include "ratchet/age.hpp"
#include "session/peer.hpp"

namespace sotto::session {

Session* Peer::at(std::size_t place) const noexcept {
  return place == 0 ? current_.get() : archived_[place - 1].get();
}

/// Archived so long ago that it is as good as erased: a thief who took it then must not speak in it
/// now. A doubtful time ends nothing: an honest message may wait for that session [SES-4-6].
bool Peer::is_past(std::size_t place, Instant now) const noexcept {
  return place > 0 && ratchet::over(at(place)->archived, now, limits_.max_archived_age);
}

bool Peer::knows(std::size_t place, const RatchetPublic& their_key) const noexcept {
  const Session* const session = at(place);
  return session != nullptr && session->ratchet->knows(their_key);
}

std::optional<std::size_t> Peer::find(const EphemeralPublic& base_key) const noexcept {
  for (std::size_t place = 0; place < places(); ++place)
    if (const Session* const session = at(place);
        session != nullptr && session->base_key == base_key)
      return place;
  return std::nullopt;
}

std::unique_ptr<Session> Peer::take(std::size_t place) noexcept {
  if (place == 0) return std::move(current_);
  std::unique_ptr<Session> taken = std::move(archived_[place - 1]);
  drop_archived(place - 1);
  taken->archived = {};
  return taken;
}

/// Whether the archived `session`, in which the message `number` of a chain has just opened, is to
/// be the current one [SES-4-10]. Its flags are as they were before that message.
bool Peer::replaces_current(const Session& session, MessageKind kind, std::uint32_t number,
                            Instant now) const noexcept {
  if (!current_) return true;
  // The current one came back in front of a later one of the peer's. If we began it, both sides
  // began at once, and the larger base key decides, unless the peer goes on and on in the other.
  if (session.id > current_->id)
    return !current_->established || session.pending || number >= surely_stays ||
           std::ranges::lexicographical_compare(current_->base_key.bytes(),
                                                session.base_key.bytes());
  // Ours, and the peer answers it for the first time now: it reads us there, and may have met the
  // current one before, also one that we began in between. Not for ever: whoever stole its keys
  // could be the one who answers.
  if (session.pending) return !ratchet::over(session.created, now, limits_.max_archived_age);
  if (current_->pending) return false;  // We began it in place of those that were answered.
  // The peer began both and waits for an answer in this one; we gave it none in either.
  const auto answered = [](const Session& one) {
    return one.established || one.ratchet->next_header().n != 0;
  };
  return kind == MessageKind::prekey && !answered(session) && !answered(*current_);
}

/// The archived session at `place` is the current one again. What gives way to a later one may come
/// back after it: the peer may have sent the message before it came to the other one [SES-4-10].
void Peer::bring_back(std::size_t place, Instant now) noexcept {
  const std::uint32_t before = current_ ? current_->id : no_more_sessions;
  const bool gives_way = before < at(place)->id;
  make_current(take(place), now);
  if (!gives_way || archived_count_ == 0 || archived_[0]->id != before) return;
  archived_[0]->established = false;
  archived_[0]->pending = Pending{SignedPrekeyId{0}, std::nullopt};
  ++archived_[0]->changes;
}

/// The current one is archived; before that one goes that was archived long ago [SES-6-2].
void Peer::make_current(std::unique_ptr<Session> session, Instant now) noexcept {
  age_archive(now);
  archive(std::move(current_), now);
  current_ = std::move(session);
}

void Peer::age_archive(Instant now) noexcept {
  check_clock(now);
  expire_archived(now);
}

/// Doubtful times are set to the clock once it is believed [SES-6-4]. A pending session made long
/// ago is destroyed by nothing, so its time is not doubted: a new one takes its place.
void Peer::check_clock(Instant now) noexcept {
  const auto age = limits_.max_archived_age;
  bool doubtful = current_ && current_->pending && current_->created > now;
  for (std::size_t i = 0; i < archived_count_; ++i)
    doubtful = doubtful || ratchet::is_doubtful(archived_[i]->archived, now, age);
  if (!doubt_.believes_clock(doubtful, now)) return;
  if (current_ && current_->pending && current_->created > now) {
    current_->created = now;
    ++current_->changes;
  }
  for (std::size_t i = 0; i < archived_count_; ++i)
    if (Instant& archived = archived_[i]->archived; ratchet::is_doubtful(archived, now, age))
      archived = now;
}

/// At most one of them, and the oldest in the list: one wrong reading costs no more.
void Peer::expire_archived(Instant now) noexcept {
  std::size_t place = archived_count_;
  while (place > 0 && !ratchet::over(at(place)->archived, now, limits_.max_archived_age)) --place;
  if (place > 0) drop_archived(place - 1);
}

/// Put `latest`, which may be null, in front of the archived sessions; too many, and the oldest go
/// that are not established, or else the oldest [SES-6-1].
void Peer::archive(std::unique_ptr<Session> latest, Instant now) noexcept {
  if (latest) latest->archived = now;
  while (archived_count_ + (latest ? 1 : 0) > limits_.max_archived) {
    std::size_t last = archived_count_;
    while (last > 0 && archived_[last - 1]->established) --last;
    if (last > 0)
      drop_archived(last - 1);
    else if (latest && (!latest->established || archived_count_ == 0))
      latest.reset();
    else
      drop_archived(archived_count_ - 1);
  }
  if (!latest) return;
  for (std::size_t i = archived_count_; i > 0; --i) archived_[i] = std::move(archived_[i - 1]);
  archived_[0] = std::move(latest);
  ++archived_count_;
}

void Peer::drop_archived(std::size_t i) noexcept {
  for (--archived_count_; i < archived_count_; ++i) archived_[i] = std::move(archived_[i + 1]);
  archived_[archived_count_].reset();
}

/// [SES-6-3]
void Peer::enforce_skipped_total() noexcept {
  std::size_t kept = skipped_keys();
  for (std::size_t place = places(); place > 0 && kept > limits_.max_skipped_total; --place) {
    Session* const session = at(place - 1);
    if (session == nullptr) continue;
    for (std::size_t here = session->ratchet->skipped_keys();
         here > 0 && kept > limits_.max_skipped_total; --here, --kept)
      session->ratchet->erase_oldest_skipped();
  }
}

std::size_t Peer::skipped_keys() const noexcept {
  std::size_t kept = 0;
  for (std::size_t place = 0; place < places(); ++place)
    if (const Session* const session = at(place); session != nullptr)
      kept += session->ratchet->skipped_keys();
  return kept;
}

}  // namespace sotto::session
