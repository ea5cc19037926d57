// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device holds of others and of itself: forgotten, renamed, looked at, and under which key.
#include <algorithm>

#include "world.hpp"

namespace sotto::prop::sim {

/// Nothing is held of somebody any more: what was begun with that one opens nothing, and what it
/// proved to be its own is free for another name.
void World::forget(const WorldEvent& event) {
  const Who self = who(event);
  const Who peer = event.detail % 5 == 0 ? stranger() : whom(event);
  get_ready(self, event.detail);
  const PeerName name = name_of(self, peer);
  std::size_t forgotten = 0;
  const auto came = operate<std::uint64_t>(
      self, event.detail,
      [&](DeviceUnderTest& device, Instant) { return device.forget(name, &forgotten); });
  // Over rows that were taken out there is nothing to forget.
  const std::size_t held = ledger_.of(self).peers[peer].accepted ? 1 : 0;
  if (came.value && finds_less(self, held, forgotten, came.stored, event.detail)) return;
  if (came.value && forgotten != held && !machines_[self]->disk.touched())
    ledger_.violated(Rule::knows_falsely, "of how many devices something was held", {self, peer});
  if (came.stored) struck_.add(Deed::forgot);
  if (came.value || came.stored) ledger_.of(self).peers[peer] = {};
  if (!came_through(self, event.detail, came, "forget: ")) return;
  know(self, *came.value, came.lied);
  check_peer(self, peer, event.detail);
}

/// Whether an operation over all devices of a name left some out that had been taken out of the
/// store, and the owner sees to that.
bool World::finds_less(Who who, std::size_t held, std::size_t found, bool stored,
                       std::uint32_t pick) {
  Machine& machine = *machines_[who];
  if (found >= held || !machine.disk.is_tampered()) return false;
  if (stored) machine.disk.spoil();
  return shows_tampering(who, pick);
}

/// A user is called otherwise from now on, with all its devices, which changes nothing else. A name
/// that the user had before may come again; one that somebody else has is refused, if one device
/// number is held under both.
void World::rename(const WorldEvent& event) {
  const Who self = who(event);
  const Who peer = event.detail % 5 == 0 ? stranger() : whom(event);
  get_ready(self, event.detail);
  DeviceTruth& truth = ledger_.of(self);
  const std::string from = name_of(self, peer).name;
  std::string to = user_of(peer) + std::to_string(event.detail / 5 % 3);
  std::size_t held = 0;
  bool is_taken = false;
  const Who third = event.detail / 16 % (machines_.size() + 1);
  const bool takes = event.detail / 64 % 4 == 0 && third != self && user_of(third) != user_of(peer);
  if (takes) to = name_of(self, third).name;
  for (Who other = 0; other <= machines_.size(); ++other) {
    if (other == self || !truth.peers[other].accepted) continue;
    if (user_of(other) != user_of(peer)) continue;
    ++held;
    for (Who there = 0; there <= machines_.size(); ++there)
      is_taken = is_taken || (takes && there != self && truth.peers[there].accepted &&
                              user_of(there) == user_of(third) &&
                              name_of(self, there).device == name_of(self, other).device);
  }
  if (takes && !is_taken) return;
  std::size_t moved = 0;
  const auto came = operate<std::uint64_t>(
      self, event.detail,
      [&](DeviceUnderTest& device, Instant) { return device.rename(from, to, &moved); });
  // Over rows that were taken out there is less to rename, and nothing in its way.
  if (came.value && held > 0 && takes && shows_tampering(self, event.detail)) return;
  if (came.value && finds_less(self, held, moved, came.stored, event.detail)) return;
  if (came.value && moved != held && !machines_[self]->disk.touched())
    ledger_.violated(Rule::knows_falsely, "how many devices were renamed", {self, peer});
  if (came.stored && (takes || to == from || held == 0))
    ledger_.violated(Rule::knows_falsely, "renamed from " + from + " to " + to, {self});
  if (came.stored) struck_.add(Deed::renamed);
  if (takes && came.error == Error::already_exists) struck_.add(Deed::rename_refused);
  if (came.value || came.stored) {
    ledger_.of(self).names[user_of(peer)] = to;
    // What one name used is counted under it.
    std::erase_if(ledger_.of(self).shares,
                  [&](const auto& share) { return user_of(share.first.second) == user_of(peer); });
  }
  if ((to == from && came.error == Error::invalid_argument) ||
      (takes && came.error == Error::already_exists))
    return;
  if (!came_through(self, event.detail, came, "rename: ")) return;
  if (takes || to == from)
    ledger_.violated(Rule::knows_falsely, "renamed from " + from + " to " + to, {self});
  know(self, *came.value, came.lied);
  if (came.lied) return;
  check_peer(self, peer, event.detail);
  // Nothing is left under the name before.
  const auto seen = operate<Seen>(self, event.detail, [&](DeviceUnderTest& device, Instant at) {
    return device.look_at({from, name_of(self, peer).device}, at);
  });
  if (came_through(self, event.detail, seen, "look: ") && !machines_[self]->disk.touched() &&
      ledger_.of(self).names[user_of(peer)] == to &&
      (seen.value->identity || seen.value->info.can_send))
    ledger_.violated(Rule::knows_falsely, "it is still known as " + from, {self});
}

void World::look(const WorldEvent& event) {
  check_knowledge(who(event), event.detail);
}

/// What a device says of everybody, and of its prekeys, is what the ledger says.
void World::check_knowledge(Who who, std::uint32_t pick) {
  for (Who peer = 0; peer <= machines_.size(); ++peer)
    if (peer != who) check_peer(who, peer, pick);
  check_peers(who, pick);
  const auto status = operate<PrekeyStatus>(
      who, pick, [&](DeviceUnderTest& device, Instant at) { return device.prekey_status(at); });
  if (!came_through(who, pick, status, "status: ") || machines_[who]->disk.touched()) return;
  check_status(who, *status.value);
}

void World::check_status(Who who, const PrekeyStatus& status) {
  const DeviceTruth& truth = ledger_.of(who);
  if (truth.prekeys_unsure || truth.prekeys.empty()) return;
  std::uint32_t used = 0;
  for (const auto& [id, replaced] : truth.prekeys)
    if (const auto uses = truth.last_resort.find(id); !replaced && uses != truth.last_resort.end())
      used = uses->second;
  if (status.last_resort_used != used)
    ledger_.violated(Rule::knows_falsely,
                     "a signed prekey served " + std::to_string(used) + " times, and not " +
                         std::to_string(status.last_resort_used),
                     {who});
  if (2 * used >= limits_.prekeys.max_last_resort && !status.rotate_due)
    ledger_.violated(Rule::exhausted_untold, "a signed prekey is much used", {who});
}

/// Those of whom an identity is held are listed, each once.
void World::check_peers(Who who, std::uint32_t pick) {
  get_ready(who, pick);
  const auto listed = operate<std::vector<PeerName>>(
      who, pick, [](DeviceUnderTest& device, Instant) { return device.peers(); });
  if (!came_through(who, pick, listed, "peers: ") || machines_[who]->disk.touched()) return;
  struck_.add(Deed::peers_listed);
  check_listed(who, *listed.value);
}

void World::check_listed(Who who, const std::vector<PeerName>& listed) {
  std::vector<PeerName> held;
  for (Who peer = 0; peer <= machines_.size(); ++peer)
    if (ledger_.of(who).peers[peer].accepted) held.push_back(name_of(who, peer));
  if (!std::ranges::is_permutation(listed, held))
    ledger_.violated(Rule::knows_falsely, "the list of its peers", {who});
}

void World::check_peer(Who who, Who peer, std::uint32_t pick) {
  get_ready(who, pick);
  const PeerName name = name_of(who, peer);
  const auto seen = operate<Seen>(
      who, pick, [&](DeviceUnderTest& device, Instant at) { return device.look_at(name, at); });
  if (!came_through(who, pick, seen, "look: ") || machines_[who]->disk.touched()) return;
  if (seen.stored) ledger_.violated(Rule::knows_falsely, "a look changed rows", {who, peer});
  struck_.add(Deed::looked);
  check_seen(who, peer, *seen.value, seen.leapt);
}

void World::check_seen(Who who, Who peer, const Seen& seen, bool leapt) {
  const PeerTruth& truth = ledger_.of(who).peers[peer];
  const SessionInfo& info = seen.info;
  const auto check = [&](bool right, const char* what) {
    if (!right) ledger_.violated(Rule::knows_falsely, what, {who, peer});
  };
  check(seen.identity == truth.accepted, "the identity of a peer");
  check(info.identity_proved == truth.proved, "whether an identity is proved");
  check(truth.current || !info.can_send, "that it can send");
  if (leapt) return;
  const bool young = truth.answered || now_ - truth.begun < surely_young;
  check(!truth.current || !young || info.can_send, "that it cannot send");
}

/// The storage key is replaced. The app keeps all keys, so that one of them opens the rows whatever
/// comes in between.
void World::rotate_key(const WorldEvent& event) {
  const Who self = who(event);
  get_ready(self, event.detail);
  Machine& machine = *machines_[self];
  if (machine.newest_key == 0xff - 0x42) return;
  const std::uint8_t key = ++machine.newest_key;
  const bool replaced = process(self, event.detail).key != ledger_.of(self).storage_key;
  const auto came = operate<std::uint64_t>(
      self, event.detail,
      [&](DeviceUnderTest& device, Instant) { return device.rotate_storage_key(key); });
  if (came.stored) struck_.add(Deed::key_rotated);
  if (came.value || came.stored) {
    ledger_.of(self).storage_key = key;
    process(self, event.detail).key = key;
  }
  // Another process replaced the key: the app opens the device with that one.
  if (replaced && came.error == Error::conflict && !came.stored) {
    stop(self);
    return;
  }
  if (came_through(self, event.detail, came, "rotate: ")) know(self, *came.value, came.lied);
}

/// Remains of what was erased go, and nothing else.
void World::purge(const WorldEvent& event) {
  const Who self = who(event);
  // It looks at no row, so that it can tell nothing.
  if (must_tell(self, process(self, event.detail))) return;
  const auto came = operate<std::uint64_t>(
      self, event.detail, [&](DeviceUnderTest& device, Instant) { return device.purge(); });
  if (came.value) struck_.add(Deed::purged);
  if (came_through(self, event.detail, came, "purge: ") && came.stored)
    ledger_.violated(Rule::knows_falsely, "a purge changed rows", {self});
}

}  // namespace sotto::prop::sim
