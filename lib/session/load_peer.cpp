// SPDX-License-Identifier: MIT OR Apache-2.0
/// Reading a peer from its rows.
#include <algorithm>
#include <new>
#include <utility>

#include "base/fields.hpp"
#include "session/held_peer.hpp"

namespace sotto::session {
namespace {

/// How often a peer is read anew when others change it in between.
constexpr int most_attempts = 16;

/// A sealed value of at most `N` bytes, opened.
template <std::size_t N>
Result<Bytes> open(Passing<N>& out, const RowKeys& keys, Bytes sealed, Bytes name) noexcept {
  if (sealed.size() < Sealer::overhead_bytes || sealed.size() - Sealer::overhead_bytes > N)
    return std::unexpected(Error::corrupted);
  const MutableBytes plain = out.bytes().first(sealed.size() - Sealer::overhead_bytes);
  if (const auto opened = keys.sealer().open(plain, sealed, name); !opened)
    return std::unexpected(opened.error());
  return plain;
}

/// Of a value that opened.
RowTag tag_of(Bytes sealed) noexcept {
  RowTag tag;
  std::ranges::copy(sealed.last<Sealer::tag_bytes>(), tag.begin());
  return tag;
}

/// The parts of a peer row before the record.
struct RowStart {
  std::size_t sessions;
  Bytes tags;
  Bytes name;
};

Result<RowStart> read_start(base::Fields& fields) noexcept {
  RowStart start{fields.uint<std::uint8_t>(), {}, {}};
  start.tags = fields.view(start.sessions * Sealer::tag_bytes);
  start.name = fields.view(fields.uint<std::uint8_t>());
  if (fields.failed()) return std::unexpected(Error::corrupted);
  return start;
}

/// A record was sealed by us, so one that cannot be read was not written by us as it is.
Error as_stored(Error error) noexcept {
  return error == Error::malformed ? Error::corrupted : error;
}

}  // namespace

Result<std::unique_ptr<HeldPeer>> HeldPeer::load(Store& store, const RowKeys& keys,
                                                 const PeerId& id, const IdentityPublic& ours,
                                                 const SessionLimits& limits) noexcept {
  const PeerToken token(keys, id);
  const RowName name = peer_row(token);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const auto row = store.get(name.bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if (!stored) {
      std::unique_ptr<Peer> peer(new (std::nothrow) Peer(limits));
      if (!peer) return std::unexpected(Error::out_of_memory);
      std::unique_ptr<HeldPeer> fresh(new (std::nothrow) HeldPeer(id, token, std::move(peer)));
      if (!fresh) return std::unexpected(Error::out_of_memory);
      return fresh;
    }
    std::unique_ptr<HeldPeer> held(new (std::nothrow) HeldPeer(id, token, nullptr));
    if (!held) return std::unexpected(Error::out_of_memory);
    const auto read = held->read(store, keys, ours, limits, *stored);
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

Result<HeldPeer::RowOf> HeldPeer::id_in(Store& store, const RowKeys& keys,
                                        const RowName& name) noexcept {
  const auto row = store.get(name.bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& stored = *row;
  if (!stored) return RowOf{};
  const Revision revision = stored->revision;
  Passing<max_peer_row_bytes> value;
  const auto opened = open(value, keys, stored->value, name.bytes());
  if (!opened) return std::unexpected(opened.error());
  base::Fields fields(*opened);
  const auto start = read_start(fields);
  if (!start) return std::unexpected(start.error());
  if (start->name.empty()) return RowOf{revision, std::nullopt};
  const DeviceId device{number_at(name.bytes().last<device_number_bytes>())};
  const Bytes text = start->name;
  const auto peer = PeerId::of({{reinterpret_cast<const char*>(text.data()), text.size()}, device});
  if (!peer) return std::unexpected(peer.error());
  return RowOf{revision, *peer};
}

Result<void> HeldPeer::read(Store& store, const RowKeys& keys, const IdentityPublic& ours,
                            const SessionLimits& limits, const Row& row) noexcept {
  read_at_ = row.revision;
  Passing<max_peer_row_bytes> value;
  const auto opened = open(value, keys, row.value, peer_row(token_).bytes());
  if (!opened) return std::unexpected(opened.error());
  sum_ = keys.sum(peer_row(token_).bytes(), row.value);
  base::Fields fields(*opened);
  const auto start = read_start(fields);
  if (!start) return std::unexpected(start.error());
  const std::size_t count = start->sessions;
  auto index = PeerRecord::read_peer(fields.rest(), limits);
  if (!index) return std::unexpected(index.error());
  const std::optional<IdentityPublic> theirs = index->peer->identity();
  const Bytes named = index->peer->holds_anything() ? id_.name() : Bytes();
  if (index->count != count || !std::ranges::equal(start->name, named))
    return std::unexpected(Error::corrupted);
  if (const auto room = stored_.reserve(count); !room) return room;
  for (std::size_t i = 0; i < count; ++i) {
    if (!theirs) return std::unexpected(Error::corrupted);
    auto session = read_session(store, keys, index->ids[i],
                                start->tags.subspan(i * Sealer::tag_bytes, Sealer::tag_bytes), ours,
                                *theirs, index->peer->limits().ratchet);
    if (!session) return std::unexpected(session.error());
    PeerRecord::add(*index, *std::move(session));
  }
  peer_ = std::move(index->peer);
  stored_identity_ = theirs;
  return {};
}

Result<std::unique_ptr<Session>> HeldPeer::read_session(Store& store, const RowKeys& keys,
                                                        std::uint32_t id, Bytes tag,
                                                        const IdentityPublic& ours,
                                                        const IdentityPublic& theirs,
                                                        const RatchetLimits& limits) noexcept {
  const RowName name = session_row(token_, id);
  const auto row = store.get(name.bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& found = *row;
  if (!found) return std::unexpected(Error::corrupted);
  Passing<max_session_row_bytes> value;
  const auto opened = open(value, keys, found->value, name.bytes());
  if (!opened) return std::unexpected(opened.error());
  // A session of another moment is not the one that its peer names.
  StoredSession stored{id, found->revision, tag_of(found->value), 0, {}, 0, false, false, {}, {}};
  if (!std::ranges::equal(stored.tag, tag) || opened->size() < pages_digest_bytes)
    return std::unexpected(Error::corrupted);
  std::ranges::copy(opened->first<pages_digest_bytes>(), stored.pages_digest.begin());
  auto session =
      PeerRecord::read_session(opened->subspan(pages_digest_bytes), id, ours, theirs, limits);
  if (!session) return std::unexpected(session.error());
  if (const auto pages = read_pages(store, keys, **session, stored); !pages)
    return std::unexpected(pages.error());
  if (digest_of(stored.pages) != stored.pages_digest) return std::unexpected(Error::corrupted);
  stored.archived = (*session)->archived;
  // Before what smaller limits may erase now, so that this is noticed as a change.
  stored.skipped_changes = (*session)->ratchet->skipped_changes();
  if (const auto whole = PeerRecord::finish_session(**session); !whole)
    return std::unexpected(whole.error());
  stored_.append(std::move(stored));
  return session;
}

Result<void> HeldPeer::read_pages(Store& store, const RowKeys& keys, Session& session,
                                  StoredSession& stored) noexcept {
  const RowName prefix = pages_prefix(token_, stored.id);
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
    const auto opened = open(record, keys, page->value, last.bytes());
    if (!opened) return std::unexpected(opened.error());
    if (const auto read = PeerRecord::read_page(*opened, session, name); !read) return read;
    if (const auto added =
            stored.pages.push({{name, 0}, page->revision, tag_of(page->value), false});
        !added)
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
