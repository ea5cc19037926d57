// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that sent more messages in one chain than any test can seal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <sotto/device.hpp>

#include "session/inside.hpp"
#include "session/records.hpp"
#include "testing/service.hpp"

namespace sotto::testing {

/// The number of the next message, from the front of a ratchet's head.
inline constexpr std::size_t next_number_at = 4 * 32;

/// The session with a peer goes on as if so many messages had been sent in its chain. It has no
/// skipped keys, and no session is archived.
inline void send_so_many(Device& from, const Address& to, std::uint32_t messages) {
  auto tx = must(from.begin(), "begin");
  {
    const auto work = must(session::Inside::into(tx), "inside");
    session::HeldPeer& held = *must(work->peer(to), "peer");
    const session::Session& current = *held.peer().current();
    const RatchetLimits& limits = current.ratchet->limits();

    Blob record(session::max_session_record_bytes);
    record.resize(session::PeerRecord::write(record, current).size());
    const std::size_t at =
        record.size() - ratchet::head_bytes(current.ratchet->receiving_chains()) + next_number_at;
    for (std::size_t i = 0; i < 4; ++i)
      record[at + i] = static_cast<std::uint8_t>(messages >> (24 - 8 * i));
    auto session =
        must(session::PeerRecord::read_session(record, current.id, current.ratchet->ours(),
                                               current.ratchet->theirs(), limits),
             "session");
    must(session::PeerRecord::finish_session(*session), "whole");

    Blob peer(session::max_peer_record_bytes);
    peer.resize(session::PeerRecord::write(peer, held.peer()).size());
    auto index = must(session::PeerRecord::read_peer(peer, held.peer().limits()), "index");
    session::PeerRecord::add(index, std::move(session));
    held.replace(std::move(index.peer));
  }
  static_cast<void>(must(std::move(tx).commit(), "commit"));
}

}  // namespace sotto::testing
