// SPDX-License-Identifier: MIT OR Apache-2.0
/// Both ends of RingRTC frames, for tests.
#pragma once

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ringrtc.hpp>

#include "testing/error_of.hpp"

namespace sotto::call {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;

inline constexpr Instant noon{std::chrono::hours(12)};

inline RingrtcSecret ringrtc_secret(std::uint8_t fill = 1) {
  return RingrtcSecret(std::span<const std::uint8_t, 32>(Buffer(32, fill)));
}
inline Buffer bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// A sender and a receiver of its first secret.
struct RingrtcEnds {
  explicit RingrtcEnds(const RingrtcLimits& limits = {}, std::uint32_t first_counter = 1)
      : sender(*RingrtcSender::create(ringrtc_secret(), first_counter)),
        receiver(*RingrtcReceiver::create(limits)) {
    EXPECT_TRUE(receiver.add_secret(0, ringrtc_secret()));
  }

  Buffer seal(std::string_view text = "frame") {
    Buffer out(text.size() + ringrtc_footer_bytes);
    EXPECT_TRUE(sender.seal(out, bytes_of(text)));
    return out;
  }
  std::vector<Buffer> seal_many(std::size_t count) {
    std::vector<Buffer> frames;
    for (std::size_t i = 0; i < count; ++i) frames.push_back(seal());
    return frames;
  }
  Result<Buffer> open(Bytes frame) {
    Buffer out(frame.size());
    const auto opened = receiver.open(out, frame, now);
    if (!opened) return std::unexpected(opened.error());
    return Buffer(opened->begin(), opened->end());
  }
  void rekey(std::uint8_t fill) {
    EXPECT_TRUE(sender.rekey(ringrtc_secret(fill)));
    EXPECT_TRUE(receiver.add_secret(0, ringrtc_secret(fill)));
  }

  RingrtcSender sender;
  RingrtcReceiver receiver;
  Instant now = noon;
};

}  // namespace sotto::call
