// SPDX-License-Identifier: MIT OR Apache-2.0
/// What concerns all devices of one name: whose an identity is, forgetting them, and another name
/// for them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <optional>
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

/// The value of a name's row. That it was written is all that counts.
constexpr std::array<std::uint8_t, 1> name_mark{1};

/// A peer that is forgotten, and the row that says whose its identity is.
struct Leaving {
  HeldPeer* held;
  StagedRow* binding;
};

/// Whether something is held of a device of the name `to`, or it is this very device of ours, whose
/// name is `own`.
bool is_taken(const Growing<HeldPeer*>& there, const PeerId& to, const std::optional<PeerId>& own,
              DeviceId device) noexcept {
  if (own && same_name(*own, to) && own->device() == device) return true;
  return std::ranges::any_of(there, [&](const HeldPeer* held) {
    return held->id().device() == device && held->peer().holds_anything();
  });
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

Result<StagedRow*> Work::markable(const PeerId& any) noexcept {
  const auto row = rows_.at(name_row(rows_.keys(), any).bytes());
  if (!row) return row;
  if (const auto room = (*row)->reserve(name_mark.size()); !room)
    return std::unexpected(room.error());
  return row;
}

Result<void> Work::mark_names() noexcept {
  for (const auto& held : peers_) {
    if (held->stored_identity() || !held->peer().holds_anything()) continue;
    const auto row = markable(held->id());
    if (!row) return std::unexpected(row.error());
    (*row)->put(name_mark);
  }
  return {};
}

Result<void> Work::devices_of(const PeerId& any, Growing<HeldPeer*>& found) noexcept {
  // [SES-7-5]: a device that is new behind the walk marks the name, and the commit finds it.
  if (const auto name = rows_.at(name_row(rows_.keys(), any).bytes()); !name)
    return std::unexpected(name.error());
  if (const auto all = hold_devices_of(any); !all) return all;
  if (const auto still = look(); !still) return still;
  for (const auto& held : peers_)
    if (same_name(held->id(), any))
      if (const auto added = found.push(held.get()); !added) return added;
  return {};
}

/// Those that are stored are held too, after this: one that is only in memory is found with them.
/// So it is for the rest of the transaction, which sees no other moment.
Result<void> Work::hold_devices_of(const PeerId& any) noexcept {
  if (std::ranges::any_of(walked_, [&](const PeerId& name) { return same_name(name, any); }))
    return {};
  const RowName prefix = devices_prefix(rows_.keys(), any);
  RowName last = prefix;
  for (;;) {
    const auto next = rows_.next(prefix.bytes(), last.bytes(), ReadSet::Look::later);
    if (!next) return std::unexpected(next.error());
    const std::optional<RowName>& row = *next;
    if (!row) return walked_.push(any);
    last = *row;
    const Bytes number = last.bytes().subspan(prefix.bytes().size());
    if (number.size() != device_number_bytes) return std::unexpected(reads_.told(Error::corrupted));
    const auto held = peer(address_of(any, DeviceId{number_at(number)}));
    if (!held) return std::unexpected(held.error());
  }
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

Result<std::optional<DeviceId>> Work::next_device(const PeerId& any,
                                                  const std::optional<DeviceId>& after) noexcept {
  Growing<HeldPeer*> devices;
  if (const auto found = devices_of(any, devices); !found) return std::unexpected(found.error());
  std::optional<DeviceId> next;
  for (const HeldPeer* const held : devices) {
    const DeviceId device = held->id().device();
    if (held->peer().holds_anything() && (!after || device > *after) && (!next || device < *next))
      next = device;
  }
  return next;
}

Result<std::optional<Error>> Work::alarm_under_another_name(MutableBytes out, const HeldPeer& held,
                                                            Bytes message, Entropy& entropy,
                                                            Instant now) noexcept {
  const auto parsed = wire::parse_prekey_message(message);
  if (!parsed) return std::optional<Error>();
  const auto row = rows_.at(identity_row(rows_.keys(), parsed->identity).bytes());
  if (!row) return std::unexpected(row.error());
  const auto name = (*row)->value();
  if (!name || std::ranges::equal(*name, held.id().name())) return std::optional<Error>();
  const auto owner_id =
      PeerId::of({{reinterpret_cast<const char*>(name->data()), name->size()}, held.id().device()});
  if (!owner_id) return std::unexpected(Error::corrupted);
  const auto owner = peer(*owner_id);
  if (!owner) return std::unexpected(owner.error());
  if (!(*owner)->peer().would_open(out, *parsed, entropy, now)) return std::optional<Error>();
  const bool is_other = held.peer().identity().value_or(parsed->identity) != parsed->identity;
  return is_other ? Error::identity_changed : Error::identity_in_use;
}

Result<std::size_t> Work::forget_account(const PeerId& any) noexcept {
  Growing<HeldPeer*> devices;
  if (const auto found = devices_of(any, devices); !found) return std::unexpected(found.error());
  Growing<Leaving> leaving;
  for (HeldPeer* const held : devices) {
    if (!held->peer().holds_anything()) continue;
    Leaving one{held, nullptr};
    const auto row = own_binding(*held, 0);
    if (!row) return std::unexpected(row.error());
    one.binding = *row;
    if (const auto added = leaving.push(one); !added) return std::unexpected(added.error());
  }
  if (leaving.empty()) return 0;
  const auto mark = markable(any);
  if (!mark) return std::unexpected(mark.error());
  // Nothing from here on can fail.
  (*mark)->put(name_mark);
  for (const Leaving& one : leaving) {
    if (one.binding != nullptr) one.binding->erase();
    one.held->peer().forget();
    one.held->note_change();
  }
  return leaving.size();
}

/// The row that says whose a peer's proved identity is, with room for a name; null of one that is
/// not proved.
Result<StagedRow*> Work::own_binding(const HeldPeer& held, std::size_t room) noexcept {
  if (!held.peer().proved()) return nullptr;
  const auto identity = held.peer().identity().value_or(IdentityPublic{});  // there is one
  const auto row = rows_.at(identity_row(rows_.keys(), identity).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto kept = (*row)->reserve(room); !kept) return std::unexpected(kept.error());
  return *row;
}

Result<std::size_t> Work::rename_account(const PeerId& from, const PeerId& to) noexcept {
  Growing<HeldPeer*> devices;
  Growing<HeldPeer*> there;
  if (const auto found = devices_of(from, devices); !found) return std::unexpected(found.error());
  if (const auto found = devices_of(to, there); !found) return std::unexpected(found.error());
  const std::optional<PeerId> own = own_name();
  const bool is_ours = own && same_name(*own, from);
  if (is_ours && is_taken(there, to, own, own->device()))
    return std::unexpected(Error::already_exists);

  Growing<Move> moves;
  for (HeldPeer* const held : devices) {
    if (!held->peer().holds_anything()) continue;
    if (is_taken(there, to, own, held->id().device()))
      return std::unexpected(Error::already_exists);
    const auto target = peer(address_of(to, held->id().device()));
    if (!target) return std::unexpected(target.error());
    Move move{held, *target, nullptr, nullptr};
    move.rest.reset(new (std::nothrow) Peer(home_->limits().sessions));
    if (!move.rest) return std::unexpected(Error::out_of_memory);
    const auto row = own_binding(*held, to.name().size());
    if (!row) return std::unexpected(row.error());
    move.binding = *row;
    if (const auto added = moves.push(std::move(move)); !added)
      return std::unexpected(added.error());
  }
  const auto named = PeerId::of(address_of(to, home_->device()));
  if (!named) return std::unexpected(named.error());
  // The new name is marked at the commit, for the devices that move are new there.
  const auto mark = markable(from);
  if (!mark) return std::unexpected(mark.error());
  // Nothing from here on can fail.
  if (is_ours) renamed_ = *named;  // [SES-1-4]
  if (!moves.empty()) (*mark)->put(name_mark);
  for (Move& move : moves) {
    if (move.binding != nullptr) move.binding->put(to.name());
    move.from->move_to(*move.to, std::move(move.rest));
  }
  return moves.size();
}

}  // namespace sotto::session
