// SPDX-License-Identifier: MIT OR Apache-2.0
/// The sending end of one SRTP key.
#pragma once

#include <sotto/srtp.hpp>

#include "media/gcm_transform.hpp"
#include "media/stream_table.hpp"

namespace sotto::media {

/// Numbers the packets of each stream and seals them; what `SrtpSender` is made of.
class Protector {
 public:
  /// `first_roc` is the rollover counter that streams start at: 0 unless the key takes over from an
  /// earlier one [RFC3711-3.3.1-1].
  explicit Protector(GcmTransform&& transform, std::uint32_t first_roc = 0) noexcept
      : transform_(std::move(transform)), first_roc_(first_roc) {}

  /// As `SrtpSender::protect` [RFC3711-3.3-1]. There is no mode that only encrypts or only
  /// authenticates [RFC7714-8.2-1], and no tag but the AEAD's [RFC7714-7.1-1].
  [[nodiscard]] Result<MutableBytes> protect(MutableBytes out, Bytes packet) noexcept;

 private:
  /// Choose the index for a packet and spend it.
  [[nodiscard]] Result<PacketIndex> spend_index(const RtpHeader& header) noexcept;

  GcmTransform transform_;
  std::uint32_t first_roc_;
  StreamTable<PacketIndex> newest_;  ///< the last index spent in each stream
};

}  // namespace sotto::media
