// SPDX-License-Identifier: MIT OR Apache-2.0
/// The hop between a member of a Signal group call and the server that forwards (RingRTC 2.70).
///
/// Each side makes a fresh `RingrtcHopKeyPair` and sends its public key to the other; then both
/// call `agree_on_ringrtc_hop`. This protects packets on the way to the server, which opens them;
/// what the members say to each other is protected by `RingrtcSender`. Neither key is authenticated
/// here: that is the business of the connection on which they are exchanged.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/call.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto {

enum class RingrtcHopSide : std::uint8_t { client, server };

/// One side's key of one connection.
using RingrtcHopKeyPair = KeyPair<struct RingrtcHopRole>;
using RingrtcHopPublic = Public<struct RingrtcHopRole, 32>;

/// The most extra information that is taken here. The format itself has no bound.
inline constexpr std::size_t ringrtc_hop_max_extra_bytes = 4096;

/// Agree on both directions: HKDF-SHA256 of the X25519 result under 32 zero bytes, with `info` =
/// label
/// || `extra_info`, to 56 bytes: the client's key 16 and salt 12, the server's key 16 and salt 12;
/// of AEAD_AES_128_GCM. `extra_info` is what both sides have to agree about besides, such as the
/// server's certificate. Consumes our key pair, unless it fails: it serves one agreement. Errors:
/// `weak_key` (their key, or ours was consumed before), `own_identity` (their key is ours),
/// `malformed` (extra information above its bound), `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<CallMedia> agree_on_ringrtc_hop(RingrtcHopSide side, RingrtcHopKeyPair&& ours,
                                                     const RingrtcHopPublic& theirs,
                                                     Bytes extra_info) noexcept;

}  // namespace sotto
