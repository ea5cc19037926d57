// SPDX-License-Identifier: MIT OR Apache-2.0
/// A peer in memory, beside what the store holds of it: so that only rows which changed are
/// written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/store.hpp>

#include "session/draft.hpp"
#include "session/growing.hpp"
#include "session/peer.hpp"
#include "session/records.hpp"
#include "session/row_keys.hpp"
#include "session/rows.hpp"
#include "session/sealing.hpp"

namespace sotto::session {

/// A row holds more than a record: what binds other rows to it, so that none of them is from
/// another moment.
///
///   peer row    = session_count(1) tag(16)* name_size(1) name record; the tags are those of the
///                 sessions' sealed rows, in the order in which the record names the sessions; the
///                 name is the peer's, or empty when nothing is held of the peer
///   session row = pages(16) record; SHA-256 of chain(4) page(4) tag(16) for each page in the order
///                 of their names, cut to 16 bytes; zeros when there is none
inline constexpr std::size_t max_peer_row_bytes = 1 + Sealer::tag_bytes * (1 + most_archived) + 1 +
                                                  Address::max_name_bytes + max_peer_record_bytes;
inline constexpr std::size_t pages_digest_bytes = 16;
inline constexpr std::size_t max_session_row_bytes = pages_digest_bytes + max_session_record_bytes;

/// A peer with the revisions of its rows. Every operation changes the peer's own row, so this one
/// stands for all of them: when it is as it was read, so are the others.
class HeldPeer {
 public:
  /// What the store holds of a peer, which may be nothing. Errors: `store_failed`, `corrupted`,
  /// `unsupported_version`, `out_of_memory`, `backend_unavailable`, `conflict` when others kept
  /// changing it meanwhile.
  [[nodiscard]] static Result<std::unique_ptr<HeldPeer>> load(Store& store, const RowKeys& keys,
                                                              const PeerId& id,
                                                              const IdentityPublic& ours,
                                                              const SessionLimits& limits) noexcept;

  /// A peer row as far as it says of whom something is held: nobody, or there is no such row.
  struct RowOf {
    Revision revision{};
    std::optional<PeerId> peer;
  };
  /// The peer row `name`. Errors: as `Store::get`, `corrupted`, `unsupported_version`.
  [[nodiscard]] static Result<RowOf> id_in(Store& store, const RowKeys& keys,
                                           const RowName& name) noexcept;

  HeldPeer(const HeldPeer&) = delete;
  HeldPeer& operator=(const HeldPeer&) = delete;

  [[nodiscard]] const PeerId& id() const noexcept { return id_; }
  [[nodiscard]] const PeerToken& token() const noexcept { return token_; }
  [[nodiscard]] Peer& peer() noexcept { return *peer_; }
  [[nodiscard]] const Peer& peer() const noexcept { return *peer_; }
  [[nodiscard]] Revision revision() const noexcept { return read_at_; }
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  /// The identity as it is stored, whatever was done since.
  [[nodiscard]] const std::optional<IdentityPublic>& stored_identity() const noexcept {
    return stored_identity_;
  }

  /// Called after an operation that succeeded. Which sessions it changed is seen by them.
  void note_change() noexcept { changed_ = true; }

  /// Another peer in place of this one, with all its sessions: a snapshot's.
  void replace(std::unique_ptr<Peer> peer) noexcept;
  /// All that is held here is held by `other` from now on, of whom nothing was. `rest` is what
  /// stays: a new peer.
  void move_to(HeldPeer& other, std::unique_ptr<Peer> rest) noexcept;

  /// Add what changed to a commit. After an error, or when the commit fails, this object is of no
  /// more use. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> stage(Draft& draft, const RowKeys& keys) noexcept;
  /// The commit succeeded: this is the revision of all that was staged.
  void settle(Revision revision) noexcept;

 private:
  using PagesDigest = std::array<std::uint8_t, pages_digest_bytes>;
  struct StoredPage {
    PageMark mark;
    Revision revision;
    RowTag tag;
    bool written;
  };
  struct StoredSession {
    std::uint32_t id;
    Revision revision;
    RowTag tag;
    std::uint64_t skipped_changes;  ///< of its ratchet, when its pages were as they are stored
    Instant archived;               ///< as it is stored
    std::uint64_t changes;          ///< of the session, when it was as it is stored
    bool changed;                   ///< write it, whatever the counts say
    bool written;
    Growing<StoredPage> pages;
    PagesDigest pages_digest{};
  };

  HeldPeer(const PeerId& id, const PeerToken& token, std::unique_ptr<Peer> peer) noexcept
      : id_(id), token_(token), peer_(std::move(peer)) {}

  [[nodiscard]] Result<void> read(Store& store, const RowKeys& keys, const IdentityPublic& ours,
                                  const SessionLimits& limits, const Row& row) noexcept;
  [[nodiscard]] Result<std::unique_ptr<Session>> read_session(Store& store, const RowKeys& keys,
                                                              std::uint32_t id, Bytes tag,
                                                              const IdentityPublic& ours,
                                                              const IdentityPublic& theirs,
                                                              const RatchetLimits& limits) noexcept;
  [[nodiscard]] Result<void> read_pages(Store& store, const RowKeys& keys, Session& session,
                                        StoredSession& stored) noexcept;

  [[nodiscard]] static PagesDigest digest_of(const Growing<StoredPage>& pages) noexcept;
  [[nodiscard]] MutableBytes write_row(MutableBytes out) noexcept;
  [[nodiscard]] StoredSession* find(std::uint32_t id) noexcept;
  [[nodiscard]] bool holds(std::uint32_t id) const noexcept;
  [[nodiscard]] Result<void> stage_gone(Draft& draft) noexcept;
  [[nodiscard]] Result<void> stage_session(Draft& draft, const RowKeys& keys,
                                           const Session& session) noexcept;
  [[nodiscard]] Result<void> stage_pages(Draft& draft, const RowKeys& keys, const Session& session,
                                         StoredSession& stored) noexcept;

  PeerId id_;
  PeerToken token_;
  std::unique_ptr<Peer> peer_;
  Revision read_at_{};
  RowSum sum_;  ///< what its own row adds to the digest of the head
  bool changed_ = false;
  std::optional<IdentityPublic> stored_identity_;
  Growing<StoredSession> stored_;
};

}  // namespace sotto::session
