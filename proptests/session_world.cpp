// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session_world.hpp"

#include <algorithm>

#include "forgeries.hpp"

namespace sotto::prop {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t party_count = 3;

/// Small, so that every limit is met on both sides.
SessionLimits limits_of(std::uint64_t seed) {
  const auto pick = [&](unsigned shift, std::uint32_t count) {
    return static_cast<std::uint32_t>(seed >> shift) % count;
  };
  return {.ratchet = {.max_forward_jump = 2 + pick(0, 4),
                      .max_skipped_per_chain = 1 + pick(4, 4),
                      .max_skipped_total = 2 + pick(8, 4),
                      .max_receiving_chains = 1 + pick(12, 3),
                      .max_skipped_age = milliseconds(2'000 + 4'000 * pick(16, 3))},
          .max_archived = pick(20, 4),
          .max_message_bytes = 150 + 100 * std::size_t{pick(40, 4)},
          .max_skipped_total = 1 + pick(24, 6),
          .max_archived_age = milliseconds(1'000 + 4'000 * pick(28, 3)),
          .max_unacknowledged_age = milliseconds(1'000 + 30'000 * pick(32, 3)),
          .max_unanswered_connects = 2 + pick(36, 10)};
}

}  // namespace

SessionWorld::SessionWorld(std::uint64_t seed, Tally& tally)
    : tally_(tally), seed_(seed), now_(milliseconds(1'700'000'000'000)) {
  for (std::size_t i = 0; i < party_count; ++i)
    parties_.push_back(std::make_unique<Party>(seed + i, limits_of(seed), 2, tally));
}

const std::vector<SessionWorld::Kind>& SessionWorld::table() {
  using W = SessionWorld;
  static const std::vector<Kind> kinds_by_weight{
      {"connect", 8, &W::connect},
      {"connect wrongly", 4, &W::connect_wrongly},
      {"encrypt", 24, &W::encrypt},
      {"encrypt without room", 1, &W::encrypt_without_room},
      {"deliver", 32, &W::deliver},
      {"deliver without room", 1, &W::deliver_without_room},
      {"misdeliver", 1, &W::misdeliver},
      {"lose", 3, &W::lose},
      {"duplicate", 3, &W::duplicate},
      {"replay", 4, &W::replay},
      {"corrupt", 3, &W::corrupt},
      {"forge a message", 4, &W::forge_signal},
      {"forge a first message", 5, &W::forge_prekey},
      {"unwrap", 2, &W::unwrap},
      {"wrap", 1, &W::wrap},
      {"pass time", 6, &W::pass_time},
      {"accept", 2, &W::accept},
      {"erase", 1, &W::erase},
      {"forget", 1, &W::forget},
      {"restart", 4, &W::restart},
      {"rotate", 2, &W::rotate},
      {"destroy", 1, &W::destroy},
      {"restock", 4, &W::restock},
      {"reinstall", 1, &W::reinstall},
  };
  return kinds_by_weight;
}

const SessionWorld::Kind& SessionWorld::kind_of(const SessionEvent& event) {
  unsigned total = 0;
  for (const Kind& kind : table()) total += kind.weight;
  unsigned at = event.kind % total;
  for (const Kind& kind : table()) {
    if (at < kind.weight) return kind;
    at -= kind.weight;
  }
  return table().front();
}

std::vector<std::string> SessionWorld::kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : table()) names.push_back(kind.name);
  return names;
}

std::string describe(const SessionEvent& event) {
  const auto [who, whom] = SessionWorld::ends(event);
  return std::string(SessionWorld::kind_of(event).name) + " " + std::to_string(who) + ">" +
         std::to_string(whom) + " " + std::to_string(event.detail);
}

void SessionWorld::apply(const SessionEvent& event) {
  ++operations_;
  const Kind& kind = kind_of(event);
  ++tally_[std::string("event ") + kind.name];
  (this->*kind.apply)(event);
}

SessionWorld::Ends SessionWorld::ends(const SessionEvent& event) {
  const std::size_t who = event.who % party_count;
  // Mostly between the first two.
  const std::size_t to = (who + 1 + (event.whom % 8 == 0 ? 1 : 0)) % party_count;
  if (event.who % 4 == 3) return {who, to};
  const std::size_t first = event.who % 2;
  return event.whom % 8 == 0 ? Ends{first, 2} : Ends{first, 1 - first};
}

/// One in ten is broken.
Tape SessionWorld::tape(const SessionEvent& event) {
  using enum Tape::Kind;
  const std::uint32_t fate = event.detail / 7 % 30;
  const Tape::Kind kind = fate == 0   ? fails_at_once
                          : fate == 1 ? fails_later
                          : fate == 2 ? constant
                                      : good;
  return {kind, seed_ ^ (operations_ << 32)};
}

void SessionWorld::connect(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  const bool one_time = event.detail % 3 != 0;
  parties_[who]->connect(whom, parties_[whom]->bundle(one_time, false), tape(event), now_);
}

void SessionWorld::connect_wrongly(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  const std::size_t third = party_count - who - whom;
  const std::uint32_t how = event.detail % 4;
  // With a bundle that was replaced (twice as often), our own, or another's.
  const std::size_t whose = how < 2 ? whom : how == 2 ? who : third;
  parties_[who]->connect(whom, parties_[whose]->bundle(false, true), tape(event), now_);
}

void SessionWorld::encrypt(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  model::Buffer plaintext(event.detail % 40);
  for (std::size_t i = 0; i < plaintext.size(); ++i)
    plaintext[i] = static_cast<std::uint8_t>(event.detail + i);
  auto parcel = parties_[who]->encrypt(whom, plaintext, now_);
  if (!parcel) return;
  parcel->from = who;
  on_the_way_.push_back(*parcel);
}

void SessionWorld::encrypt_without_room(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  parties_[who]->encrypt(whom, model::Buffer(20, 1), now_, event.detail % 80);
}

/// Mostly the oldest, else any.
std::size_t SessionWorld::place(const SessionEvent& event) const {
  return event.whom % 3 != 0 ? 0 : event.detail % on_the_way_.size();
}

const Parcel* SessionWorld::on_the_way(const SessionEvent& event) const {
  return on_the_way_.empty() ? nullptr : &on_the_way_[place(event)];
}

void SessionWorld::open(const Parcel& parcel, const SessionEvent& event) {
  parties_[parcel.to]->decrypt(parcel.from, parcel.kind, parcel.bytes, tape(event), now_);
}

void SessionWorld::deliver(const SessionEvent& event) {
  const Parcel* const parcel = on_the_way(event);
  if (parcel == nullptr) return;
  const Parcel arrived = *parcel;
  on_the_way_.erase(on_the_way_.begin() + static_cast<std::ptrdiff_t>(place(event)));
  arrived_.push_back(arrived);
  if (arrived_.size() > 40) arrived_.pop_front();
  open(arrived, event);
}

void SessionWorld::deliver_without_room(const SessionEvent& event) {
  if (const Parcel* const parcel = on_the_way(event))
    parties_[parcel->to]->decrypt(parcel->from, parcel->kind, parcel->bytes, tape(event), now_,
                                  parcel->bytes.size() - 1);
}

void SessionWorld::misdeliver(const SessionEvent& event) {
  const Parcel* const parcel = on_the_way(event);
  if (parcel == nullptr) return;
  Parcel strayed = *parcel;
  if (event.detail % 2 == 0)
    strayed.from = party_count - parcel->from - parcel->to;  // under another name
  else
    std::swap(strayed.from, strayed.to);  // back to its sender
  open(strayed, event);
}

void SessionWorld::lose(const SessionEvent& event) {
  if (on_the_way_.empty()) return;
  on_the_way_.erase(on_the_way_.begin() +
                    static_cast<std::ptrdiff_t>(event.detail % on_the_way_.size()));
}

void SessionWorld::duplicate(const SessionEvent& event) {
  if (const Parcel* const parcel = on_the_way(event)) open(*parcel, event);
}

void SessionWorld::replay(const SessionEvent& event) {
  if (!arrived_.empty()) open(arrived_[event.detail % arrived_.size()], event);
}

void SessionWorld::corrupt(const SessionEvent& event) {
  const Parcel* const parcel = on_the_way(event);
  if (parcel == nullptr) return;
  Parcel altered = *parcel;
  const std::size_t bit = event.detail % (8 * altered.bytes.size());
  altered.bytes[bit / 8] = static_cast<std::uint8_t>(altered.bytes[bit / 8] ^ (1U << bit % 8));
  open(altered, event);
}

void SessionWorld::forge_signal(const SessionEvent& event) {
  if (const Parcel* const parcel = on_the_way(event))
    open(forged_signal(*parcel, event.detail), event);
}

void SessionWorld::forge_prekey(const SessionEvent& event) {
  const Parcel* parcel = on_the_way(event);
  for (const Parcel& one : on_the_way_)
    if (one.kind == MessageKind::prekey) parcel = &one;
  if (parcel == nullptr || parcel->kind != MessageKind::prekey) return;
  const std::size_t third = party_count - parcel->from - parcel->to;
  const std::size_t whose = event.detail / 8 % 2 == 0 ? third : parcel->to;
  open(forged_prekey(*parcel, event.detail, parties_[whose]->identity()), event);
}

/// The message inside a first message, without what is around it.
void SessionWorld::unwrap(const SessionEvent& event) {
  const Parcel* const parcel = on_the_way(event);
  if (parcel != nullptr && parcel->kind == MessageKind::prekey) open(unwrapped(*parcel), event);
}

/// A message with a first message around it that names one of the receiver's sessions.
void SessionWorld::wrap(const SessionEvent& event) {
  const Parcel* const parcel = on_the_way(event);
  if (parcel == nullptr || parcel->kind != MessageKind::signal) return;
  const model::Peer& receiver = parties_[parcel->to]->peer(parcel->from);
  if (!receiver.current) return;
  open(wrapped(*parcel, receiver.current->base_key, receiver.current->ratchet.their_identity),
       event);
}

void SessionWorld::pass_time(const SessionEvent& event) {
  const std::uint32_t how = event.detail % 16;
  const auto step = milliseconds(event.detail / 16 % 4'000);
  // Clocks that are wrong by days, and so much that nobody believes it.
  if (how == 10)
    now_ += std::chrono::days(event.detail / 16 % 4);
  else if (how == 11)
    now_ -= std::chrono::days(event.detail / 16 % 4);
  else if (how == 12)
    now_ += std::chrono::days(500);
  else if (how == 13)
    now_ -= std::chrono::days(500);
  else if (how == 0)
    now_ -= step;
  else if (how == 8)
    now_ -= 8 * step;
  else if (how == 9)
    now_ += 8 * step;
  else if (how == 1)
    now_ += 4 * step;
  else if (how == 2)
    now_ += milliseconds(1'000);
  else
    now_ += step / 4;
}

void SessionWorld::accept(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  const std::uint32_t how = event.detail % 8;
  const std::size_t third = party_count - who - whom;
  model::Key identity = parties_[how < 5 ? whom : how == 5 ? third : who]->identity();
  if (how == 7) identity = {};
  parties_[who]->accept_identity(whom, identity);
}

void SessionWorld::erase(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  parties_[who]->erase_sessions(whom);
}

void SessionWorld::forget(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  parties_[who]->forget(whom);
}

void SessionWorld::restart(const SessionEvent& event) {
  const auto [who, whom] = ends(event);
  parties_[who]->restart(whom);
}

void SessionWorld::rotate(const SessionEvent& event) {
  parties_[ends(event).who]->rotate();
}

void SessionWorld::destroy(const SessionEvent& event) {
  parties_[ends(event).who]->destroy_oldest_signed_prekey();
}

void SessionWorld::restock(const SessionEvent& event) {
  parties_[ends(event).who]->restock();
}

void SessionWorld::reinstall(const SessionEvent& event) {
  if (event.detail % 3 == 0) parties_[ends(event).who]->reinstall();
}

}  // namespace sotto::prop
