// SPDX-License-Identifier: MIT OR Apache-2.0
/// Reading a peer from its rows.
#include <algorithm>
#include <new>
#include <utility>

#include "session/held_peer.hpp"

namespace sotto::session {
namespace {

/// How often a peer is read anew when others change it in between.
constexpr int most_attempts = 16;

/// A sealed value of at most `N` bytes, opened.
template <std::size_t N>
Result<Bytes> open(Passing<N>& out, const Sealer& sealer, Bytes sealed, Bytes name) noexcept {
  if (sealed.size() < Sealer::overhead_bytes || sealed.size() - Sealer::overhead_bytes > N)
    return std::unexpected(Error::corrupted);
  const MutableBytes plain = out.bytes().first(sealed.size() - Sealer::overhead_bytes);
  if (const auto opened = sealer.open(plain, sealed, name); !opened)
    return std::unexpected(opened.error());
  return plain;
}

/// A record was sealed by us, so one that cannot be read was not written by us as it is.
Error as_stored(Error error) noexcept {
  return error == Error::malformed ? Error::corrupted : error;
}

}  // namespace

Result<std::unique_ptr<HeldPeer>> HeldPeer::load(Store& store, const Sealer& sealer,
                                                 const PeerId& id, const IdentityPublic& ours,
                                                 const SessionLimits& limits) noexcept {
  const RowName name = peer_row(id);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const auto row = store.get(name.bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if (!stored) {
      std::unique_ptr<Peer> peer(new (std::nothrow) Peer(limits));
      if (!peer) return std::unexpected(Error::out_of_memory);
      std::unique_ptr<HeldPeer> fresh(new (std::nothrow) HeldPeer(id, std::move(peer)));
      if (!fresh) return std::unexpected(Error::out_of_memory);
      return fresh;
    }
    std::unique_ptr<HeldPeer> held(new (std::nothrow) HeldPeer(id, nullptr));
    if (!held) return std::unexpected(Error::out_of_memory);
    const auto read = held->read(store, sealer, ours, limits, *stored);
    // Rows are read one by one: only if the first is still what it was are all of one moment.
    const auto again = store.get(name.bytes());
    if (!again) return std::unexpected(again.error());
    const std::optional<Row>& still = *again;
    if (!still || still->revision != held->read_at_) continue;
    if (!read) return std::unexpected(as_stored(read.error()));
    return held;
  }
  return std::unexpected(Error::conflict);
}

Result<void> HeldPeer::read(Store& store, const Sealer& sealer, const IdentityPublic& ours,
                            const SessionLimits& limits, const Row& row) noexcept {
  read_at_ = row.revision;
  Passing<max_peer_record_bytes> record;
  const auto opened = open(record, sealer, row.value, peer_row(id_).bytes());
  if (!opened) return std::unexpected(opened.error());
  auto index = PeerRecord::read_peer(*opened, limits);
  if (!index) return std::unexpected(index.error());
  const std::optional<IdentityPublic> theirs = index->peer->identity();
  if (const auto room = stored_.reserve(index->count); !room) return room;
  for (std::size_t i = 0; i < index->count; ++i) {
    if (!theirs) return std::unexpected(Error::corrupted);
    auto session =
        read_session(store, sealer, index->ids[i], ours, *theirs, index->peer->limits().ratchet);
    if (!session) return std::unexpected(session.error());
    PeerRecord::add(*index, *std::move(session));
  }
  peer_ = std::move(index->peer);
  return {};
}

Result<std::unique_ptr<Session>> HeldPeer::read_session(Store& store, const Sealer& sealer,
                                                        std::uint32_t id,
                                                        const IdentityPublic& ours,
                                                        const IdentityPublic& theirs,
                                                        const RatchetLimits& limits) noexcept {
  const RowName name = session_row(id_, id);
  const auto row = store.get(name.bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& found = *row;
  if (!found) return std::unexpected(Error::corrupted);
  StoredSession stored{id, found->revision, 0, {}, false, false, {}};
  Passing<max_session_record_bytes> record;
  const auto opened = open(record, sealer, found->value, name.bytes());
  if (!opened) return std::unexpected(opened.error());
  auto session = PeerRecord::read_session(*opened, id, ours, theirs, limits);
  if (!session) return std::unexpected(session.error());
  if (const auto pages = read_pages(store, sealer, **session, stored); !pages)
    return std::unexpected(pages.error());
  stored.archived = (*session)->archived;
  // Before what smaller limits may erase now, so that this is noticed as a change.
  stored.skipped_changes = (*session)->ratchet->skipped_changes();
  if (const auto whole = PeerRecord::finish_session(**session); !whole)
    return std::unexpected(whole.error());
  stored_.append(std::move(stored));
  return session;
}

Result<void> HeldPeer::read_pages(Store& store, const Sealer& sealer, Session& session,
                                  StoredSession& stored) noexcept {
  const RowName prefix = pages_prefix(id_, stored.id);
  const std::size_t prefix_bytes = prefix.bytes().size();
  RowName last = prefix;
  for (;;) {
    const auto entry = store.next(prefix.bytes(), last.bytes());
    if (!entry) return std::unexpected(entry.error());
    const std::optional<Entry>& page = *entry;
    if (!page) break;
    last = RowName::copy(page->key);
    if (last.bytes().size() != prefix_bytes + 8) return std::unexpected(Error::corrupted);
    const PageName name{stored.id, number_at(last.bytes().subspan(prefix_bytes)),
                        number_at(last.bytes().subspan(prefix_bytes + 4))};
    Passing<max_page_record_bytes> record;
    const auto opened = open(record, sealer, page->value, last.bytes());
    if (!opened) return std::unexpected(opened.error());
    if (const auto read = PeerRecord::read_page(*opened, session, name); !read) return read;
    if (const auto added = stored.pages.push({{name, 0}, page->revision, false}); !added)
      return added;
  }

  // By its mark a page is recognised later.
  const std::size_t count = PeerRecord::count_pages(session);
  if (count != stored.pages.size()) return std::unexpected(Error::corrupted);
  Growing<PageMark> marks;
  if (const auto room = marks.reserve(count); !room) return room;
  for (std::size_t i = 0; i < count; ++i) marks.append({});
  PeerRecord::mark_pages({marks.begin(), count}, session);
  for (std::size_t i = 0; i < count; ++i) {
    if (stored.pages[i].mark.name != marks[i].name) return std::unexpected(Error::corrupted);
    stored.pages[i].mark = marks[i];
  }
  return {};
}

}  // namespace sotto::session
