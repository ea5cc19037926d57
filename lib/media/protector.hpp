// SPDX-License-Identifier: MIT OR Apache-2.0
/// The sending end of one SRTP key.
#pragma once

#include <optional>

#include <sotto/srtp.hpp>

#include "base/door.hpp"
#include "media/sent_streams.hpp"
#include "media/transform.hpp"

namespace sotto::media {

/// Numbers the packets of each stream and seals them; what `SrtpSender` is made of.
class Protector {
 public:
  /// `first_roc` is the rollover counter that streams start at: 0 unless the key takes over from an
  /// earlier one [RFC3711-3.3.1-1].
  explicit Protector(Transform&& transform, std::uint32_t first_roc = 0) noexcept
      : transform_(std::move(transform)),
        streams_(srtp_max_streams, {first_roc, 0}, transform_.print()) {}

  /// With RTCP's transform as well. `first_control` is the first SRTCP index of each source: 0
  /// [RFC3711-3.4-2].
  Protector(Transform&& packets, Transform&& control, std::uint32_t first_control = 0,
            std::size_t max_streams = srtp_max_streams) noexcept
      : transform_(std::move(packets)),
        control_(std::move(control)),
        streams_(max_streams, {0, first_control}, transform_.print()) {}

  /// Whether there was memory for the streams.
  [[nodiscard]] bool has_room() const noexcept { return streams_.has_room(); }

  /// Seal under these from the next packet on. All numbers go on [RFC3711-3.3.1-6]. Errors:
  /// `malformed` (another profile, or an MKI of another size, none, or the present one),
  /// `counter_reused` (as `SentStreams::follow`).
  [[nodiscard]] Result<void> rekey(Transform&& packets, Transform&& control) noexcept;

  /// As `SrtpSender::protect` [RFC3711-3.3-1]. There is no mode that only encrypts or only
  /// authenticates [RFC7714-8.2-1], and no tag but the AEAD's [RFC7714-7.1-1].
  [[nodiscard]] Result<MutableBytes> protect(MutableBytes out, Bytes packet) noexcept;

  /// As `SrtpSender::protect_rtcp` [RFC3711-3.4-1]. There is a transform of RTCP.
  [[nodiscard]] Result<MutableBytes> protect_control(MutableBytes out, Bytes packet) noexcept;

  /// What was spent, to be told, set or ended.
  [[nodiscard]] SentStreams& streams() noexcept { return streams_; }

  [[nodiscard]] ExtensionIds encrypted_extensions() const noexcept {
    return transform_.encrypted();
  }
  [[nodiscard]] std::size_t overhead_bytes() const noexcept { return transform_.overhead_bytes(); }
  [[nodiscard]] std::size_t control_overhead_bytes() const noexcept {
    return control_ ? control_->overhead_bytes() + control_word_bytes : 0;
  }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  static constexpr std::size_t control_word_bytes = 4;

  Transform transform_;
  std::optional<Transform> control_;
  SentStreams streams_;
  base::Door door_;
};

}  // namespace sotto::media
