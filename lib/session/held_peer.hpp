// SPDX-License-Identifier: MIT OR Apache-2.0
/// A peer in memory, beside what the store holds of it: so that only rows which changed are
/// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/store.hpp>

#include "session/draft.hpp"
#include "session/growing.hpp"
#include "session/peer.hpp"
#include "session/records.hpp"
#include "session/rows.hpp"
#include "session/sealing.hpp"

namespace sotto::session {

/// A peer with the revisions of its rows. Every operation changes the peer's own row, so this one
/// stands for all of them: when it is as it was read, so are the others.
class HeldPeer {
 public:
  /// What the store holds of a peer, which may be nothing. Errors: `store_failed`, `corrupted`,
  /// `unsupported_version`, `out_of_memory`, `backend_unavailable`, `conflict` when others kept
  /// changing it meanwhile.
  [[nodiscard]] static Result<std::unique_ptr<HeldPeer>> load(Store& store, const Sealer& sealer,
                                                              const PeerId& id,
                                                              const IdentityPublic& ours,
                                                              const SessionLimits& limits) noexcept;

  HeldPeer(const HeldPeer&) = delete;
  HeldPeer& operator=(const HeldPeer&) = delete;

  [[nodiscard]] const PeerId& id() const noexcept { return id_; }
  [[nodiscard]] Peer& peer() noexcept { return *peer_; }
  [[nodiscard]] const Peer& peer() const noexcept { return *peer_; }
  [[nodiscard]] Revision revision() const noexcept { return read_at_; }
  [[nodiscard]] bool changed() const noexcept { return changed_; }

  /// Called before and after an operation that succeeds: the sessions that it may have changed are
  /// those that are current at either time.
  struct Before {
    std::optional<std::uint32_t> current;
  };
  [[nodiscard]] Before before() const noexcept;
  void changed_since(const Before& before) noexcept;

  /// Another peer in place of this one, with all its sessions: a snapshot's.
  void replace(std::unique_ptr<Peer> peer) noexcept;
  /// All that is held here is held by `other` from now on, of whom nothing was. `rest` is what
  /// stays: a new peer.
  void move_to(HeldPeer& other, std::unique_ptr<Peer> rest) noexcept;

  /// Add what changed to a commit. After an error, or when the commit fails, this object is of no
  /// more use. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> stage(Draft& draft, const Sealer& sealer) noexcept;
  /// The commit succeeded: this is the revision of all that was staged.
  void settle(Revision revision) noexcept;

 private:
  struct StoredPage {
    PageMark mark;
    Revision revision;
    bool written;
  };
  struct StoredSession {
    std::uint32_t id;
    Revision revision;
    std::uint64_t skipped_changes;  ///< of its ratchet, when its pages were as they are stored
    Instant archived;               ///< as it is stored
    bool changed;
    bool written;
    Growing<StoredPage> pages;
  };

  HeldPeer(const PeerId& id, std::unique_ptr<Peer> peer) noexcept
      : id_(id), peer_(std::move(peer)) {}

  [[nodiscard]] Result<void> read(Store& store, const Sealer& sealer, const IdentityPublic& ours,
                                  const SessionLimits& limits, const Row& row) noexcept;
  [[nodiscard]] Result<std::unique_ptr<Session>> read_session(Store& store, const Sealer& sealer,
                                                              std::uint32_t id,
                                                              const IdentityPublic& ours,
                                                              const IdentityPublic& theirs,
                                                              const RatchetLimits& limits) noexcept;
  [[nodiscard]] Result<void> read_pages(Store& store, const Sealer& sealer, Session& session,
                                        StoredSession& stored) noexcept;

  [[nodiscard]] StoredSession* find(std::uint32_t id) noexcept;
  [[nodiscard]] bool holds(std::uint32_t id) const noexcept;
  void mark(std::optional<std::uint32_t> id) noexcept;
  [[nodiscard]] Result<void> stage_gone(Draft& draft) noexcept;
  [[nodiscard]] Result<void> stage_session(Draft& draft, const Sealer& sealer,
                                           const Session& session) noexcept;
  [[nodiscard]] Result<void> stage_pages(Draft& draft, const Sealer& sealer, const Session& session,
                                         StoredSession& stored) noexcept;

  PeerId id_;
  std::unique_ptr<Peer> peer_;
  Revision read_at_{};
  bool changed_ = false;
  Growing<StoredSession> stored_;
};

}  // namespace sotto::session
