// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/unprotector.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::hex;
using testing::rtp;

TEST(Unprotector, in_place_and_apart_give_the_packet_back) {
  for (const std::size_t payload : {0U, 1U, 15U, 16U, 17U, 160U, 1200U})
    for (const std::uint8_t csrcs : std::array<std::uint8_t, 3>{0, 2, 15})
      for (const int words : {-1, 0, 3}) {
        const auto packet =
            rtp({.payload_bytes = payload, .csrcs = csrcs, .extension_words = words});
        const auto sealed = Ends().protect(packet);
        ASSERT_TRUE(sealed);
        Packet apart(packet.size() + 3, 0xee);
        const auto opened = Ends().receiver.unprotect(apart, *sealed);
        ASSERT_TRUE(opened);
        ASSERT_EQ(opened->data(), apart.data());
        ASSERT_EQ(hex(*opened), hex(packet));
        ASSERT_EQ(std::count(apart.end() - 3, apart.end(), 0xee), 3);

        Packet same(*sealed);
        const auto in_place = Ends().receiver.unprotect(same, same);
        ASSERT_TRUE(in_place);
        ASSERT_EQ(hex(*in_place), hex(packet));
      }
}

// [RFC7714-5.3-1] [RFC7714-5.3-2]
TEST(Unprotector, refuses_every_cut_and_then_opens_the_whole) {
  Ends ends;
  const auto packet = rtp({.payload_bytes = 20, .csrcs = 1, .extension_words = 1});
  const auto sealed = ends.protect(packet);
  ASSERT_TRUE(sealed);
  for (std::size_t size = 0; size < sealed->size(); ++size) {
    Packet out(packet.size(), 0xee);
    const auto opened = ends.receiver.unprotect(out, Bytes(*sealed).first(size));
    const std::size_t header = packet.size() - 20;
    ASSERT_EQ(error_of(opened),
              size < header + 16 ? Error::malformed : Error::authentication_failed);
    for (const auto byte : out) ASSERT_TRUE(byte == 0xee || byte == 0);
  }
  Packet longer(*sealed);
  longer.push_back(0);
  EXPECT_EQ(error_of(ends.unprotect(longer)), Error::authentication_failed);
  EXPECT_EQ(ends.unprotect(*sealed), packet);
}

TEST(Unprotector, output_and_input_may_not_share_memory_otherwise) {
  Ends ends;
  const auto packet = rtp({.seq = 1});
  const auto sealed = ends.protect(packet);
  ASSERT_TRUE(sealed);
  const std::size_t size = sealed->size();
  for (const std::size_t shift : {std::size_t{1}, std::size_t{12}, packet.size() - 1}) {
    Packet arena(3 * size);
    const std::span at_packet = std::span(arena).subspan(size, size);
    std::ranges::copy(*sealed, at_packet.begin());
    const Packet before = arena;
    for (const std::size_t at : {size - shift, size + shift})
      EXPECT_EQ(
          error_of(ends.receiver.unprotect(std::span(arena).subspan(at, packet.size()), at_packet)),
          Error::buffers_overlap);
    EXPECT_EQ(arena, before);
  }
  Packet out(packet.size() - 1, 0xee);
  EXPECT_EQ(error_of(ends.receiver.unprotect(out, *sealed)), Error::buffer_too_small);
  EXPECT_EQ(std::count(out.begin(), out.end(), 0xee), static_cast<long>(out.size()));
  EXPECT_EQ(ends.unprotect(*sealed), packet);
}

TEST(Unprotector, follows_the_sender_over_three_wraps_with_loss_and_late_packets) {
  Ends ends;
  std::mt19937 random(7);
  std::vector<std::pair<Packet, Packet>> late;
  std::uint16_t seq = 20000;
  int opened = 0;
  for (int i = 0; i < 3 * 65536 / 40; ++i) {
    const auto packet = rtp({.seq = seq});
    const auto sealed = ends.protect(packet);
    ASSERT_TRUE(sealed);
    seq = static_cast<std::uint16_t>(seq + 1 + random() % 80);
    if (random() % 10 == 0) continue;  // lost
    if (random() % 3 == 0) {
      late.emplace_back(*sealed, packet);
      if (late.size() < 10) continue;
    } else {
      ASSERT_EQ(ends.unprotect(*sealed), packet);
      ++opened;
      ASSERT_EQ(error_of(ends.unprotect(*sealed)), Error::replayed);
    }
    if (late.size() >= 10) {
      std::shuffle(late.begin(), late.end(), random);
      for (const auto& [wire, plain] : late) {
        const auto result = ends.unprotect(wire);
        if (result) {
          ASSERT_EQ(*result, plain);
          ++opened;
        } else {
          ASSERT_EQ(error_of(result), Error::replayed);  // behind the window
        }
      }
      late.clear();
    }
  }
  EXPECT_GT(opened, 3000);
}

TEST(Unprotector, a_late_packet_from_before_the_wrap_opens_once) {
  Ends ends;
  std::vector<Packet> sealed;
  for (const std::uint16_t seq : std::array<std::uint16_t, 5>{65533, 65534, 65535, 0, 1})
    sealed.push_back(*ends.protect(rtp({.seq = seq})));
  for (const std::size_t i : {1U, 3U, 2U, 4U, 0U}) {
    EXPECT_TRUE(ends.unprotect(sealed[i])) << i;
    EXPECT_EQ(error_of(ends.unprotect(sealed[i])), Error::replayed) << i;
  }
}

// [RFC3711-3.3.1-2]
TEST(Unprotector, the_first_packet_is_looked_for_before_the_first_wraps) {
  EXPECT_TRUE(Ends().unprotect(sealed_at(PacketIndex::of(0, 3))));
  EXPECT_TRUE(Ends().unprotect(sealed_at(PacketIndex::of(0, 65535))));
  EXPECT_TRUE(Ends().unprotect(sealed_at(PacketIndex::of(1, 3))));
  EXPECT_TRUE(Ends().unprotect(sealed_at(PacketIndex::of(2, 3))));
  EXPECT_EQ(error_of(Ends().unprotect(sealed_at(PacketIndex::of(3, 3)))),
            Error::authentication_failed);
  // Unless the rollover counter was handed over.
  EXPECT_TRUE(Ends(1).unprotect(sealed_at(PacketIndex::of(1, 3))));
  EXPECT_FALSE(Ends(1).unprotect(sealed_at(PacketIndex::of(0, 3))));
}

TEST(Unprotector, serves_so_many_streams_and_only_authentic_ones_take_a_place) {
  Ends ends;
  for (std::uint32_t ssrc = 1000; ssrc < 1100; ++ssrc) {
    auto forged = sealed_at(PacketIndex::of(0, 1), {.ssrc = ssrc});
    forged.back() ^= 1;
    ASSERT_EQ(error_of(ends.unprotect(forged)), Error::authentication_failed);
  }
  for (std::uint32_t ssrc = 0; ssrc < srtp_max_streams; ++ssrc)
    ASSERT_TRUE(ends.unprotect(sealed_at(PacketIndex::of(0, 1), {.ssrc = ssrc})));
  EXPECT_EQ(error_of(ends.unprotect(sealed_at(PacketIndex::of(0, 1), {.ssrc = 9999}))),
            Error::too_many_streams);
  for (std::uint32_t ssrc = 0; ssrc < srtp_max_streams; ++ssrc)
    ASSERT_TRUE(ends.unprotect(sealed_at(PacketIndex::of(0, 2), {.ssrc = ssrc})));
}

// [RFC3711-3.3-2] [RFC3711-3.3.1-5] [RFC7714-5.3-1]
TEST(Unprotector, forged_packets_change_nothing) {
  Ends ends;
  const auto genuine = ends.protect(rtp({.seq = 100}));
  const auto next = ends.protect(rtp({.seq = 101}));
  ASSERT_TRUE(genuine && next);
  // Before the first authentic packet, and after it: numbers from all over the round, many of
  // which would drag the window or the rollover counter along.
  for (const bool known : {false, true}) {
    for (std::uint32_t seq = 0; seq < 65536; seq += 97) {
      Packet forged(*next);
      forged[2] = static_cast<std::uint8_t>(seq >> 8);
      forged[3] = static_cast<std::uint8_t>(seq);
      if (seq == 101) continue;
      const auto error = error_of(ends.unprotect(forged));
      ASSERT_TRUE(error == Error::authentication_failed || (known && error == Error::replayed));
    }
    if (!known) {
      ASSERT_TRUE(ends.unprotect(*genuine));
    }
  }
  EXPECT_EQ(ends.unprotect(*next), rtp({.seq = 101}));
}

TEST(Unprotector, attack_M03_frame_replay_window_on_both_sides_of_its_limit) {
  const auto at = [](std::uint64_t index) { return sealed_at(PacketIndex{index}); };
  for (const std::uint64_t newest :
       {std::uint64_t{5000}, std::uint64_t{65536 + 100}, last_index.value}) {
    const auto first_roc = PacketIndex{newest}.roc();
    Ends ends(first_roc);
    ASSERT_TRUE(ends.unprotect(at(newest)));
    EXPECT_EQ(error_of(ends.unprotect(at(newest))), Error::replayed);
    EXPECT_EQ(error_of(ends.unprotect(at(newest - srtp_replay_window))), Error::replayed);
    EXPECT_TRUE(ends.unprotect(at(newest - srtp_replay_window + 1)));
    EXPECT_EQ(error_of(ends.unprotect(at(newest - srtp_replay_window + 1))), Error::replayed);
    EXPECT_TRUE(ends.unprotect(at(newest - 1)));
    EXPECT_EQ(error_of(ends.unprotect(at(newest - 1))), Error::replayed);
  }
}

TEST(Unprotector, attack_M02_nonce_reuse_wrap_nothing_opens_beyond_the_last_index) {
  Ends ends(0xffffffff);
  ASSERT_TRUE(ends.unprotect(sealed_at(last_index)));
  // Numbers that would be the next round's, sealed at the wrapped index 0 or at the old one.
  for (const std::uint16_t seq : std::array<std::uint16_t, 3>{0, 1, 1000})
    for (const std::uint32_t roc : std::array<std::uint32_t, 2>{0U, 0xffffffffU})
      EXPECT_EQ(error_of(ends.unprotect(sealed_at(PacketIndex::of(roc, seq)))), Error::replayed);
}

// [RFC7714-8.2-2]
TEST(Unprotector, attack_M06_aad_tamper_every_bit_of_the_packet_counts) {
  Ends ends;
  const auto packet = rtp({.payload_bytes = 20, .csrcs = 2, .extension_words = 3});
  const auto sealed = ends.protect(packet);
  ASSERT_TRUE(sealed);
  for (std::size_t bit = 0; bit < sealed->size() * 8; ++bit) {
    Packet wrong(*sealed);
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
    const auto error = error_of(ends.unprotect(wrong));
    ASSERT_TRUE(error == Error::authentication_failed || error == Error::malformed) << bit;
    // Behind the fields that say where the header ends, only the AEAD can notice.
    if (bit >= 16 && (bit < 8 * 20 || bit >= 8 * 24)) {
      ASSERT_EQ(error, Error::authentication_failed) << bit;
    }
  }
  EXPECT_EQ(ends.unprotect(*sealed), packet);
}

}  // namespace
}  // namespace sotto::media
