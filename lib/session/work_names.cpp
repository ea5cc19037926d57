// SPDX-License-Identifier: MIT OR Apache-2.0
/// What concerns all devices of one name: whose an identity is, and another name for them.
#include <algorithm>
#include <new>
#include <utility>

#include "session/work.hpp"

namespace sotto::session {
namespace {

Address address_of(const PeerId& name, DeviceId device) noexcept {
  const Bytes bytes = name.name();
  return {{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, device};
}

bool same_name(const PeerId& a, const PeerId& b) noexcept {
  return std::ranges::equal(a.name(), b.name());
}

/// A peer that gets another name: where it goes, what stays in its place, and the row that says
/// whose its identity is.
struct Move {
  HeldPeer* from;
  HeldPeer* to;
  std::unique_ptr<Peer> rest;
  StagedRow* binding;
};

}  // namespace

Result<void> Work::devices_of(const PeerId& any, Growing<HeldPeer*>& found) noexcept {
  // Those that are stored are held too, after this: one that is only in memory is found with them.
  const RowName prefix = devices_prefix(rows_.keys(), any);
  RowName last = prefix;
  for (;;) {
    const auto next = rows_.next(prefix.bytes(), last.bytes());
    if (!next) return std::unexpected(next.error());
    const std::optional<RowName>& row = *next;
    if (!row) break;
    last = *row;
    const Bytes number = last.bytes().subspan(prefix.bytes().size());
    if (number.size() != device_number_bytes) return std::unexpected(Error::corrupted);
    const auto held = peer(address_of(any, DeviceId{number_at(number)}));
    if (!held) return std::unexpected(held.error());
  }
  for (const auto& held : peers_)
    if (same_name(held->id(), any))
      if (const auto added = found.push(held.get()); !added) return added;
  return {};
}

Result<StagedRow*> Work::binding_left_by(const HeldPeer& held) noexcept {
  const std::optional<IdentityPublic>& known = held.peer().identity();
  if (!known || !held.peer().proved()) return nullptr;
  const IdentityPublic identity = *known;
  Growing<HeldPeer*> devices;
  if (const auto found = devices_of(held.id(), devices); !found)
    return std::unexpected(found.error());
  for (const HeldPeer* const other : devices)
    if (other != &held && other->peer().proved() && other->peer().identity() == identity)
      return nullptr;
  return rows_.at(identity_row(rows_.keys(), identity).bytes());
}

Result<void> Work::rename(const PeerId& from, const PeerId& to) noexcept {
  Growing<HeldPeer*> devices;
  if (const auto found = devices_of(to, devices); !found) return found;
  for (const HeldPeer* const held : devices)
    if (held->peer().holds_anything()) return std::unexpected(Error::already_exists);

  devices.clear();
  if (const auto found = devices_of(from, devices); !found) return found;
  Growing<Move> moves;
  for (HeldPeer* const held : devices) {
    if (!held->peer().holds_anything()) continue;
    const Bytes id = held->id().bytes();
    const DeviceId device{number_at(id.last(device_number_bytes))};
    const auto there = peer(address_of(to, device));
    if (!there) return std::unexpected(there.error());
    Move move{held, *there, nullptr, nullptr};
    move.rest.reset(new (std::nothrow) Peer(home_->limits().sessions));
    if (!move.rest) return std::unexpected(Error::out_of_memory);
    if (held->peer().proved()) {
      const auto identity = held->peer().identity().value_or(IdentityPublic{});  // there is one
      const auto row = rows_.at(identity_row(rows_.keys(), identity).bytes());
      if (!row) return std::unexpected(row.error());
      if (const auto room = (*row)->reserve(to.name().size()); !room) return room;
      move.binding = *row;
    }
    if (const auto added = moves.push(std::move(move)); !added) return added;
  }
  // Nothing from here on can fail.
  for (Move& move : moves) {
    if (move.binding != nullptr) move.binding->put(to.name());
    move.from->move_to(*move.to, std::move(move.rest));
  }
  return {};
}

}  // namespace sotto::session
