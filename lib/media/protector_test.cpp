// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/protector.hpp"

#include <algorithm>
#include <array>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::hex;
using testing::rtp;
using testing::unhex;

// From libsrtp's own test (BSD-3-Clause, test/srtp_driver.c, srtp_validate_gcm): a master key, so
// that it fixes the derivation and the padding of the salt as well.
// [RFC3711-4.3.1-1] [RFC7714-7.1-1]
TEST(Protector, a_packet_of_libsrtp_with_its_128_bit_master) {
  auto transform = GcmTransform::from_master(unhex("000102030405060708090a0b0c0d0e0f"),
                                             testing::unhex_array<12>("a0a1a2a3a4a5a6a7a8a9aaab"));
  ASSERT_TRUE(transform);
  const auto plain = unhex("800f1234decafbadcafebabeabababababababababababababababab");
  Packet out(plain.size() + 16);
  ASSERT_TRUE(Protector(std::move(*transform)).protect(out, plain));
  EXPECT_EQ(hex(out),
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8"
            "a392");
}

TEST(Protector, masters_have_16_or_32_bytes) {
  for (std::size_t size = 0; size <= 40; ++size) {
    const auto transform =
        GcmTransform::from_master(Packet(size, 1), testing::unhex_array<12>(test_salt));
    EXPECT_EQ(transform.has_value(), size == 16 || size == 32);
    if (!transform) {
      EXPECT_EQ(error_of(transform), Error::malformed);
    }
  }
}

// [RFC3711-3.3-1] [RFC7714-8.2-1] [RFC7714-8.2-3] [RFC7714-13.2-1]
TEST(Protector, in_place_and_apart_give_the_same_bytes) {
  for (const std::size_t payload : {0U, 1U, 15U, 16U, 17U, 160U, 1200U})
    for (const std::uint8_t csrcs : std::array<std::uint8_t, 3>{0, 2, 15})
      for (const int words : {-1, 0, 3}) {
        const auto packet =
            rtp({.payload_bytes = payload, .csrcs = csrcs, .extension_words = words});
        const std::size_t header = packet.size() - payload;
        Packet apart(packet.size() + 20, 0xee);
        const auto made = Ends().sender.protect(apart, packet);
        ASSERT_TRUE(made);
        ASSERT_EQ(made->size(), packet.size() + srtp_overhead_bytes);
        ASSERT_EQ(made->data(), apart.data());
        // The header is in the clear, the payload is not, and nothing is written behind.
        ASSERT_TRUE(
            std::equal(packet.begin(), packet.begin() + static_cast<long>(header), apart.begin()));
        if (payload >= 15) {
          ASSERT_FALSE(std::equal(packet.begin() + static_cast<long>(header), packet.end(),
                                  apart.begin() + static_cast<long>(header)));
        }
        ASSERT_EQ(std::count(apart.end() - 4, apart.end(), 0xee), 4);

        Packet same(packet);
        same.resize(packet.size() + srtp_overhead_bytes);
        ASSERT_TRUE(Ends().sender.protect(same, Bytes(same).first(packet.size())));
        ASSERT_TRUE(std::equal(same.begin(), same.end(), apart.begin()));
      }
}

/// A refused call writes nothing and spends nothing.
TEST(Protector, on_error_nothing_is_written_and_no_number_is_spent) {
  Ends ends;
  const auto packet = rtp({.seq = 9});
  const std::size_t needed = packet.size() + srtp_overhead_bytes;

  Packet out(needed, 0xee);
  EXPECT_EQ(error_of(ends.sender.protect(std::span(out).first(needed - 1), packet)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(ends.sender.protect(out, Bytes(packet).first(11))), Error::malformed);
  EXPECT_EQ(std::count(out.begin(), out.end(), 0xee), static_cast<long>(needed));

  // From one byte off to the last position that still shares a byte, on either side.
  Packet arena(4 * needed, 0xee);
  const std::span at_packet = std::span(arena).subspan(2 * needed, packet.size());
  std::ranges::copy(packet, at_packet.begin());
  const Packet before = arena;
  for (std::size_t at = needed + 1; at < 2 * needed + packet.size(); ++at) {
    if (at == 2 * needed) continue;
    ASSERT_EQ(error_of(ends.sender.protect(std::span(arena).subspan(at, needed), at_packet)),
              Error::buffers_overlap);
  }
  EXPECT_EQ(arena, before);
  EXPECT_TRUE(ends.protect(packet));
}

TEST(Protector, the_longest_packet_is_what_a_datagram_carries) {
  Ends ends;
  const std::size_t most = max_packet_bytes - srtp_overhead_bytes - 12;
  const auto sealed = ends.protect(rtp({.seq = 1, .payload_bytes = most}));
  ASSERT_TRUE(sealed);
  EXPECT_TRUE(ends.unprotect(*sealed));
  EXPECT_EQ(error_of(ends.protect(rtp({.seq = 2, .payload_bytes = most + 1}))), Error::malformed);
}

// [RFC3711-3.2.3-1] [RFC7714-8.4-1]
TEST(Protector, numbers_come_once_in_each_stream_for_itself) {
  Ends ends;
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 1, .seq = 500})));
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 2, .seq = 100})));
  EXPECT_EQ(error_of(ends.protect(rtp({.ssrc = 1, .seq = 500}))), Error::counter_reused);
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 1, .seq = 499}))) << "a late one";
  EXPECT_EQ(error_of(ends.protect(rtp({.ssrc = 1, .seq = 499}))), Error::counter_reused);
  EXPECT_EQ(error_of(ends.protect(rtp({.ssrc = 1, .seq = 500 + 32768}))), Error::counter_reused);
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 1, .seq = 500 + 32767})));
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 2, .seq = 101})));
}

TEST(Protector, serves_so_many_streams_and_no_more) {
  Ends ends;
  for (std::uint32_t ssrc = 0; ssrc < srtp_max_streams; ++ssrc)
    ASSERT_TRUE(ends.protect(rtp({.ssrc = ssrc, .seq = 1})));
  EXPECT_EQ(error_of(ends.protect(rtp({.ssrc = 9999, .seq = 1}))), Error::too_many_streams);
  for (std::uint32_t ssrc = 0; ssrc < srtp_max_streams; ++ssrc)
    ASSERT_TRUE(ends.protect(rtp({.ssrc = ssrc, .seq = 2})));
}

TEST(Protector, attack_M02_nonce_reuse_wrap_no_number_twice) {
  Ends ends(0xffffffff);
  ASSERT_TRUE(ends.protect(rtp({.seq = 65534})));
  ASSERT_TRUE(ends.protect(rtp({.seq = 65535})));
  for (const std::uint16_t seq : std::array<std::uint16_t, 3>{0, 1, 32766})
    EXPECT_EQ(error_of(ends.protect(rtp({.seq = seq}))), Error::exhausted);
  for (const std::uint16_t seq : std::array<std::uint16_t, 3>{65535, 65534, 40000})
    EXPECT_EQ(error_of(ends.protect(rtp({.seq = seq}))), Error::counter_reused);
  // Other streams have numbers of their own.
  EXPECT_TRUE(ends.protect(rtp({.ssrc = 7, .seq = 65535})));
}

TEST(Protector, attack_M02_nonce_reuse_wrap_the_same_number_a_round_later_is_another_index) {
  Ends ends;
  const auto packet = rtp({.seq = 100});
  const auto first = ends.protect(packet);
  for (const std::uint16_t seq : std::array<std::uint16_t, 3>{30000, 60000, 99})
    ASSERT_TRUE(ends.protect(rtp({.seq = seq})));
  const auto again = ends.protect(packet);
  ASSERT_TRUE(first && again);
  EXPECT_NE(hex(*first), hex(*again));
  EXPECT_EQ(hex(*again), hex(sealed_at(PacketIndex::of(1, 100))));
}

}  // namespace
}  // namespace sotto::media
