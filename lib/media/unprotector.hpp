// SPDX-License-Identifier: MIT OR Apache-2.0
/// The receiving end of one SRTP key.
#pragma once

#include <sotto/srtp.hpp>

#include "media/gcm_transform.hpp"
#include "media/replay_window.hpp"
#include "media/stream_table.hpp"

namespace sotto::media {

/// Finds the index of each packet, refuses what was seen, opens the rest; what `SrtpReceiver` is
/// made of.
class Unprotector {
 public:
  /// `first_roc` is the rollover counter at which the first packet of each stream is expected: 0
  /// unless the key takes over from an earlier one [RFC3711-3.3.1-2].
  explicit Unprotector(GcmTransform&& transform, std::uint32_t first_roc = 0) noexcept
      : transform_(std::move(transform)), first_roc_(first_roc) {}

  /// As `SrtpReceiver::unprotect`.
  [[nodiscard]] Result<MutableBytes> unprotect(MutableBytes out, Bytes packet) noexcept;

 private:
  GcmTransform transform_;
  std::uint32_t first_roc_;
  StreamTable<ReplayWindow> windows_;
};

}  // namespace sotto::media
