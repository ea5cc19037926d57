// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the service is to be given, by what it says that it has.
#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "ratchet/age.hpp"
#include "session/prekey_record.hpp"
#include "session/prekey_rows.hpp"
#include "session/upload_id.hpp"

namespace sotto::session {
namespace {

/// A signed prekey that no service acknowledges lives so many times as long as one that did.
constexpr int unacknowledged_rotations = 4;

/// So long an upload that waits is offered as it was, though the app or the service says that the
/// store went back: as a rule it was made for that word.
constexpr std::chrono::milliseconds offered_as_it_was = std::chrono::days(1);

using Place = PrekeyIndex::Place;

bool is_waiting(const PrekeyIndex::Group& group) noexcept {
  return group.place == Place::fresh || group.place == Place::offered;
}

/// Half of what one signed prekey serves is used, so that newcomers always find some left.
bool is_much_used(const PrekeyIndex::Signed& prekey, const PrekeyPolicy& policy) noexcept {
  return prekey.used >= std::max(policy.max_last_resort / 2, 1U);
}

/// When the current signed prekey is replaced for its age. One that the service does not
/// acknowledge waits for its upload, but not for ever: the service may have it, or may be none.
std::chrono::milliseconds rotation_age(const PrekeyIndex::Signed& prekey,
                                       const PrekeyPolicy& policy) noexcept {
  constexpr auto longest = std::chrono::milliseconds::max();
  constexpr std::chrono::milliseconds shortest = std::chrono::days(1);
  if (prekey.acknowledged) return policy.rotate_after;
  if (policy.rotate_after > longest / unacknowledged_rotations) return longest;
  return std::max(unacknowledged_rotations * policy.rotate_after, shortest);
}

/// No upload was acknowledged yet: what the service has, it has from a device before this one,
/// whose prekeys may have the same ids, or from an upload of which we know nothing.
bool is_first(const PrekeyIndex& index) noexcept {
  return std::ranges::none_of(index.signed_prekeys, &PrekeyIndex::Signed::acknowledged);
}

/// Whether the service has more one-time prekeys than it can have from here. Some more than ours
/// may have been used since the service was asked; many more are not ours.
bool has_many_more(const PrekeyIndex& index, const PrekeyPolicy& policy,
                   const ServiceStock& stock) noexcept {
  const std::uint64_t ours = std::uint64_t{index.one_time(Place::uploaded)} +
                             index.one_time(Place::fresh) + index.one_time(Place::offered);
  return stock.one_time_left.value_or(0) > ours + policy.low_water;
}

/// What has to be done.
struct Need {
  bool rotates = false;
  bool signed_prekey = false;  ///< the service has not the current one
  bool replaces = false;       ///< what the service has is too old, or not ours
  bool lost_some = false;      ///< the service, and so peers, may have prekeys that are lost here
  std::uint32_t fresh = 0;     ///< one-time prekeys to be made
  std::uint32_t waiting = 0;   ///< those that no upload brought to the service for certain

  [[nodiscard]] bool upload() const noexcept {
    return signed_prekey || replaces || fresh + waiting > 0;
  }
};

/// Whether the service or peers may have prekeys that are lost here, because the store went back
/// [SES-8-9].
bool lost_some(const PrekeyIndex& index, const PrekeyPolicy& policy,
               const ServiceStock& stock) noexcept {
  if (stock.not_ours) return true;
  if (stock.signed_prekey) return index.find(*stock.signed_prekey) == nullptr;
  return has_many_more(index, policy, stock);
}

/// Whether an upload waits whose signed prekey was made lately: it is offered again.
bool waits_since_today(const PrekeyIndex& index, Instant now) noexcept {
  const PrekeyIndex::Signed& current = *index.current();
  return index.last_upload != 0 && current.upload == index.last_upload && !current.acknowledged &&
         !ratchet::aged(current.made, now, offered_as_it_was);
}

/// [SES-8-3]
Need need_of(const PrekeyIndex& index, const PrekeyPolicy& policy, const ServiceStock& stock,
             Instant now) noexcept {
  Need need;
  const PrekeyIndex::Signed* const current = index.current();
  need.lost_some = lost_some(index, policy, stock);
  // Peers may have seen the current signed prekey replaced by one that is lost here [SES-2-4].
  need.rotates = current == nullptr || is_much_used(*current, policy) ||
                 ratchet::aged(current->made, now, rotation_age(*current, policy)) ||
                 (need.lost_some && !waits_since_today(index, now));
  need.signed_prekey = need.rotates || stock.lost_signed_prekey || !current->acknowledged ||
                       stock.signed_prekey.value_or(current->id) != current->id;

  const std::uint32_t uploaded = index.one_time(Place::uploaded);
  need.waiting = index.one_time(Place::fresh) + index.one_time(Place::offered);
  const std::uint32_t left = stock.one_time_left.value_or(uploaded);
  const bool old = std::ranges::any_of(index.groups, [&](const PrekeyIndex::Group& group) {
    return group.place == Place::uploaded && ratchet::aged(group.since, now, policy.refresh_after);
  });
  const bool foreign = need.lost_some || has_many_more(index, policy, stock);
  const auto missing = [&](std::uint32_t wanted) {
    return wanted > need.waiting ? wanted - need.waiting : 0;
  };
  need.fresh = missing(left < policy.low_water ? policy.batch - left : 0);
  // Some that the service may have would have to make room for these.
  const bool too_many = uploaded + need.waiting + need.fresh > most_kept(policy);
  need.replaces = old || foreign || too_many || is_first(index) || index.replacing != 0;
  if (need.replaces) need.fresh = missing(policy.batch);
  return need;
}

/// The service has this one: the one before it is not handed out from now on.
void acknowledge(PrekeyIndex& index, PrekeyIndex::Signed& prekey, Instant now) noexcept {
  if (prekey.acknowledged) return;
  prekey.acknowledged = true;
  for (auto* older = &prekey + 1; older != index.signed_prekeys.end(); ++older) {
    if (!older->acknowledged) continue;
    older->replaced = now;
    return;
  }
}

/// Whether all that waits was offered before, as one upload, with nothing else.
bool same_again(const PrekeyIndex& index, const Need& need) noexcept {
  if (need.rotates || need.fresh > 0 || index.last_upload == 0) return false;
  if (index.replacing != (need.replaces ? index.last_upload : 0)) return false;
  const auto* const current = index.current();
  if (current->acknowledged && need.signed_prekey) return false;  // It lost what it had.
  return (current->acknowledged || current->upload == index.last_upload) &&
         std::ranges::all_of(index.groups, [&](const PrekeyIndex::Group& group) {
           return !is_waiting(group) || group.upload == index.last_upload;
         });
}

/// All that waits is part of the upload of that number.
void offer(PrekeyIndex& index, const Need& need, std::uint32_t number) noexcept {
  index.last_upload = number;
  index.replacing = need.replaces ? number : 0;
  for (PrekeyIndex::Group& group : index.groups) {
    if (!is_waiting(group)) continue;
    group.place = Place::offered;
    group.upload = number;
  }
  if (!index.signed_prekeys.empty() && !index.signed_prekeys[0].acknowledged)
    index.signed_prekeys[0].upload = number;
}

/// The public halves of those that wait, oldest first.
Result<void> list_waiting(std::span<Bundle::OneTime> out, const PrekeyIndex& index,
                          StagedRows& rows) noexcept {
  std::size_t listed = 0;
  for (const PrekeyIndex::Group& group : index.groups) {
    if (!is_waiting(group)) continue;
    const std::size_t end = listed + group.left;
    for (std::uint32_t i = 0; i < group.span && listed < end; ++i) {
      const OneTimePrekeyId id{group.first + i};
      const auto row = rows.at(one_time_row(id).bytes());
      if (!row) return std::unexpected(row.error());
      const auto value = (*row)->value();
      if (!value) continue;
      const auto prekey = read_public(*value, id);
      if (!prekey) return std::unexpected(prekey.error());
      out[listed++] = *prekey;
    }
    if (listed < end) return std::unexpected(Error::corrupted);
  }
  return {};
}

/// Takes what the service says of itself into the index. Returns whether that changed it.
bool take_word(PrekeyIndex& index, const ServiceStock& stock, Instant now) noexcept {
  if (is_first(index)) return false;
  // [SES-8-6]: what the service had is handed out, and nothing is there to be replaced.
  if (stock.one_time_left != 0U || (!index.withdraw(now) && index.replacing == 0)) return false;
  index.replacing = 0;
  return true;
}

}  // namespace

Result<std::size_t> PrekeyRows::most_to_upload() noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  return std::size_t{(*known)->one_time()} + policy_.batch;
}

Result<Upload> PrekeyRows::to_upload(const IdentityKeyPair& identity, const ServiceStock& stock,
                                     Entropy& entropy, Instant now) noexcept {
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  PrekeyIndex& index = work->index();
  if (index.settle_times(now, policy_)) work->touch();
  if (take_word(index, stock, now)) work->touch();
  if (const auto destroyed = work->destroy_aged(now); !destroyed)
    return std::unexpected(destroyed.error());

  const Need need = need_of(index, policy_, stock, now);
  std::unique_ptr<Bundle::OneTime[]> list;
  if (need.waiting + need.fresh > 0) {
    list.reset(new (std::nothrow) Bundle::OneTime[need.waiting + need.fresh]());
    if (!list) return std::unexpected(Error::out_of_memory);
  }
  if (const auto listed = list_waiting({list.get(), need.waiting}, index, *rows_); !listed)
    return std::unexpected(listed.error());
  const bool is_new = need.upload() && !same_again(index, need);
  // Who went back gave out ids to come, with other keys.
  if (is_new && need.lost_some) work->begin_ids_anew();
  if (need.rotates)
    if (const auto rotated = work->rotate(identity, entropy, now); !rotated)
      return std::unexpected(rotated.error());
  constexpr std::uint32_t number_to_come = 0;
  if (is_new) offer(index, need, number_to_come);
  const auto made = work->make_one_time(need.fresh, Place::offered, number_to_come, entropy);
  if (!made) return std::unexpected(made.error());
  std::size_t listed = need.waiting;
  for (const PrekeyEdit::OneTime& one : work->made())
    list[listed++] = {one.prekey.id, one.prekey.keys.public_key()};

  Result<Bundle> current = std::unexpected(Error::corrupted);
  if (const SignedPrekey* const fresh = work->signed_prekey())
    current = publish(identity.public_key(), *fresh, nullptr);
  else
    current = bundle(identity.public_key(), false);
  if (!current) return std::unexpected(current.error());
  if (is_new) {
    offer(index, need, upload_number(*current, {list.get(), listed}, need.replaces));
    work->touch();
  }
  const UploadId id = upload_id(identity.public_key(), index.last_upload);
  apply(*std::move(work));
  return Upload{id, *current, std::move(list), listed, need.upload(), need.replaces};
}

Result<void> PrekeyRows::uploaded(UploadId upload, const IdentityPublic& identity,
                                  Instant now) noexcept {
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  PrekeyIndex& index = work->index();
  const auto known = number_of(upload, identity);
  if (!known) return std::unexpected(Error::invalid_argument);
  const std::uint32_t number = *known;
  if (index.settle_times(now, policy_)) work->touch();
  if (index.replacing == number) {
    index.withdraw(now);
    index.replacing = 0;
    work->touch();
  }
  for (PrekeyIndex::Signed& prekey : index.signed_prekeys) {
    if (prekey.upload != number || prekey.acknowledged) continue;
    acknowledge(index, prekey, now);
    work->touch();
  }
  for (PrekeyIndex::Group& group : index.groups) {
    if (group.place != Place::offered || group.upload != number) continue;
    group.place = Place::uploaded;
    group.upload = 0;
    group.since = now;
    work->touch();
  }
  apply(*std::move(work));
  return {};
}

Result<PrekeyStatus> PrekeyRows::status(const ServiceStock& stock, Instant now) noexcept {
  const auto known = index();
  if (!known) return std::unexpected(known.error());
  // As an upload would find them now.
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  PrekeyIndex& then = work->index();
  then.settle_times(now, policy_);
  take_word(then, stock, now);
  const PrekeyIndex& index = **known;
  const PrekeyIndex::Signed* const current = then.current();
  return PrekeyStatus{
      .one_time_left = index.one_time(),
      .one_time_unpublished = index.one_time(Place::fresh) + index.one_time(Place::offered),
      .upload_due = need_of(then, policy_, stock, now).upload(),
      .rotate_due = current == nullptr || is_much_used(*current, policy_) ||
                    ratchet::aged(current->made, now, policy_.rotate_after),
      .signed_prekeys = static_cast<std::uint32_t>(index.signed_prekeys.size()),
      .signed_unacknowledged = static_cast<std::uint32_t>(
          std::ranges::count(index.signed_prekeys, false, &PrekeyIndex::Signed::acknowledged)),
      .last_resort_used = current == nullptr ? 0 : current->used,
  };
}

}  // namespace sotto::session
