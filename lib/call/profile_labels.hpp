// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every label of the call profiles that others have, in one place.
#pragma once

#include <string_view>

namespace sotto::call {

/// RingRTC 2.70, frames of group calls: HKDF-SHA256 without a salt, 32 bytes each.
inline constexpr std::string_view ringrtc_cipher_label = "RingRTC AES Key";
inline constexpr std::string_view ringrtc_mac_label = "RingRTC HMAC Key";
inline constexpr std::string_view ringrtc_step_label = "RingRTC Ratchet";

/// RingRTC 2.70, the hop between a member of a group call and the server: opens the `info`.
inline constexpr std::string_view ringrtc_hop_label =
    "Signal_Group_Call_20211105_SignallingDH_SRTPKey_KDF";

/// Ours, and nothing that is sent: by which a secret that was let go is known again.
inline constexpr std::string_view ringrtc_memory_label = "sotto RingRTC let go";

}  // namespace sotto::call
