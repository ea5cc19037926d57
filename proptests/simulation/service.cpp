// SPDX-License-Identifier: MIT OR Apache-2.0
#include "service.hpp"

namespace sotto::prop::sim {

void BundleService::upload(Who who, const Upload& upload, std::uint32_t installation) {
  Shelf& shelf = shelves_[who];
  if (shelf.installation != installation) shelf = {};
  shelf.installation = installation;
  if (shelf.bundles.empty() || shelf.bundles.back() != upload.bundle)
    shelf.bundles.push_back(upload.bundle);
  if (upload.replaces) shelf.one_time.clear();
  for (const Bundle::OneTime& one : upload.one_time)
    if (shelf.known.insert(one.id).second) shelf.one_time.push_back(one);
}

std::optional<Fetched> BundleService::fetch(Who who, bool with_one_time, bool old) {
  const auto found = shelves_.find(who);
  if (found == shelves_.end() || found->second.bundles.empty()) return {};
  Shelf& shelf = found->second;
  Fetched fetched{shelf.bundles.back(), who, shelf.installation, true};
  if (old) {
    fetched.bundle = shelf.bundles.front();
    fetched.newest = shelf.bundles.size() == 1;
  }
  if (with_one_time && !shelf.one_time.empty()) {
    fetched.bundle.keys.one_time = shelf.one_time.front();
    shelf.one_time.pop_front();
  }
  return fetched;
}

std::uint32_t BundleService::left(Who who) const {
  const auto found = shelves_.find(who);
  return found == shelves_.end() ? 0 : static_cast<std::uint32_t>(found->second.one_time.size());
}

Held BundleService::held(Who who, std::uint32_t installation) const {
  const auto found = shelves_.find(who);
  if (found == shelves_.end() || found->second.installation != installation) return {};
  return {left(who), found->second.bundles.back().keys.signed_prekey_id};
}

}  // namespace sotto::prop::sim
