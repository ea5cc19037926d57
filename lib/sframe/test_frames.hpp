// SPDX-License-Identifier: MIT OR Apache-2.0
/// Both ends of SFrame keys, for tests.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sframe.hpp>

#include "testing/error_of.hpp"

namespace sotto::sframe {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;

inline constexpr Instant noon{std::chrono::hours(12)};
inline constexpr std::array all_suites{
    SframeSuite::aes_128_ctr_hmac_sha256_80,       SframeSuite::aes_128_ctr_hmac_sha256_64,
    SframeSuite::aes_128_ctr_hmac_sha256_32,       SframeSuite::aes_128_gcm_sha256_128,
    SframeSuite::aes_256_gcm_sha512_128,           SframeSuite::aes_256_ctr_hmac_sha512_80,
    SframeSuite::aes_256_ctr_hmac_sha512_64,       SframeSuite::aes_256_ctr_hmac_sha512_32,
    SframeSuite::sotto_aes_256_ctr_hmac_sha512_256};

inline SframeBaseKey base_key(std::uint8_t fill = 1) {
  return *SframeBaseKey::create(Buffer(32, fill));
}
inline Buffer bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// A sender and a receiver of its first key.
struct Ends {
  explicit Ends(SframeSuite suite = SframeSuite::aes_256_gcm_sha512_128,
                const SframeLimits& limits = {}, SframeKid kid = SframeKid{0x100})
      : sender(*SframeSender::create(suite, kid, base_key())),
        receiver(*SframeReceiver::create(suite, limits)) {
    EXPECT_TRUE(receiver.add_key(kid, base_key(), chain));
  }

  Buffer seal(std::string_view text = "frame", std::string_view metadata = "") {
    Buffer out(sender.sealed_size(text.size()));
    EXPECT_TRUE(sender.seal(out, bytes_of(metadata), bytes_of(text)));
    return out;
  }
  Result<Buffer> open(Bytes frame, std::string_view metadata = "") {
    Buffer out(frame.size(), 0xee);
    const auto opened = receiver.open(out, bytes_of(metadata), frame, now);
    if (!opened) {
      for (const std::uint8_t byte : out) EXPECT_TRUE(byte == 0xee || byte == 0);
      return std::unexpected(opened.error());
    }
    return Buffer(opened->begin(), opened->end());
  }

  SframeChain chain;
  SframeSender sender;
  SframeReceiver receiver;
  Instant now = noon;
};

}  // namespace sotto::sframe
