// SPDX-License-Identifier: MIT OR Apache-2.0
/// Writing a peer: what changed since it was read.
#include "session/held_peer.hpp"

#include <algorithm>
#include <utility>

#include "base/writer.hpp"
#include "crypto/sha2.hpp"

namespace sotto::session {
namespace {

/// A count of changes that no ratchet comes to.
constexpr std::uint64_t no_count = UINT64_MAX;

}  // namespace

HeldPeer::StoredSession* HeldPeer::find(std::uint32_t id) noexcept {
  StoredSession* const found = std::ranges::find(stored_, id, &StoredSession::id);
  return found == stored_.end() ? nullptr : found;
}

bool HeldPeer::holds(std::uint32_t id) const noexcept {
  if (peer_->current() != nullptr && peer_->current()->id == id) return true;
  for (std::size_t i = 0; i < peer_->archived_count(); ++i)
    if (peer_->archived(i).id == id) return true;
  return false;
}

void HeldPeer::replace(std::unique_ptr<Peer> peer) noexcept {
  peer_ = std::move(peer);
  changed_ = true;
  for (StoredSession& stored : stored_) {
    stored.changed = true;
    stored.skipped_changes = no_count;
    // Numbers alone do not tell pages of another origin apart.
    for (StoredPage& page : stored.pages) page.mark.present = 0;
  }
}

void HeldPeer::move_to(HeldPeer& other, std::unique_ptr<Peer> rest) noexcept {
  rest->replace(*peer_);
  peer_->replace(*other.peer_);
  other.replace(std::move(peer_));
  replace(std::move(rest));
}

Result<void> HeldPeer::stage(Draft& draft, const RowKeys& keys) noexcept {
  if (const auto gone = stage_gone(draft); !gone) return gone;
  if (peer_->current() != nullptr)
    if (const auto staged = stage_session(draft, keys, *peer_->current()); !staged) return staged;
  for (std::size_t i = 0; i < peer_->archived_count(); ++i)
    if (const auto staged = stage_session(draft, keys, peer_->archived(i)); !staged) return staged;

  Passing<max_peer_row_bytes> row;
  const auto put =
      draft.put(keys, peer_row(token_).bytes(), read_at_, write_row(row.bytes()), sum_);
  if (!put) return std::unexpected(put.error());
  sum_ = *put;
  return {};
}

/// The peer's own row; its sessions are staged.
MutableBytes HeldPeer::write_row(MutableBytes out) noexcept {
  std::size_t used = 1;
  const auto add = [&](const Session& session) {
    std::ranges::copy(find(session.id)->tag, out.subspan(used).begin());
    used += Sealer::tag_bytes;
    ++out[0];
  };
  out[0] = 0;
  if (peer_->current() != nullptr) add(*peer_->current());
  for (std::size_t i = 0; i < peer_->archived_count(); ++i) add(peer_->archived(i));
  const Bytes name = peer_->holds_anything() ? id_.name() : Bytes();
  out[used++] = static_cast<std::uint8_t>(name.size());
  std::ranges::copy(name, out.subspan(used).begin());
  used += name.size();
  return out.first(used + PeerRecord::write(out.subspan(used), *peer_).size());
}

HeldPeer::PagesDigest HeldPeer::digest_of(const Growing<StoredPage>& pages) noexcept {
  PagesDigest digest{};
  if (pages.empty()) return digest;
  crypto::Sha256 hash;
  for (const StoredPage& page : pages) {
    std::array<std::uint8_t, 4 + 4 + Sealer::tag_bytes> entry;
    base::Writer writer(entry);
    writer.put_uint(page.mark.name.chain);
    writer.put_uint(page.mark.name.page);
    writer.put(page.tag);
    hash.update(entry);
  }
  crypto::Sha256Digest whole;
  hash.finish(whole);
  std::ranges::copy(std::span(whole).first<pages_digest_bytes>(), digest.begin());
  return digest;
}

Result<void> HeldPeer::stage_gone(Draft& draft) noexcept {
  for (std::size_t i = stored_.size(); i > 0; --i) {
    const StoredSession& stored = stored_[i - 1];
    if (holds(stored.id)) continue;
    for (const StoredPage& page : stored.pages)
      if (const auto gone =
              draft.erase_bound(page_row(token_, page.mark.name).bytes(), page.revision);
          !gone)
        return gone;
    if (const auto gone =
            draft.erase_bound(session_row(token_, stored.id).bytes(), stored.revision);
        !gone)
      return gone;
    stored_.erase(i - 1);
  }
  return {};
}

Result<void> HeldPeer::stage_session(Draft& draft, const RowKeys& keys,
                                     const Session& session) noexcept {
  StoredSession* stored = find(session.id);
  if (stored == nullptr) {
    if (const auto added = stored_.push(
            {session.id, Revision{}, {}, no_count, session.archived, 0, true, false, {}, {}});
        !added)
      return added;
    stored = stored_.end() - 1;
  }
  // What else changes a session: keys of an archived one are erased, for there are too many, and
  // it is archived, or the time when it was is set to the clock.
  const std::uint64_t skipped_changes = session.ratchet->skipped_changes();
  const bool pages_changed = stored->skipped_changes != skipped_changes;
  if (!stored->changed && stored->changes == session.changes && !pages_changed &&
      stored->archived == session.archived)
    return {};

  if (pages_changed) {
    if (const auto pages = stage_pages(draft, keys, session, *stored); !pages) return pages;
    stored->pages_digest = digest_of(stored->pages);
  }
  Passing<max_session_row_bytes> row;
  std::ranges::copy(stored->pages_digest, row.bytes().begin());
  const std::size_t record_bytes =
      PeerRecord::write(row.bytes().subspan(pages_digest_bytes), session).size();
  const auto put = draft.put_bound(keys, session_row(token_, session.id).bytes(), stored->revision,
                                   row.bytes().first(pages_digest_bytes + record_bytes));
  if (!put) return std::unexpected(put.error());
  stored->tag = *put;
  stored->skipped_changes = skipped_changes;
  stored->archived = session.archived;
  stored->changes = session.changes;
  stored->changed = false;
  stored->written = true;
  return {};
}

Result<void> HeldPeer::stage_pages(Draft& draft, const RowKeys& keys, const Session& session,
                                   StoredSession& stored) noexcept {
  const std::size_t count = PeerRecord::count_pages(session);
  if (count == 0 && stored.pages.empty()) return {};
  Growing<PageMark> marks;
  if (const auto room = marks.reserve(count); !room) return room;
  for (std::size_t i = 0; i < count; ++i) marks.append({});
  PeerRecord::mark_pages({marks.begin(), count}, session);

  // Both are in the order of their names.
  Growing<StoredPage> now;
  if (const auto room = now.reserve(count); !room) return room;
  std::size_t old = 0;
  const auto erase_until = [&](const PageName* name) -> Result<void> {
    for (; old < stored.pages.size() && (name == nullptr || stored.pages[old].mark.name < *name);
         ++old) {
      const StoredPage& page = stored.pages[old];
      if (const auto gone =
              draft.erase_bound(page_row(token_, page.mark.name).bytes(), page.revision);
          !gone)
        return gone;
    }
    return {};
  };
  Passing<max_page_record_bytes> record;
  for (const PageMark& mark : marks) {
    if (const auto gone = erase_until(&mark.name); !gone) return gone;
    Revision read_at{};
    if (old < stored.pages.size() && stored.pages[old].mark.name == mark.name) {
      const StoredPage& page = stored.pages[old++];
      if (page.mark.same_content(mark)) {
        now.append({mark, page.revision, page.tag, page.written});
        continue;
      }
      read_at = page.revision;
    }
    const MutableBytes written = PeerRecord::write(record.bytes(), session, mark);
    const auto put = draft.put_bound(keys, page_row(token_, mark.name).bytes(), read_at, written);
    if (!put) return std::unexpected(put.error());
    now.append({mark, read_at, *put, true});
  }
  if (const auto gone = erase_until(nullptr); !gone) return gone;
  stored.pages = std::move(now);
  return {};
}

void HeldPeer::settle(Revision revision) noexcept {
  read_at_ = revision;
  changed_ = false;
  stored_identity_ = peer_->identity();
  for (StoredSession& stored : stored_) {
    if (!stored.written) continue;
    stored.written = false;
    stored.revision = revision;
    for (StoredPage& page : stored.pages)
      if (std::exchange(page.written, false)) page.revision = revision;
  }
}

}  // namespace sotto::session
