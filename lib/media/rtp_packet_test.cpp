// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/rtp_packet.hpp"

#include <gtest/gtest.h>

#include "testing/error_of.hpp"
#include "testing/rtp.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;

TEST(RtpPacket, finds_the_end_of_every_shape_of_header) {
  for (std::uint8_t csrcs = 0; csrcs < 16; ++csrcs)
    for (const int words : {-1, 0, 1, 2, 300}) {
      const auto packet = rtp({.ssrc = 0x89abcdef,
                               .seq = 0xfedc,
                               .payload_bytes = 5,
                               .csrcs = csrcs,
                               .extension_words = words});
      const auto header = parse_rtp_header(packet);
      ASSERT_TRUE(header);
      EXPECT_EQ(header->size_bytes, packet.size() - 5);
      EXPECT_EQ(header->ssrc, Ssrc{0x89abcdef});
      EXPECT_EQ(header->seq, 0xfedc);
    }
}

TEST(RtpPacket, refuses_every_cut_inside_the_header) {
  const auto packet = rtp({.payload_bytes = 0, .csrcs = 3, .extension_words = 2});
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_EQ(error_of(parse_rtp_header(Bytes(packet).first(size))), Error::malformed) << size;
  EXPECT_TRUE(parse_rtp_header(packet));
}

TEST(RtpPacket, refuses_every_version_but_2) {
  for (unsigned first = 0; first < 256; ++first) {
    auto packet = rtp({.payload_bytes = 1000});
    packet[0] = static_cast<std::uint8_t>(first);
    const std::size_t behind_csrcs = 12 + 4 * (first & 15);  // An extension, if one is announced.
    packet[behind_csrcs + 2] = packet[behind_csrcs + 3] = 0;
    EXPECT_EQ(parse_rtp_header(packet).has_value(), first >> 6 == 2) << first;
  }
}

TEST(RtpPacket, refuses_what_no_datagram_carries) {
  auto packet = rtp({.payload_bytes = max_packet_bytes - 12});
  EXPECT_TRUE(parse_rtp_header(packet));
  packet.push_back(0);
  EXPECT_EQ(error_of(parse_rtp_header(packet)), Error::malformed);
}

TEST(RtpPacket, an_extension_longer_than_the_packet_is_refused) {
  auto packet = rtp({.payload_bytes = 40, .extension_words = 0});
  packet[15] = 10;  // 40 bytes of extension, no payload.
  ASSERT_TRUE(parse_rtp_header(packet));
  EXPECT_EQ(parse_rtp_header(packet)->size_bytes, packet.size());
  packet[15] = 11;
  EXPECT_EQ(error_of(parse_rtp_header(packet)), Error::malformed);
  packet[14] = packet[15] = 0xff;
  EXPECT_EQ(error_of(parse_rtp_header(packet)), Error::malformed);
}

}  // namespace
}  // namespace sotto::media
