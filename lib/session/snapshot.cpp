// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <utility>

#include <sotto/snapshot.hpp>

#include "session/inside.hpp"
#include "session/peer_content.hpp"
#include "session/prekey_content.hpp"
#include "session/snapshot_seal.hpp"

namespace sotto {

using session::HeldPeer;
using session::Inside;
using session::SnapshotSealer;
using session::Work;

namespace {

/// The peer, of which something is known.
Result<HeldPeer*> known_peer(Work& work, const Address& address) noexcept {
  const auto held = work.peer(address);
  if (held && (*held)->peer().info({}).epoch == 0) return std::unexpected(Error::no_session);
  return held;
}

const IdentityPublic& owner(Work& work) noexcept {
  return work.home().identity().public_key();
}

/// Before anything else is looked at: a key that is none is the caller's mistake. Errors: as
/// `SnapshotSealer::create`.
Result<SnapshotSealer> sealer_of(Work& work, const SnapshotKey& key) noexcept {
  return SnapshotSealer::create(key,
                                {owner(work), work.home().device(), work.home().registration()});
}

/// Memory for a content, which is wiped.
Result<session::Held> room_for(std::size_t content_bytes) noexcept {
  session::Held room;
  if (const auto made = room.reserve(content_bytes); !made) return std::unexpected(made.error());
  static_cast<void>(room.resize(content_bytes));
  return room;
}

Result<session::Held> content_of(Work& work, HeldPeer& held) noexcept {
  const std::size_t size = session::peer_content_size(held.id(), held.peer());
  auto content = room_for(size);
  if (content)
    session::write_peer_content(content->resize(size), owner(work), held.id(), held.peer());
  return content;
}

Result<session::Held> content_of(Work& work, const session::PrekeyIndex& index) noexcept {
  const std::size_t size = session::prekey_content_size(index);
  auto content = room_for(size);
  if (!content) return content;
  const auto written =
      session::write_prekey_content(content->resize(size), owner(work), index, work.rows());
  if (!written) return std::unexpected(written.error());
  return content;
}

/// Into the outbox [SES-9-2].
Result<PendingBytes> sealed(Work& work, SnapshotKind kind, std::uint64_t epoch, Bytes content,
                            const SnapshotSealer& sealer) noexcept {
  const std::size_t size = content.size() + snapshot_overhead_bytes;
  const auto room = work.outbox().room(size);
  if (!room) return std::unexpected(room.error());
  sealer.seal(*room, kind, epoch, content);
  return work.pending(work.outbox().keep(size), size);
}

/// Whether the peer is what the snapshot holds. Errors: `out_of_memory`.
Result<bool> holds_already(Work& work, HeldPeer& present, Bytes content) noexcept {
  const auto there = content_of(work, present);
  if (!there) return std::unexpected(there.error());
  return std::ranges::equal(there->bytes(), content);
}

}  // namespace

Result<PendingBytes> save_peer(Transaction& tx, const Address& peer,
                               const SnapshotKey& key) noexcept {
  const auto work = Inside::into(tx);
  if (!work) return std::unexpected(work.error());
  const auto sealer = sealer_of(**work, key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto held = known_peer(**work, peer);
  if (!held) return std::unexpected(held.error());
  const auto content = content_of(**work, **held);
  if (!content) return std::unexpected(content.error());
  return sealed(**work, SnapshotKind::peer, (*held)->peer().info({}).epoch, content->bytes(),
                *sealer);
}

Result<void> restore_peer(Transaction& tx, const Address& peer, Bytes snapshot,
                          const SnapshotKey& key) noexcept {
  const auto work = Inside::into(tx);
  if (!work) return std::unexpected(work.error());
  const auto sealer = sealer_of(**work, key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  const auto opened = sealer->open(snapshot, SnapshotKind::peer);
  if (!opened) return std::unexpected(opened.error());
  auto restored =
      session::read_peer_content(opened->content.bytes(), opened->header.version, owner(**work),
                                 (*held)->id(), (*work)->home().limits().sessions);
  if (!restored) return std::unexpected(restored.error());
  // Nothing is saved of a peer of whom nothing is known, so epoch 0 was never saved.
  if (opened->header.epoch == 0 || (*restored)->info({}).epoch != opened->header.epoch)
    return std::unexpected(Error::corrupted);
  const auto& identity = (*restored)->identity();
  if (identity == owner(**work) && !(*work)->self((*held)->id()).shares_identity)
    return std::unexpected(Error::own_identity);  // [SES-1-4]
  const session::Peer& present = (*held)->peer();
  if (identity && present.identity() && identity != present.identity())
    return std::unexpected(Error::identity_changed);  // [SES-7-2]
  // How old the snapshot is cannot be told: who saved it may have counted in another store. So it
  // goes where nothing was ever held, and nothing else takes a place [SES-9-1].
  if (present.info({}).epoch != 0) {
    const auto same = holds_already(**work, **held, opened->content.bytes());
    if (!same) return std::unexpected(same.error());
    if (!*same) return std::unexpected(Error::rolled_back);
    return {};
  }
  return (*work)->replace(**held, *std::move(restored));
}

Result<PendingBytes> save_prekeys(Transaction& tx, const SnapshotKey& key) noexcept {
  const auto work = Inside::into(tx);
  if (!work) return std::unexpected(work.error());
  const auto sealer = sealer_of(**work, key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto index = (*work)->prekeys().index();
  if (!index) return std::unexpected(index.error());
  const auto content = content_of(**work, **index);
  if (!content) return std::unexpected(content.error());
  return sealed(**work, SnapshotKind::prekeys, (*index)->epoch, content->bytes(), *sealer);
}

Result<void> restore_prekeys(Transaction& tx, Bytes snapshot, const SnapshotKey& key) noexcept {
  const auto work = Inside::into(tx);
  if (!work) return std::unexpected(work.error());
  const auto sealer = sealer_of(**work, key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto opened = sealer->open(snapshot, SnapshotKind::prekeys);
  if (!opened) return std::unexpected(opened.error());
  return session::restore_prekey_content(opened->content.bytes(), opened->header.version,
                                         owner(**work), (*work)->prekeys(), (*work)->rows());
}

}  // namespace sotto
