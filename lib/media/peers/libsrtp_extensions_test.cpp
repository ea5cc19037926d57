// SPDX-License-Identifier: MIT OR Apache-2.0
// Encrypted header extensions of every profile against libsrtp 2, in both directions [RFC6904-3-5].
#include <random>

#include "media/peers/packets.hpp"
#include "testing/soak.hpp"

namespace sotto::media {
namespace {

using testing::error_of;

/// Half of the ids that occur, of either form.
const Packet chosen{1, 3, 4, 7, 14, 16, 200, 255};

class Extensions : public ::testing::TestWithParam<Profile> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(srtp_init(), srtp_err_status_ok); }
  static void TearDownTestSuite() { ASSERT_EQ(srtp_shutdown(), srtp_err_status_ok); }

  static Packet key() { return Packet(srtp_sizes(GetParam().ours).key, 0x31); }
  static Packet salt() { return Packet(srtp_sizes(GetParam().ours).salt, 0x72); }
  static PlainEnd theirs(srtp_ssrc_type_t direction) {
    return PlainEnd(direction, GetParam(), key(), salt(), {chosen.begin(), chosen.end()});
  }
};

/// Packets with elements of either form, of every size that fits, over two rounds of numbers.
/// Padding stands at the end alone: RFC 6904 leads the keystream over padding as well, libsrtp 2.5
/// does not.
std::vector<Packet> with_elements() {
  std::mt19937 random(static_cast<std::uint32_t>(testing::soak_seed(6904)));
  const auto below = [&](std::size_t n) { return random() % n; };
  std::vector<Packet> packets;
  std::uint16_t seq = 30000;
  for (unsigned i = 0; i < 4000; ++i) {
    seq = static_cast<std::uint16_t>(seq + 1 + below(60));
    Packet packet = testing::rtp({.ssrc = 0x10000001 + i % 2,
                                  .seq = seq,
                                  .payload_bytes = 0,
                                  .csrcs = static_cast<std::uint8_t>(below(16))});
    const bool short_form = below(2) == 0;
    Packet elements;
    for (std::size_t n = below(6); n > 0; --n) {
      const std::size_t size = short_form ? 1 + below(16) : below(10) == 0 ? 255 : below(40);
      const auto id = static_cast<std::uint8_t>(1 + below(short_form ? 14 : 255));
      if (short_form) {
        elements.push_back(static_cast<std::uint8_t>(id * 16U + size - 1));
      } else {
        elements.push_back(id);
        elements.push_back(static_cast<std::uint8_t>(size));
      }
      for (std::size_t at = 0; at < size; ++at)
        elements.push_back(static_cast<std::uint8_t>(random()));
    }
    elements.resize((elements.size() + 3) / 4 * 4);
    packet[0] |= 0x10;
    const std::size_t form = short_form ? 0xbede : 0x1000 | below(16);
    for (const std::size_t value : {form, elements.size() / 4}) {
      packet.push_back(static_cast<std::uint8_t>(value >> 8));
      packet.push_back(static_cast<std::uint8_t>(value));
    }
    packet.insert(packet.end(), elements.begin(), elements.end());
    packet.resize(packet.size() + below(400), 0x77);
    packets.push_back(std::move(packet));
  }
  return packets;
}

TEST_P(Extensions, are_the_same_bytes) {
  auto sender =
      *SrtpSender::create(GetParam().ours, key(), salt(), {.encrypted_extensions = chosen});
  PlainEnd end = theirs(ssrc_any_outbound);
  std::size_t hidden = 0;
  for (const Packet& packet : with_elements()) {
    Packet wire(packet.size() + sender.overhead_bytes());
    ASSERT_TRUE(sender.protect(wire, packet));
    ASSERT_EQ(wire, end.pass(srtp_protect, packet));
    const std::size_t head = parse_rtp_header(packet)->size_bytes;
    if (!std::ranges::equal(Bytes(wire).first(head), Bytes(packet).first(head))) ++hidden;
  }
  EXPECT_GT(hidden, 1000U);
}

TEST_P(Extensions, open_at_either_end_in_disorder) {
  auto sender =
      *SrtpSender::create(GetParam().ours, key(), salt(), {.encrypted_extensions = chosen});
  auto receiver =
      *SrtpReceiver::create(GetParam().ours, key(), salt(), {.encrypted_extensions = chosen});
  PlainEnd inbound = theirs(ssrc_any_inbound);
  PlainEnd outbound = theirs(ssrc_any_outbound);
  struct Sent {
    Packet plain, by_us, by_them;
  };
  std::vector<Sent> all;
  for (Packet& packet : with_elements()) {
    Packet wire(packet.size() + sender.overhead_bytes());
    ASSERT_TRUE(sender.protect(wire, packet));
    Packet other = outbound.pass(srtp_protect, packet);
    all.push_back({std::move(packet), std::move(wire), std::move(other)});
  }
  disorder(all);
  for (const Sent& sent : all) {
    ASSERT_EQ(inbound.pass(srtp_unprotect, sent.by_us), sent.plain);
    Packet in_place = sent.by_them;
    const auto opened = receiver.unprotect(in_place, in_place);
    ASSERT_TRUE(opened) << name(opened.error());
    ASSERT_TRUE(std::ranges::equal(*opened, sent.plain));
    Packet again(sent.by_them.size());
    ASSERT_EQ(error_of(receiver.unprotect(again, sent.by_them)), Error::replayed);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Extensions, ::testing::ValuesIn(profiles));

}  // namespace
}  // namespace sotto::media
