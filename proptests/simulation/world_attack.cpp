// SPDX-License-Identifier: MIT OR Apache-2.0
/// The attacker: a stranger with true keys, a forger without any, and a thief with a copy.
#include <algorithm>

#include "model/wire.hpp"
#include "world.hpp"

namespace sotto::prop::sim {

/// An honest device writes to the stranger, or begins a session with it.
void World::greet_stranger(const WorldEvent& event) {
  const Who self = who(event);
  if (!ledger_.of(self).peers[stranger()].current || event.detail % 4 == 0)
    connect_to(self, stranger(), event.detail);
  else
    send_to(self, stranger(), event.detail);
}

/// The session with a device in which the stranger writes: one that the device began, if the
/// stranger has its first message, or the one that the stranger began last.
std::uint32_t World::session_of_stranger(Who with) {
  const auto base = stranger_.base_key(with);
  const auto& all = ledger_.sessions();
  for (std::size_t id = 0; id < all.size() && base; ++id)
    if (all[id].from == with && all[id].to == stranger() && all[id].base &&
        std::ranges::equal(all[id].base->bytes(), *base))
      return static_cast<std::uint32_t>(id);
  return stranger_session_[with];
}

/// A first message, or one more: as honest as any.
void World::stranger_writes(const WorldEvent& event) {
  const Who to = who(event);
  const Blob text{'h', 'i', static_cast<std::uint8_t>(event.detail)};
  auto sealed = event.detail % 3 == 0 ? std::nullopt : stranger_.seal(to, text, now_);
  if (!sealed) {
    const auto fetched = service_.fetch(to, true, false);
    if (!fetched || !stranger_.connect(to, fetched->bundle, now_)) return;
    stranger_session_[to] = ledger_.begin_session(stranger(), to, fetched->installation);
    sealed = stranger_.seal(to, text, now_);
  }
  if (!sealed) return;
  post({.from = stranger(),
        .to = to,
        .kind = sealed->kind,
        .bytes = sealed->bytes,
        .plaintext = text,
        .session = session_of_stranger(to),
        .identity = stranger_.identity(),
        .maker = Letter::Maker::oddity},
       nullptr);
}

/// What the stranger sealed in its session with a device comes to it at once.
void World::deliver_oddity(Who to, const Sealed& sealed, const Blob& text, std::uint32_t pick) {
  const std::uint32_t id = post({.from = stranger(),
                                 .to = to,
                                 .kind = sealed.kind,
                                 .bytes = sealed.bytes,
                                 .plaintext = text,
                                 .session = session_of_stranger(to),
                                 .identity = stranger_.identity(),
                                 .maker = Letter::Maker::oddity},
                                nullptr);
  deliver_letter(id, pick);
}

/// Each integer field at 0, 1, the most but one and the most, under a true MAC.
void World::stranger_resigns(const WorldEvent& event) {
  const Who to = who(event);
  if (!stranger_session_.contains(to)) return stranger_writes(event);
  const auto field = static_cast<Field>(event.detail % fields);
  const std::size_t value = event.detail / fields % extremes.size();
  const Blob text{'o', 'd', 'd'};
  const auto sealed = stranger_.seal_oddly(to, field, extremes[value], text, now_);
  if (!sealed) return;
  strike(Fault::fields_resigned, to);
  ++struck_.resigned[static_cast<std::size_t>(field)][value];
  deliver_oddity(to, *sealed, text, event.detail);
}

/// All one-time prekeys are asked for, and the signed prekey is used as often as it serves.
void World::stranger_floods(const WorldEvent& event) {
  const Who to = who(event);
  service_.drain(to);
  const auto fetched = service_.fetch(to, false, false);
  if (!fetched) return;
  strike(Fault::stranger_floods, to);
  const Blob text{'f', 'l', 'o', 'o', 'd'};
  for (std::uint32_t i = 0; i <= limits_.prekeys.max_last_resort_per_name; ++i) {
    if (!stranger_.connect(to, fetched->bundle, now_)) return;
    stranger_session_[to] = ledger_.begin_session(stranger(), to, fetched->installation);
    const auto sealed = stranger_.seal(to, text, now_);
    if (!sealed) return;
    deliver_oddity(to, *sealed, text, event.detail);
  }
}

/// A first message of somebody, with another identity key in it: the forger's own, or that of
/// another honest device. It authenticates nothing.
void World::forge_identity(const WorldEvent& event) {
  const Letter* chosen = nullptr;
  for (const Letter& letter : ledger_.letters())
    if (letter.kind == MessageKind::prekey && letter.to == who(event) && letter.first)
      chosen = &letter;
  if (chosen == nullptr) return;
  const auto read = wire::parse_prekey_message(chosen->bytes);
  if (!read) return;
  Letter forged = *chosen;
  const Who third = event.detail / 2 % machines_.size();
  const IdentityPublic& identity =
      event.detail % 2 == 0 || third == chosen->to || third == chosen->from
          ? stranger_.identity()
          : machines_[third]->identity;
  if (identity == chosen->identity) return;
  std::optional<std::uint32_t> one_time;
  if (read->one_time_prekey_id) one_time = static_cast<std::uint32_t>(*read->one_time_prekey_id);
  forged.bytes =
      model::prekey_message(7, one_time, static_cast<std::uint32_t>(read->signed_prekey_id),
                            model::key_at(read->base_key.bytes(), 0),
                            model::key_at(identity.bytes(), 0), read->message.whole);
  forged.maker = Letter::Maker::forger;
  strike(Fault::identity_forged, forged.to);
  deliver_letter(post(std::move(forged), nullptr), event.detail);
}

/// One bit of what a MAC covers.
void World::forge_bytes(const WorldEvent& event) {
  const auto id = waiting_for(who(event), event.whom);
  if (!id || ledger_.letters()[*id].to == stranger()) return;
  Letter forged = ledger_.letters()[*id];
  Bytes covered = forged.bytes;
  if (forged.kind == MessageKind::prekey) {
    const auto read = wire::parse_prekey_message(forged.bytes);
    if (!read) return;
    covered = read->message.whole;
  }
  const std::size_t bit = event.detail % (8 * covered.size());
  forged.bytes[static_cast<std::size_t>(covered.data() - forged.bytes.data()) + bit / 8] ^=
      static_cast<std::uint8_t>(1U << bit % 8);
  forged.maker = Letter::Maker::forger;
  strike(Fault::bytes_forged, forged.to);
  deliver_letter(post(std::move(forged), nullptr), event.detail);
}

/// A thief copies a device's rows with their key, or writes with what it copied; sometimes the two
/// have talked on before, so that the session has healed.
void World::steal(const WorldEvent& event) {
  const Who self = who(event);
  const Who to = whom(event);
  if (event.detail % 3 == 0 || stolen_.empty()) {
    const PeerTruth& truth = ledger_.of(self).peers[to];
    Machine& machine = *machines_[self];
    if (!truth.current || machine.disk.touched()) return;
    stolen_.push_back({self, to, machine.disk, ledger_.of(self).storage_key, name_of(self, to),
                       *truth.current, machine.installation});
    return;
  }
  Stolen& copy = stolen_[event.detail / 3 % stolen_.size()];
  if (event.detail % 3 == 1) {
    exchange(copy.from, copy.to);
    exchange(copy.to, copy.from);
    exchange(copy.from, copy.to);
  }
  thief_writes(copy, event.detail);
}

void World::thief_writes(Stolen& copy, std::uint32_t pick) {
  if (copy.installation != machines_[copy.from]->installation) return;
  HostileStore store(copy.disk);
  auto device = DeviceUnderTest::open(store, copy.key, std::nullopt, limits_);
  if (!device) return;
  const Blob text{'t', 'h', 'i', 'e', 'f'};
  const auto sealed = device->encrypt(copy.name, text, now_);
  if (!sealed) return;
  strike(Fault::state_stolen, copy.from);
  const std::uint32_t id = post({.from = copy.from,
                                 .to = copy.to,
                                 .kind = sealed->kind,
                                 .bytes = sealed->bytes,
                                 .plaintext = text,
                                 .session = copy.session,
                                 .identity = machines_[copy.from]->identity,
                                 .maker = Letter::Maker::thief},
                                nullptr);
  deliver_letter(id, pick);
}

}  // namespace sotto::prop::sim
