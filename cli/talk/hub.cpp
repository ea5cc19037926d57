// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/hub.hpp"

#include <algorithm>

#include <sotto/franking.hpp>

namespace sotto::talk {

void Hub::deceive(const UserId& viewer, const UserId& user, std::uint64_t from, const Blob& list) {
  deceptions_[{viewer, user}] = {from, list};
}

std::vector<Blob> Hub::lists(const UserId& viewer, const UserId& user, std::uint64_t from) const {
  const auto found = lists_.find(user);
  if (found == lists_.end()) return {};
  std::vector<Blob> all = found->second;
  const auto deception = deceptions_.find({viewer, user});
  if (deception != deceptions_.end()) {
    all.resize(deception->second.first);
    all.push_back(deception->second.second);
  }
  if (from >= all.size()) return {};
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
}

void Hub::put(Parcel parcel) {
  auto& mail = mail_[parcel.key.to];
  const auto again = [&](const Parcel& other) {
    return other.from == parcel.from && other.key == parcel.key;
  };
  if (std::ranges::any_of(kept_, again)) return;
  const auto [place, fresh] =
      stamped_.try_emplace({parcel.conversation, parcel.message}, std::uint64_t{0}, clock_());
  if (fresh) place->second.first = ++counters_[parcel.conversation];
  parcel.counter = place->second.first;
  parcel.stamped_at = place->second.second;
  const FrankingContext context{parcel.from.user,   static_cast<std::uint32_t>(parcel.from.device),
                                parcel.key.to.user, parcel.conversation,
                                parcel.stamped_at,  parcel.counter};
  parcel.stamp = demo::need(franking_stamp(platform_, parcel.tag, context), "a stamp");
  kept_.push_back(parcel);
  mail.push_back(std::move(parcel));
}

std::vector<Blob> HubPost::lists(const UserId& user, std::uint64_t from) {
  return hub_->lists(viewer_, user, from);
}

void HubPost::publish_list(const UserId& user, std::uint64_t number, const Blob& list) {
  auto& lists = hub_->lists_[user];
  if (number != lists.size()) throw demo::Failure("somebody else changed the list of devices");
  lists.push_back(list);
}

std::vector<Blob> HubPost::claims(const UserId& user) {
  std::vector<Blob> all;
  for (const auto& [device, claim] : hub_->claims_)
    if (device.user == user) all.push_back(claim);
  return all;
}

void HubPost::publish_claim(const UserDevice& device, const Blob& claim) {
  hub_->claims_[device] = claim;
}

std::size_t HubPost::bundles(const UserDevice& device) {
  return hub_->bundles_[device].size();
}

void HubPost::publish_bundle(const UserDevice& device, const Blob& bundle) {
  hub_->bundles_[device].push_back(bundle);
}

std::optional<Blob> HubPost::take_bundle(const UserDevice& device) {
  auto& bundles = hub_->bundles_[device];
  if (bundles.empty()) return std::nullopt;
  Blob bundle = std::move(bundles.front());
  bundles.pop_front();
  return bundle;
}

void HubPost::put(const Parcel& parcel) {
  hub_->put(parcel);
  settled_.push_back(parcel.key);
}

std::vector<DeliveryKey> HubPost::settled(const UserDevice& /*from*/) {
  return std::exchange(settled_, {});
}

std::vector<Parcel> HubPost::waiting(const UserDevice& to) {
  return hub_->mail_[to];
}

void HubPost::taken(const Parcel& parcel) {
  std::erase_if(hub_->mail_[parcel.key.to], [&](const Parcel& other) {
    return other.from == parcel.from && other.key == parcel.key;
  });
}

}  // namespace sotto::talk
