// SPDX-License-Identifier: MIT OR Apache-2.0
/// From the shared secret of a call to the SRTP masters of its two directions.
#pragma once

#include <sotto/call.hpp>
#include <sotto/srtp.hpp>

#include "crypto/x25519.hpp"

namespace sotto::media {

/// The masters of a call. The caller, who made the offer, sends under `offer`; the callee under
/// `answer`.
struct CallMasters {
  SrtpMaster offer;
  SrtpMaster answer;
};

/// The key schedule of Signal's 1:1 calls (RingRTC 2.70): HKDF-SHA256 under a salt of 32 zero
/// bytes, `info` = label || caller's identity key || callee's, 32 bytes each; 88 bytes = offer key
/// 32 || offer salt 12 || answer key 32 || answer salt 12.
[[nodiscard]] CallMasters call_schedule(const crypto::SharedSecret& shared,
                                        const CallIdentities& identities) noexcept;

}  // namespace sotto::media
