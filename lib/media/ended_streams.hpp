// SPDX-License-Identifier: MIT OR Apache-2.0
/// Streams that were ended: names that must not come back under the keys of then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/srtp.hpp>

#include "media/rtp_packet.hpp"

namespace sotto::media {

/// Some of the keys that an end holds: bit n is the one at place n.
using KeySet = std::uint8_t;
/// Stands for every key, now and later.
inline constexpr KeySet barred_for_good = 0x80;
static_assert(srtp_max_keys < 8);

/// Of each stream that was ended its SSRC and the keys that are barred to it. 5 bytes for a stream
/// whose window took 130.
class EndedStreams {
 public:
  /// The keys under which a stream must not come back: none when it was not ended.
  [[nodiscard]] KeySet barred(Ssrc ssrc) const noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (names_[i] == ssrc) return keys_[i];
    return 0;
  }

  /// Bar these keys to a stream. False when there is no room, and nothing changes.
  [[nodiscard]] bool add(Ssrc ssrc, KeySet keys) noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (names_[i] == ssrc) {
        keys_[i] |= keys;
        return true;
      }
    if (used_ == srtp_max_ended_streams) return false;
    names_[used_] = ssrc;
    keys_[used_++] = keys;
    return true;
  }

  /// These keys are no more. Returns whether they were barred to any stream.
  bool release(KeySet keys) noexcept {
    bool any = false;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      any |= (keys_[i] & keys) != 0;
      const auto left = static_cast<KeySet>(keys_[i] & ~keys);
      if (left == 0) continue;
      names_[kept] = names_[i];
      keys_[kept++] = left;
    }
    used_ = kept;
    return any;
  }

 private:
  std::array<Ssrc, srtp_max_ended_streams> names_{};
  std::array<KeySet, srtp_max_ended_streams> keys_{};
  std::size_t used_ = 0;
};

}  // namespace sotto::media
