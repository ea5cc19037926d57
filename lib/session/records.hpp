// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is stored of a peer, as plain bytes: the peer's own record, one for each session, and one
/// for each page of 64 message numbers in which a session keeps skipped keys. All numbers are
/// big-endian, times are milliseconds since 1970 as 64 bits; spec/storage.md says the same in
/// prose.
///
///   peer    = format(1) epoch(8) next_session(4) unanswered(4) identity_state(1) identity(32)
///             doubt(1) seen_count(1) seen(32)* has_current(1) session_count(1) session_id(4)*
///             the current session's id first, then the archived ones', newest first;
///             identity_state is 0 for none (identity is zeros then), 1 for one that was not
///             proved, 2 for one that was; doubt is that of ratchet/age.hpp
///   session = format(1) suite(1) flags(1) base_key(32) registration(4) signed_prekey(4)
///             one_time(4) created(8) archived(8) head, as in ratchet/image.hpp
///             flags: 1 pending, 2 pending with one-time prekey, 4 established; prekey ids are 0
///             when flags does not name them
///   page    = format(1) page, as in ratchet/image.hpp
///
/// A session's pages are named by session id, chain serial, and number / 64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

#include "ratchet/image.hpp"
#include "session/peer.hpp"

namespace sotto::session {

inline constexpr std::uint8_t record_format = 2;
inline constexpr std::size_t max_peer_record_bytes =
    1 + 8 + 4 + 4 + 1 + 32 + 1 + 1 + 32 * most_seen_prekeys + 1 + 1 + 4 * (1 + most_archived);
[[nodiscard]] constexpr std::size_t session_record_bytes(std::size_t chains) noexcept {
  return 1 + 1 + 1 + 32 + 4 + 4 + 4 + 8 + 8 + ratchet::head_bytes(chains);
}
[[nodiscard]] constexpr std::size_t page_record_bytes(std::size_t keys) noexcept {
  return 1 + 8 + ratchet::skipped_bytes * keys;
}
inline constexpr std::size_t max_session_record_bytes =
    session_record_bytes(ratchet::most_receiving_chains);
inline constexpr std::size_t max_page_record_bytes = page_record_bytes(ratchet::page_numbers);

/// A page of a session's skipped keys, by name.
struct PageName {
  std::uint32_t session;
  std::uint32_t chain;
  std::uint32_t page;
  friend auto operator<=>(const PageName&, const PageName&) = default;
};

/// What identifies a page's content, as in ratchet/image.hpp.
struct PageMark {
  PageName name;
  std::uint64_t present;
  Instant earliest{};
  Instant latest{};

  [[nodiscard]] bool same_content(const PageMark& other) const noexcept {
    return present == other.present && earliest == other.earliest && latest == other.latest;
  }
};

/// The codec. Writers return the part of `out` that they used, and `out` is big enough by the
/// limits above. Readers take nothing but what a writer makes; errors: `malformed`, `old_format`,
/// `unsupported_version`, `out_of_memory`, `backend_unavailable`.
struct PeerRecord {
  [[nodiscard]] static MutableBytes write(MutableBytes out, const Peer& peer) noexcept;
  [[nodiscard]] static MutableBytes write(MutableBytes out, const Session& session) noexcept;
  [[nodiscard]] static MutableBytes write(MutableBytes out, const Session& session,
                                          const PageMark& page) noexcept;

  /// How many pages there are, and their marks, in the order of their names. Both pass over all
  /// skipped keys; `ratchet::State::skipped_changes` tells when there is no need to.
  [[nodiscard]] static std::size_t count_pages(const Session& session) noexcept;
  static void mark_pages(std::span<PageMark> out, const Session& session) noexcept;

  /// A peer whose sessions are still to be added, with the ids that it names.
  struct Index {
    std::unique_ptr<Peer> peer;
    bool has_current = false;
    std::array<std::uint32_t, 1 + most_archived> ids{};
    std::size_t count = 0;
  };
  [[nodiscard]] static Result<Index> read_peer(Bytes record, const SessionLimits& limits) noexcept;

  /// A session without its skipped keys; `ours` and `theirs` are the identities of its messages.
  [[nodiscard]] static Result<std::unique_ptr<Session>> read_session(
      Bytes record, std::uint32_t id, const IdentityPublic& ours, const IdentityPublic& theirs,
      const RatchetLimits& limits) noexcept;

  /// Add one page; pages come in the order of their names.
  [[nodiscard]] static Result<void> read_page(Bytes record, Session& session,
                                              const PageName& name) noexcept;

  /// The end of reading: whether every chain has as many keys as its record said. Keys and chains
  /// beyond the limits, which may have become smaller since, are erased now, the oldest first.
  [[nodiscard]] static Result<void> finish_session(Session& session) noexcept;

  /// Add a finished session in the order of the index.
  static void add(Index& index, std::unique_ptr<Session> session) noexcept;

 private:
  [[nodiscard]] static std::uint8_t identity_state_of(const Peer& peer) noexcept;
};

}  // namespace sotto::session
