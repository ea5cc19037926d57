// SPDX-License-Identifier: MIT OR Apache-2.0
/// The two ends of one SRTP key, and packets through them, for the tests of this room.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include <sotto/srtp.hpp>

#include "media/protector.hpp"
#include "media/unprotector.hpp"
#include "testing/error_of.hpp"
#include "testing/hex.hpp"
#include "testing/rtp.hpp"

namespace sotto::media {

using Packet = std::vector<std::uint8_t>;

inline constexpr const char* test_key =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline constexpr const char* test_salt = "a0a1a2a3a4a5a6a7a8a9aaab";

inline SrtpMaster test_master() {
  return {SrtpMasterKey(testing::unhex_array<32>(test_key)),
          SrtpMasterSalt(testing::unhex_array<12>(test_salt))};
}

inline GcmTransform test_transform() {
  auto transform =
      GcmTransform::from_master(testing::unhex(test_key), testing::unhex_array<12>(test_salt));
  EXPECT_TRUE(transform);
  return std::move(*transform);
}

/// Both ends of one key, with the rollover counter that its streams start at.
struct Ends {
  explicit Ends(std::uint32_t first_roc = 0)
      : sender(test_transform(), first_roc), receiver(test_transform(), first_roc) {}

  Result<Packet> protect(const Packet& packet) {
    Packet out(packet.size() + srtp_overhead_bytes);
    const auto made = sender.protect(out, packet);
    if (!made) return std::unexpected(made.error());
    return Packet(made->begin(), made->end());
  }

  Result<Packet> unprotect(const Packet& packet) {
    Packet out(packet.size());
    const auto opened = receiver.unprotect(out, packet);
    if (!opened) return std::unexpected(opened.error());
    return Packet(opened->begin(), opened->end());
  }

  Protector sender;
  Unprotector receiver;
};

/// Both ends of one direction through the public interface; key number `n` is all bytes n.
struct KeyedEnds {
  KeyedEnds(SrtpProfile of, const Packet& mki)
      : profile(of),
        sender(*SrtpSender::create(of, key(1), salt(), {.mki = mki})),
        receiver(*SrtpReceiver::create(of, key(1), salt(), {.mki = mki})) {}

  [[nodiscard]] Packet key(std::uint8_t n) const { return Packet(srtp_sizes(profile).key, n); }
  [[nodiscard]] Packet salt() const { return Packet(srtp_sizes(profile).salt, 9); }

  SrtpProfile profile;
  SrtpSender sender;
  SrtpReceiver receiver;
};

/// A packet sealed at an index of the test's choice, as the holder of the key could.
inline Packet sealed_at(PacketIndex index, const testing::RtpSpec& spec = {}) {
  auto at = spec;
  at.seq = index.seq();
  Protector sender(test_transform(), index.roc());
  const auto packet = testing::rtp(at);
  Packet out(packet.size() + srtp_overhead_bytes);
  EXPECT_TRUE(sender.protect(out, packet));
  return out;
}

}  // namespace sotto::media
