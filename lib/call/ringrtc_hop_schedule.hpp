// SPDX-License-Identifier: MIT OR Apache-2.0
/// From the shared secret of a hop to the SRTP masters of its two directions.
#pragma once

#include <sotto/ringrtc_hop.hpp>

#include "crypto/x25519.hpp"

namespace sotto::call {

/// Master key 16 and salt 12 of AEAD_AES_128_GCM, behind each other.
using RingrtcHopMaster = Secret<struct RingrtcHopMasterRole, 28>;

struct RingrtcHopMasters {
  RingrtcHopMaster client;  ///< what the client seals under
  RingrtcHopMaster server;
};

/// Errors: `malformed` (extra information above its bound).
[[nodiscard]] Result<RingrtcHopMasters> ringrtc_hop_schedule(const crypto::SharedSecret& shared,
                                                             Bytes extra_info) noexcept;

}  // namespace sotto::call
