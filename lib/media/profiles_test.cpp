// SPDX-License-Identifier: MIT OR Apache-2.0
// Every profile through the public interface, and SRTCP.
#include <array>

#include "media/test_ends.hpp"
#include "media/transform.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::every_srtp_profile;
using testing::rtp;

Packet key_of(SrtpProfile profile, std::uint8_t fill = 1) {
  return Packet(srtp_sizes(profile).key, fill);
}
Packet salt_of(SrtpProfile profile) {
  return Packet(srtp_sizes(profile).salt, 9);
}

/// Both ends of one direction.
struct Line {
  explicit Line(SrtpProfile profile)
      : sender(*SrtpSender::create(profile, key_of(profile), salt_of(profile))),
        receiver(*SrtpReceiver::create(profile, key_of(profile), salt_of(profile))) {}

  Packet protect(const Packet& packet) {
    Packet out(packet.size() + sender.overhead_bytes());
    EXPECT_TRUE(sender.protect(out, packet));
    return out;
  }
  Packet protect_rtcp(const Packet& packet) {
    Packet out(packet.size() + sender.rtcp_overhead_bytes());
    EXPECT_TRUE(sender.protect_rtcp(out, packet));
    return out;
  }
  Result<Packet> unprotect(const Packet& packet) {
    Packet out(packet.size());
    const auto opened = receiver.unprotect(out, packet);
    if (!opened) return std::unexpected(opened.error());
    return Packet(opened->begin(), opened->end());
  }
  Result<Packet> unprotect_rtcp(const Packet& packet) {
    Packet out(packet.size(), 0xee);
    const auto opened = receiver.unprotect_rtcp(out, packet);
    if (!opened) {
      for (const std::uint8_t byte : out) EXPECT_TRUE(byte == 0xee || byte == 0);
      return std::unexpected(opened.error());
    }
    return Packet(opened->begin(), opened->end());
  }

  SrtpSender sender;
  SrtpReceiver receiver;
};

Packet report(std::uint8_t source = 1, std::size_t size = 28) {
  Packet packet(size, 0x5a);
  packet[0] = 0x80;
  packet[1] = 200;
  packet[2] = 0;
  packet[3] = static_cast<std::uint8_t>(size / 4 - 1);
  packet[7] = source;
  return packet;
}

// [RFC3711-4.1.1-1] [RFC3711-4.2-1]
TEST(Profiles, EveryBitOfAPacketCounts) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const Packet plain = rtp({.payload_bytes = 33, .csrcs = 1, .extension_words = 1});
    const Packet wire = line.protect(plain);
    EXPECT_EQ(wire.size(), plain.size() + srtp_sizes(profile).srtp_tag);
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
      Packet altered = wire;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_FALSE(line.unprotect(altered)) << bit;
    }
    for (std::size_t size = 0; size < wire.size(); ++size)
      EXPECT_FALSE(line.unprotect(Packet(wire.begin(), wire.begin() + static_cast<int>(size))));
    EXPECT_EQ(line.unprotect(wire), plain);
    EXPECT_EQ(error_of(line.unprotect(wire)), Error::replayed);
  }
}

// [RFC3711-3.4-1] [RFC7714-9-1]
TEST(Srtcp, EveryBitOfAPacketCounts) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const Packet plain = report();
    const Packet wire = line.protect_rtcp(plain);
    EXPECT_EQ(wire.size(), plain.size() + srtp_sizes(profile).srtcp_tag + 4);
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
      Packet altered = wire;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_FALSE(line.unprotect_rtcp(altered)) << bit;
    }
    for (std::size_t size = 0; size < wire.size(); ++size)
      EXPECT_FALSE(
          line.unprotect_rtcp(Packet(wire.begin(), wire.begin() + static_cast<int>(size))));
    EXPECT_EQ(line.unprotect_rtcp(wire), plain);
    EXPECT_EQ(error_of(line.unprotect_rtcp(wire)), Error::replayed);
  }
}

TEST(Srtcp, InPlaceAndOfTheSmallestSize) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    Packet packet = report(1, 8);
    const Packet plain = packet;
    packet.resize(8 + line.sender.rtcp_overhead_bytes());
    ASSERT_TRUE(line.sender.protect_rtcp(packet, Bytes(packet).first(8)));
    ASSERT_TRUE(line.receiver.unprotect_rtcp(packet, packet));
    EXPECT_TRUE(std::ranges::equal(Bytes(packet).first(8), plain));
    Packet out(100);
    EXPECT_EQ(error_of(line.sender.protect_rtcp(out, Bytes(plain).first(7))), Error::malformed);
    Packet other = plain;
    other[0] = 0x40;
    EXPECT_EQ(error_of(line.sender.protect_rtcp(out, other)), Error::malformed) << "version 1";
    EXPECT_EQ(error_of(line.sender.protect_rtcp(MutableBytes(out).first(8), plain)),
              Error::buffer_too_small);
    const Packet large(65'536 - line.sender.rtcp_overhead_bytes(), 0x80);
    Packet room(70'000);
    EXPECT_EQ(error_of(line.sender.protect_rtcp(room, large)), Error::malformed);
    EXPECT_TRUE(line.sender.protect_rtcp(room, Bytes(large).first(large.size() - 1)));
  }
}

// [RFC3711-3.4-3]
TEST(Srtcp, APacketThatIsNotEncryptedIsNone) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    Packet wire = line.protect_rtcp(report());
    const std::size_t behind = srtp_sizes(profile).salt == 12 ? 0 : srtp_sizes(profile).srtcp_tag;
    wire[wire.size() - behind - 4] &= 0x7f;
    EXPECT_EQ(error_of(line.unprotect_rtcp(wire)), Error::malformed);
  }
}

// [RFC3711-3.4-2]
TEST(Srtcp, TheIndexRisesFromZeroAndEnds) {
  const auto transform = [](Transform::Use use) {
    constexpr auto profile = SrtpProfile::aes_cm_128_hmac_sha1_80;
    return *Transform::from_master(profile, key_of(profile), salt_of(profile), use);
  };
  Packet out(100);
  const auto index = [&](Bytes wire) {
    std::uint32_t word = 0;
    for (const std::uint8_t byte : wire.last(14).first(4)) word = word << 8 | byte;
    return word;
  };
  Protector first(transform(Transform::Use::rtp), transform(Transform::Use::rtcp));
  EXPECT_EQ(index(*first.protect_control(out, report())), 0x80000000U);
  EXPECT_EQ(index(*first.protect_control(out, report())), 0x80000001U);
  EXPECT_EQ(index(*first.protect_control(out, report(2))), 0x80000000U) << "of each source";

  Protector last(transform(Transform::Use::rtp), transform(Transform::Use::rtcp),
                 last_control_index);
  EXPECT_EQ(index(*last.protect_control(out, report())), 0xffffffffU);
  EXPECT_EQ(error_of(last.protect_control(out, report())), Error::exhausted);
  EXPECT_EQ(error_of(last.protect_control(out, report())), Error::exhausted);
}

TEST(Srtcp, WindowAndStreamsOnBothSides) {
  Line line(SrtpProfile::aead_aes_128_gcm);
  std::vector<Packet> wires;
  for (std::size_t i = 0; i <= srtp_replay_window; ++i)
    wires.push_back(line.protect_rtcp(report()));
  ASSERT_TRUE(line.unprotect_rtcp(wires.back()));
  EXPECT_EQ(error_of(line.unprotect_rtcp(wires[0])), Error::replayed);
  EXPECT_TRUE(line.unprotect_rtcp(wires[1]));
  for (std::size_t i = 1; i < srtp_max_streams; ++i)
    ASSERT_TRUE(line.unprotect_rtcp(line.protect_rtcp(report(static_cast<std::uint8_t>(i + 1)))));
  Packet out(100);
  EXPECT_EQ(error_of(line.sender.protect_rtcp(out, report(200))), Error::too_many_streams);
  Line other(SrtpProfile::aead_aes_128_gcm);
  EXPECT_EQ(error_of(line.unprotect_rtcp(other.protect_rtcp(report(200)))),
            Error::too_many_streams);
}

TEST(Profiles, KeysOfRtpAndRtcpDiffer) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    // The same bytes sealed at index 0 as either: no byte of keystream is shared.
    Packet as_rtp(12 + 16, 0), as_rtcp(8 + 16, 0);
    as_rtp[0] = as_rtcp[0] = 0x80;
    const Packet one = line.protect(as_rtp), two = line.protect_rtcp(as_rtcp);
    EXPECT_FALSE(std::ranges::equal(Bytes(one).subspan(12, 16), Bytes(two).subspan(8, 16)));
  }
}

TEST(Profiles, MastersThatAreNone) {
  for (const SrtpProfile profile : every_srtp_profile) {
    const Packet key = key_of(profile), salt = salt_of(profile);
    EXPECT_EQ(error_of(SrtpSender::create(profile, Bytes(key).first(key.size() - 1), salt)),
              Error::malformed);
    EXPECT_EQ(error_of(SrtpSender::create(profile, key, Bytes(salt).first(salt.size() - 1))),
              Error::malformed);
    EXPECT_EQ(error_of(SrtpReceiver::create(profile, key_of(profile, 0), salt)), Error::weak_key);
  }
  for (const int number : {0, 3, 5, 6, 9, 0xff00, 0xff03})
    EXPECT_EQ(error_of(SrtpSender::create(static_cast<SrtpProfile>(number), Packet(16, 1),
                                          Packet(14, 1))),
              Error::malformed);
}

}  // namespace
}  // namespace sotto::media
