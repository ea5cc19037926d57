// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every label of the media key schedules, in one place.
#pragma once

#include <cstdint>
#include <string_view>

namespace sotto::media {

/// Opens the `info` of the key schedule of Signal's 1:1 calls (RingRTC 2.70): both identity keys
/// follow, the caller's first.
inline constexpr std::string_view call_schedule_label =
    "Signal_Calling_20200807_SignallingDH_SRTPKey_KDF";

/// What a session key is for: the label of RFC 3711 §4.3.1 and §4.3.2 [RFC3711-4.3.1-3].
enum class SrtpLabel : std::uint8_t {
  rtp_encryption = 0,
  rtp_authentication = 1,
  rtp_salt = 2,
  rtcp_encryption = 3,
  rtcp_authentication = 4,
  rtcp_salt = 5,
  header_encryption = 6,  ///< of header extensions [RFC6904-3-1]
  header_salt = 7,
};

}  // namespace sotto::media
