// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/work.hpp"

#include <algorithm>

#include <sotto/secret.hpp>

namespace sotto::session {

Work::Work(Home& home) noexcept
    : home_(&home),
      serial_(home.next_transaction()),
      rows_(home.store(), home.sealer()),
      prekeys_(rows_, home.limits().prekeys) {
}

Work::~Work() {
  if (!committed_)
    for (const MutableBytes buffer : buffers_) wipe(buffer);
  for (auto& peer : peers_)
    if (!peer->changed() && peer->revision() != Revision{}) home_->put(std::move(peer));
}

Result<HeldPeer*> Work::peer(const Address& address) noexcept {
  const auto id = PeerId::of(address);
  if (!id) return std::unexpected(id.error());
  for (const auto& held : peers_)
    if (held->id() == *id) return held.get();
  if (const auto room = peers_.reserve(1); !room) return std::unexpected(room.error());
  auto held = current(*id);
  if (!held) return std::unexpected(held.error());
  peers_.append(*std::move(held));
  return (peers_.end() - 1)->get();
}

/// The cached peer if it still is what is stored, or else what is stored.
Result<std::unique_ptr<HeldPeer>> Work::current(const PeerId& id) noexcept {
  if (std::unique_ptr<HeldPeer> cached = home_->take(id)) {
    const auto row = home_->store().get(peer_row(id).bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if ((stored ? stored->revision : Revision{}) == cached->revision()) return cached;
  }
  return HeldPeer::load(home_->store(), home_->sealer(), id, home_->identity().public_key(),
                        home_->limits().sessions);
}

Result<void> Work::replace(HeldPeer& held, std::unique_ptr<Peer> peer) noexcept {
  if (const auto& identity = peer->identity()) {
    PeerPrekeys prekeys(*this, held.id());
    const auto in_use = prekeys.in_use(*identity);
    if (!in_use) return std::unexpected(in_use.error());
    if (*in_use) return std::unexpected(Error::identity_in_use);
    prekeys.bind(*identity);
  }
  held.replace(std::move(peer));
  return {};
}

Result<Revision> Work::commit() noexcept {
  const auto revision = store();
  home_->draft().clear();
  if (!revision) return revision;
  committed_ = true;
  for (const auto& peer : peers_)
    if (peer->changed()) peer->settle(*revision);
  return revision;
}

Result<Revision> Work::store() noexcept {
  Draft& draft = home_->draft();
  draft.clear();
  for (const auto& peer : peers_)
    if (peer->changed())
      if (const auto staged = peer->stage(draft, home_->sealer()); !staged)
        return std::unexpected(staged.error());
  if (const auto staged = prekeys_.stage(); !staged) return std::unexpected(staged.error());
  if (const auto staged = rows_.stage(draft); !staged) return std::unexpected(staged.error());
  // What was only read is nobody's business.
  return draft.writes() ? draft.commit(home_->store()) : home_->store().revision();
}

Result<SignedPrekey> PeerPrekeys::signed_prekey(SignedPrekeyId id) noexcept {
  return work_->prekeys().signed_prekey(id);
}

Result<OneTimePrekey> PeerPrekeys::one_time(OneTimePrekeyId id) noexcept {
  return work_->prekeys().one_time(id);
}

Result<bool> PeerPrekeys::used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept {
  return work_->prekeys().used(id, base_key);
}

/// [SES-1-3]
Result<bool> PeerPrekeys::in_use(const IdentityPublic& identity) noexcept {
  const auto row = work_->rows().at(identity_row(identity).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto name = (*row)->value()) return !std::ranges::equal(*name, peer_->name());
  if (const auto room = (*row)->reserve(peer_->name().size()); !room)
    return std::unexpected(room.error());
  return false;
}

void PeerPrekeys::bind(const IdentityPublic& identity) noexcept {
  const auto row = work_->rows().at(identity_row(identity).bytes());
  if (!(*row)->there()) (*row)->put(peer_->name());
}

}  // namespace sotto::session
