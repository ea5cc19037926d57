// SPDX-License-Identifier: MIT OR Apache-2.0
/// A walk over the peers of whom something is held.
#include <algorithm>
#include <cstring>
#include <utility>

#include <sotto/transaction.hpp>

#include "session/inside.hpp"

namespace sotto {
namespace {

using session::before;
using session::HeldPeer;
using session::Inside;
using session::peer_row;
using session::PeerId;
using session::PeerToken;
using session::RowName;
using session::Work;

/// The first peer in memory behind `last` of whom something is held, or null.
const HeldPeer* next_in_memory(const Work& work, const RowName& last) noexcept {
  const HeldPeer* first = nullptr;
  for (const auto& held : work.peers()) {
    const RowName row = peer_row(held->token());
    if (!held->peer().holds_anything() || !before(last.bytes(), row.bytes())) continue;
    if (first == nullptr || before(row.bytes(), peer_row(first->token()).bytes()))
      first = held.get();
  }
  return first;
}

bool is_in_memory(const Work& work, const RowName& row) noexcept {
  return std::ranges::any_of(work.peers(), [&](const auto& held) {
    return std::ranges::equal(peer_row(held->token()).bytes(), row.bytes());
  });
}

/// What this transaction has in memory stands for what is stored. Errors: as `HeldPeer::id_in`, and
/// as `ReadSet::add_row`.
Result<std::optional<PeerId>> next_peer_behind(Work& work, RowName last) noexcept {
  const RowName prefix('P');
  const HeldPeer* const here = next_in_memory(work, last);
  for (;;) {
    const auto next = work.rows().next(prefix.bytes(), last.bytes(), session::ReadSet::Look::later);
    if (!next) return std::unexpected(next.error());
    const std::optional<RowName>& row = *next;
    if (!row || (here != nullptr && !before(row->bytes(), peer_row(here->token()).bytes())))
      return here == nullptr ? std::nullopt : std::optional(here->id());
    last = *row;
    if (is_in_memory(work, last)) continue;  // and nothing is held of it
    const auto stored = HeldPeer::id_in(work.home().store(), work.rows().keys(), last);
    if (!stored) return std::unexpected(work.reads().told(stored.error()));
    if (const auto read = work.reads().add_row(last.bytes(), stored->revision); !read)
      return std::unexpected(read.error());
    if (stored->peer) return stored->peer;
  }
}

}  // namespace

Result<std::optional<Address>> Transaction::next_peer(
    std::span<char> out, const std::optional<Address>& after) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  RowName last('P');
  if (after) {
    const auto id = PeerId::of(*after);
    if (!id) return std::unexpected(id.error());
    last = peer_row(PeerToken((*work)->rows().keys(), *id));
  }
  const auto next = next_peer_behind(**work, last);
  if (!next) return std::unexpected(next.error());
  if (const auto still = (*work)->look(); !still) return std::unexpected(still.error());
  const std::optional<PeerId>& id = *next;
  if (!id) return std::nullopt;
  const Bytes name = id->name();
  if (out.size() < name.size()) return std::unexpected(Error::buffer_too_small);
  std::memcpy(out.data(), name.data(), name.size());
  return Address{std::string_view(out.data(), name.size()),
                 DeviceId{session::number_at(id->bytes().last(session::device_number_bytes))}};
}

}  // namespace sotto
