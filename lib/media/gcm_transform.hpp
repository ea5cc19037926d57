// SPDX-License-Identifier: MIT OR Apache-2.0
/// The packet transform of the AES-GCM profiles: one packet at one index, sealed or opened.
#pragma once

#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

#include "crypto/aes_gcm.hpp"
#include "media/labels.hpp"
#include "media/packet_index.hpp"
#include "media/rtp_packet.hpp"

namespace sotto::media {

using SessionSalt = Secret<struct SrtpSessionSaltRole, 12>;
using GcmSalt = std::span<const std::uint8_t, 12>;

/// Session key and salt of AEAD_AES_128_GCM or AEAD_AES_256_GCM, by the size of the key
/// [RFC7714-12-1]. It knows of no state: which index is allowed, others decide.
class GcmTransform {
 public:
  /// The whole tag: it is never cut [RFC7714-13.2-1].
  static constexpr std::size_t tag_bytes = crypto::AesGcm::tag_bytes;

  /// Derive the session keys of RTP from a master key of 16 or 32 bytes: once, before the first
  /// packet [RFC3711-4.3.1-1].
  /// Errors: `malformed` for other sizes, `out_of_memory`, `backend_unavailable`.
  /// `first` is the label of RTP's keys or of RTCP's; an AEAD takes the first and the third.
  [[nodiscard]] static Result<GcmTransform> from_master(
      Bytes master_key, GcmSalt master_salt, SrtpLabel first = SrtpLabel::rtp_encryption) noexcept;

  /// The transform of known session keys; errors as above.
  [[nodiscard]] static Result<GcmTransform> from_session(Bytes session_key,
                                                         SessionSalt&& session_salt) noexcept;

  /// Seal `payload` into `out`, 16 bytes longer, which may start where `payload` does. `header` is
  /// authenticated, all of it [RFC7714-8.2-2], and an empty payload is sealed as well
  /// [RFC7714-8.2-3]. The index must be fresh.
  void seal(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
            Bytes payload) const noexcept;

  /// Open `sealed` into `out`, 16 bytes shorter, which may start where `sealed` does. On error
  /// `out` is zeroed. Errors: `authentication_failed` [RFC7714-5.3-2].
  [[nodiscard]] Result<void> open(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                                  Bytes sealed) const noexcept;

 private:
  GcmTransform(crypto::AesGcm&& aead, SessionSalt&& salt) noexcept
      : aead_(std::move(aead)), salt_(std::move(salt)) {}

  /// The IV of one packet, which tells the session salt to who sees it: wiped after use.
  using Iv = Secret<struct SrtpIvRole, 12>;
  [[nodiscard]] Iv iv(Ssrc ssrc, PacketIndex index) const noexcept;

  crypto::AesGcm aead_;
  SessionSalt salt_;
};

}  // namespace sotto::media
