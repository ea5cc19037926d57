// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a snapshot of a peer says, before it is sealed: whose it is, and all records of
/// session/records.hpp. All numbers are big-endian.
///
///   content = owner(32) address_bytes(2) address record_bytes(4) peer, then for each session of
///             the peer's record, in its order: record_bytes(4) session page_count(4) page*
///   page    = chain(4) page(4) record_bytes(4) page's record, in the order of their names
///   address = length of the name(1) name device(4)
///
/// The owner is our identity key.
#pragma once

#include <cstddef>
#include <memory>

#include "session/growing.hpp"
#include "session/peer.hpp"
#include "session/rows.hpp"

namespace sotto::session {

[[nodiscard]] std::size_t peer_content_size(const PeerId& id, const Peer& peer) noexcept;

/// Into exactly `peer_content_size`.
void write_peer_content(MutableBytes out, const IdentityPublic& ours, const PeerId& id,
                        const Peer& peer) noexcept;

/// The peer, whole. What was written in version `version` of a snapshot is taken, to the last
/// byte, and nothing else. Errors: `corrupted` (also: another owner or peer),
/// `unsupported_version`, `out_of_memory`.
[[nodiscard]] Result<std::unique_ptr<Peer>> read_peer_content(Bytes content, std::uint8_t version,
                                                              const IdentityPublic& ours,
                                                              const PeerId& id,
                                                              const SessionLimits& limits) noexcept;

}  // namespace sotto::session
