// SPDX-License-Identifier: MIT OR Apache-2.0
#include "prekeys.hpp"

#include <algorithm>

#include "ratchet.hpp"

namespace sotto::model {
namespace {

using Place = PrekeyLife::Place;

bool is_waiting(const PrekeyLife::OneTime& one) {
  return one.place == Place::fresh || one.place == Place::offered;
}

/// The next id that nobody of `kept` has [SES-8-1].
std::uint32_t take_id(PrekeyLife& life, std::uint32_t& next, const auto& kept) {
  if (next == 0) {
    next = life.drawn.at(0);
    life.drawn.pop_front();
  }
  for (;;) {
    const std::uint32_t id = next;
    next = id == 0xffffff ? 1 : id + 1;
    if (std::ranges::none_of(kept, [id](const auto& prekey) { return prekey.id == id; })) return id;
  }
}

/// [SES-8-7]
void settle(PrekeyLife& life, Instant now) {
  std::vector<Stamp> stamps;
  for (auto& prekey : life.signed_prekeys)
    if (&prekey == &life.signed_prekeys.front())
      stamps.push_back({&prekey.made});
    else
      stamps.push_back({&prekey.replaced, life.policy.overlap});
  for (auto& one : life.one_times) {
    if (one.since == Instant::max()) one.since = now;
    if (one.place == Place::uploaded) stamps.push_back({&one.since});
    if (one.place == Place::out) stamps.push_back({&one.since, life.policy.overlap});
  }
  const bool unsure = !life.signed_prekeys.empty() && life.signed_prekeys.front().made > now;
  // Of one whose age is not known it is said that it is old.
  if (life.doubt.settle(stamps, now) && unsure)
    life.signed_prekeys.front().made = now - life.policy.rotate_after;
}

/// [SES-8-6]
void withdraw(PrekeyLife& life, Instant now) {
  for (auto& one : life.one_times)
    if (one.place == Place::uploaded) one = {one.id, Place::out, 0, now};
}

void destroy_aged(PrekeyLife& life, Instant now) {
  std::size_t most = std::max<std::size_t>(life.policy.batch / 10, 1);
  std::erase_if(life.one_times, [&](const PrekeyLife::OneTime& one) {
    const bool gone =
        one.place == Place::out && over(one.since, now, life.policy.overlap) && most > 0;
    if (gone) --most;
    return gone;
  });
}

/// `before`: those kept when the call began, whose ids none of the new ones has.
void make(PrekeyLife& life, std::size_t count, Place place, std::uint32_t upload,
          std::deque<PrekeyLife::OneTime> before) {
  const std::size_t most = 10 * std::size_t{life.policy.batch};
  for (const Place going : {Place::out, Place::uploaded}) {
    if (going == Place::uploaded && place == Place::fresh) break;
    while (life.one_times.size() + count > most) {
      const auto oldest = std::ranges::find(life.one_times, going, &PrekeyLife::OneTime::place);
      if (oldest == life.one_times.end()) break;
      life.one_times.erase(oldest);
    }
  }
  for (; count > 0 && life.one_times.size() < most; --count) {
    const std::uint32_t id = take_id(life, life.next_one_time, before);
    life.one_times.push_back({id, place, upload});
    before.push_back({id, place});
  }
}

/// [SES-8-2]
bool is_much_used(const PrekeyLife& life, const PrekeyLife::Signed& prekey) {
  return !prekey.base_keys.empty() && prekey.base_keys.size() >= life.policy.max_last_resort / 2;
}

void make_signed(PrekeyLife& life, Instant now) {
  if (!life.signed_prekeys.empty()) life.signed_prekeys.front().replaced = now;
  life.signed_prekeys.push_front(
      {.id = take_id(life, life.next_signed, life.signed_prekeys), .made = now});
  const auto last = std::ranges::find_if(life.signed_prekeys,
                                         [](const auto& prekey) { return prekey.acknowledged; });
  const std::optional<std::uint32_t> spared =
      last == life.signed_prekeys.end() ? std::nullopt : std::optional(last->id);
  int most = 2;
  for (std::size_t i = life.signed_prekeys.size() - 1; i > 0; --i) {
    const PrekeyLife::Signed& prekey = life.signed_prekeys[i];
    const bool is_over = over(prekey.replaced, now, life.policy.overlap) && most > 0;
    if (prekey.id == spared || (life.signed_prekeys.size() <= 40 && !is_over)) continue;
    life.signed_prekeys.erase(life.signed_prekeys.begin() + static_cast<std::ptrdiff_t>(i));
    --most;
  }
}

/// [SES-8-5]
void acknowledge(PrekeyLife& life, std::size_t i, Instant now) {
  if (life.signed_prekeys[i].acknowledged) return;
  life.signed_prekeys[i].acknowledged = true;
  for (std::size_t older = i + 1; older < life.signed_prekeys.size(); ++older) {
    if (!life.signed_prekeys[older].acknowledged) continue;
    life.signed_prekeys[older].replaced = now;
    return;
  }
}

}  // namespace

std::size_t PrekeyLife::count(Place place) const {
  return static_cast<std::size_t>(std::ranges::count(one_times, place, &OneTime::place));
}

/// [SES-8-3, SES-8-6]
PrekeyLife::Upload PrekeyLife::to_upload(const ServiceStock& stock, Instant now) {
  const std::deque<OneTime> before = one_times;
  settle(*this, now);
  bool first = true;
  for (const Signed& prekey : signed_prekeys) first = first && !prekey.acknowledged;
  if (!first && stock.one_time_left && *stock.one_time_left == 0) {
    withdraw(*this, now);
    replacing = 0;
  }
  destroy_aged(*this, now);

  bool rotates = signed_prekeys.empty() || is_much_used(*this, signed_prekeys.front()) ||
                 aged(signed_prekeys.front().made, now,
                      signed_prekeys.front().acknowledged
                          ? policy.rotate_after
                          : std::max<std::chrono::milliseconds>(4 * policy.rotate_after,
                                                                std::chrono::days(1)));
  const std::size_t waiting = count(Place::fresh) + count(Place::offered);
  const std::size_t at_service = count(Place::uploaded);
  const std::size_t left = stock.one_time_left ? *stock.one_time_left : at_service;
  const std::size_t low_water = std::min(policy.low_water, policy.batch);
  const auto beyond_waiting = [&](std::size_t wanted) {
    return wanted > waiting ? wanted - waiting : 0;
  };
  std::size_t fresh = left < low_water ? beyond_waiting(policy.batch - left) : 0;
  const bool strange =
      stock.signed_prekey && std::ranges::none_of(signed_prekeys, [&](const Signed& prekey) {
        return SignedPrekeyId{prekey.id} == *stock.signed_prekey;
      });
  const bool too_many_there = left > at_service + waiting + low_water;
  // The service may have what is lost here, and so may peers.
  const bool lost_some =
      stock.not_ours || strange || (too_many_there && !stock.signed_prekey.has_value());
  if (lost_some && !rotates) {
    const Signed& current = signed_prekeys.front();
    const bool made_for_this = uploads > 0 && !current.acknowledged && current.upload == uploads &&
                               !aged(current.made, now, std::chrono::days(1));
    rotates = !made_for_this;
  }
  bool replaces = first || replacing != 0 || lost_some || too_many_there ||
                  at_service + waiting + fresh > 10 * std::size_t{policy.batch};
  for (const OneTime& one : one_times)
    if (one.place == Place::uploaded && aged(one.since, now, policy.refresh_after)) replaces = true;
  if (replaces) fresh = beyond_waiting(policy.batch);

  bool signed_due = rotates || stock.lost_signed_prekey;
  if (!rotates)
    signed_due =
        signed_due || !signed_prekeys[0].acknowledged ||
        (stock.signed_prekey && *stock.signed_prekey != SignedPrekeyId{signed_prekeys[0].id});
  Upload upload{.due = signed_due || replaces || waiting + fresh > 0, .replaces = replaces};
  const bool all_offered = std::ranges::all_of(
      one_times, [&](const OneTime& one) { return !is_waiting(one) || one.upload == uploads; });
  const bool same = !rotates && !(signed_due && signed_prekeys[0].acknowledged) && fresh == 0 &&
                    uploads > 0 &&
                    (signed_prekeys[0].acknowledged || signed_prekeys[0].upload == uploads) &&
                    replacing == (replaces ? uploads : 0) && all_offered;
  if (!same && lost_some) next_one_time = next_signed = 0;
  if (rotates) make_signed(*this, now);
  if (upload.due && !same) {
    ++uploads;
    replacing = replaces ? uploads : 0;
    for (OneTime& one : one_times)
      if (is_waiting(one)) one = {one.id, Place::offered, uploads};
    if (!signed_prekeys[0].acknowledged) signed_prekeys[0].upload = uploads;
  }
  make(*this, fresh, Place::offered, uploads, before);
  for (const OneTime& one : one_times)
    if (is_waiting(one)) upload.one_time.push_back(one.id);
  upload.id = uploads;
  upload.signed_prekey = signed_prekeys[0].id;
  return upload;
}

/// [SES-8-5]
void PrekeyLife::uploaded(std::uint32_t upload, Instant now) {
  settle(*this, now);
  if (replacing == upload) {
    withdraw(*this, now);
    replacing = 0;
  }
  for (std::size_t i = 0; i < signed_prekeys.size(); ++i)
    if (signed_prekeys[i].upload == upload) acknowledge(*this, i, now);
  for (OneTime& one : one_times)
    if (one.place == Place::offered && one.upload == upload)
      one = {one.id, Place::uploaded, 0, now};
}

void PrekeyLife::rotate(Instant now) {
  settle(*this, now);
  make_signed(*this, now);
  destroy_aged(*this, now);
}

void PrekeyLife::replenish() {
  const std::size_t fresh = count(Place::fresh);
  if (fresh < policy.batch) make(*this, policy.batch - fresh, Place::fresh, 0, one_times);
}

std::optional<std::uint32_t> PrekeyLife::bundle() {
  const auto found = std::ranges::find(one_times, Place::fresh, &OneTime::place);
  if (found == one_times.end()) return std::nullopt;
  const std::uint32_t id = found->id;
  one_times.erase(found);
  one_times.push_back({id, Place::out, 0, Instant::max()});
  return id;
}

std::optional<Error> PrekeyLife::use(std::uint32_t one_time) {
  const auto found = std::ranges::find(one_times, one_time, &OneTime::id);
  if (found == one_times.end()) return Error::unknown_prekey;
  one_times.erase(found);
  return std::nullopt;
}

/// [SES-5-3, SES-5-5, SES-5-6, SES-5-8]
std::optional<Error> PrekeyLife::use(std::uint32_t signed_prekey, const std::string& base_key,
                                     const std::string& name) {
  const auto found = std::ranges::find(signed_prekeys, signed_prekey, &Signed::id);
  if (found == signed_prekeys.end()) return Error::unknown_prekey;
  if (found->base_keys.contains(base_key))
    return found->names.contains(name) ? Error::replayed : Error::unknown_prekey;
  if (found->base_keys.size() >= policy.max_last_resort ||
      found->names[name] >= policy.max_last_resort_per_name) {
    if (found->names[name] == 0) found->names.erase(name);
    return Error::exhausted;
  }
  found->base_keys.insert(base_key);
  ++found->names[name];
  return std::nullopt;
}

}  // namespace sotto::model
