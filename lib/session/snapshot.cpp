// SPDX-License-Identifier: MIT OR Apache-2.0
#include <utility>

#include <sotto/snapshot.hpp>

#include "session/peer_content.hpp"
#include "session/prekey_content.hpp"
#include "session/snapshot_seal.hpp"
#include "session/work.hpp"

namespace sotto {

using session::HeldPeer;
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

/// Room for what is to be sealed, in memory that is wiped. Errors: `buffer_too_small`,
/// `out_of_memory`.
Result<session::Held> room_for(std::size_t content_bytes, MutableBytes out) noexcept {
  if (out.size() < snapshot_overhead_bytes || out.size() - snapshot_overhead_bytes < content_bytes)
    return std::unexpected(Error::buffer_too_small);
  session::Held room;
  if (const auto made = room.reserve(content_bytes); !made) return std::unexpected(made.error());
  return room;
}

Result<MutableBytes> sealed(MutableBytes out, SnapshotKind kind, std::uint64_t epoch, Bytes content,
                            const SnapshotKey& key) noexcept {
  const MutableBytes used = out.first(content.size() + snapshot_overhead_bytes);
  if (const auto done = session::seal_snapshot(used, kind, epoch, content, key); !done)
    return std::unexpected(done.error());
  return used;
}

}  // namespace

Result<std::size_t> peer_snapshot_size(Transaction& tx, const Address& peer) noexcept {
  const auto held = known_peer(tx.work(), peer);
  if (!held) return std::unexpected(held.error());
  return snapshot_overhead_bytes + session::peer_content_size((*held)->id(), (*held)->peer());
}

Result<MutableBytes> save_peer(MutableBytes out, Transaction& tx, const Address& peer,
                               const SnapshotKey& key) noexcept {
  const auto held = known_peer(tx.work(), peer);
  if (!held) return std::unexpected(held.error());
  const std::size_t size = session::peer_content_size((*held)->id(), (*held)->peer());
  auto content = room_for(size, out);
  if (!content) return std::unexpected(content.error());
  session::write_peer_content(content->resize(size), owner(tx.work()), (*held)->id(),
                              (*held)->peer());
  return sealed(out, SnapshotKind::peer, (*held)->peer().info({}).epoch, content->bytes(), key);
}

Result<void> restore_peer(Transaction& tx, const Address& peer, Bytes snapshot,
                          const SnapshotKey& key) noexcept {
  const auto held = tx.work().peer(peer);
  if (!held) return std::unexpected(held.error());
  const auto opened = session::open_snapshot(snapshot, SnapshotKind::peer, key);
  if (!opened) return std::unexpected(opened.error());
  auto restored =
      session::read_peer_content(opened->content.bytes(), opened->header.version, owner(tx.work()),
                                 (*held)->id(), tx.work().home().limits().sessions);
  if (!restored) return std::unexpected(restored.error());
  // Nothing is saved of a peer of whom nothing is known, so epoch 0 was never saved.
  if (opened->header.epoch == 0 || (*restored)->info({}).epoch != opened->header.epoch)
    return std::unexpected(Error::corrupted);
  const session::Peer& present = (*held)->peer();
  if (opened->header.epoch < present.info({}).epoch)
    return std::unexpected(Error::rolled_back);  // [SES-9-1]
  if (present.identity() && (*restored)->identity() != present.identity())
    return std::unexpected(Error::identity_changed);  // [SES-7-2]
  return tx.work().replace(**held, *std::move(restored));
}

Result<std::size_t> prekeys_snapshot_size(Transaction& tx) noexcept {
  const auto index = tx.work().prekeys().index();
  if (!index) return std::unexpected(index.error());
  return snapshot_overhead_bytes + session::prekey_content_size(**index);
}

Result<MutableBytes> save_prekeys(MutableBytes out, Transaction& tx,
                                  const SnapshotKey& key) noexcept {
  const auto index = tx.work().prekeys().index();
  if (!index) return std::unexpected(index.error());
  const std::size_t size = session::prekey_content_size(**index);
  auto content = room_for(size, out);
  if (!content) return std::unexpected(content.error());
  const auto written = session::write_prekey_content(content->resize(size), owner(tx.work()),
                                                     **index, tx.work().rows());
  if (!written) return std::unexpected(written.error());
  return sealed(out, SnapshotKind::prekeys, (*index)->epoch, content->bytes(), key);
}

Result<void> restore_prekeys(Transaction& tx, Bytes snapshot, const SnapshotKey& key) noexcept {
  const auto opened = session::open_snapshot(snapshot, SnapshotKind::prekeys, key);
  if (!opened) return std::unexpected(opened.error());
  return session::restore_prekey_content(opened->content.bytes(), opened->header.version,
                                         owner(tx.work()), tx.work().prekeys(), tx.work().rows());
}

}  // namespace sotto
