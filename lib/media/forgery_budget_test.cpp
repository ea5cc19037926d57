// SPDX-License-Identifier: MIT OR Apache-2.0
// Forgeries under a tag of 4 bytes: a rate in each stream.
#include "media/forgery_budget.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;

constexpr std::array short_profiles{SrtpProfile::aes_cm_128_hmac_sha1_32,
                                    SrtpProfile::aes_cm_256_hmac_sha1_32};

struct Line {
  explicit Line(SrtpProfile of)
      : profile(of),
        sender(*SrtpSender::create(of, key(1), salt(), {.mki = first})),
        receiver(*SrtpReceiver::create(of, key(1), salt(), {.mki = first})) {}

  [[nodiscard]] Packet key(std::uint8_t n) const { return Packet(srtp_sizes(profile).key, n); }
  [[nodiscard]] Packet salt() const { return Packet(srtp_sizes(profile).salt, 9); }

  Packet seal(std::uint32_t ssrc) {
    const Packet plain = rtp({.ssrc = ssrc, .seq = ++seq});
    Packet out(plain.size() + sender.overhead_bytes());
    EXPECT_TRUE(sender.protect(out, plain));
    return out;
  }
  std::optional<Error> open(const Packet& wire) {
    Packet out(wire.size());
    return error_of(receiver.unprotect(out, wire));
  }
  std::optional<Error> pass(std::uint32_t ssrc) { return open(seal(ssrc)); }
  /// So many tags fail in this stream, and the packet that they were of is lost.
  std::optional<Error> forge(std::uint32_t ssrc, std::uint32_t failures) {
    Packet forged = seal(ssrc);
    // Of the tag, behind which an AEAD has its MKI.
    forged[forged.size() - (srtp_sizes(profile).salt == 12 ? 2 : 1)] ^= 1;
    std::optional<Error> last;
    for (std::uint32_t i = 0; i < failures; i += tries) last = open(forged);
    return last;
  }
  void rekey(std::uint8_t n, const Packet& mki) {
    ASSERT_TRUE(receiver.add_key(profile, key(n), salt(), mki));
    ASSERT_TRUE(sender.rekey(profile, key(n), salt(), mki));
  }

  static constexpr std::uint32_t tries = 1 + srtp_rollover_search;
  const Packet first{1}, second{2};
  SrtpProfile profile;
  SrtpSender sender;
  SrtpReceiver receiver;
  std::uint16_t seq = 0;
};

TEST(ForgeryBudget, IsPaidBackByWhatOpens) {
  ForgeryBudget budget;
  budget.count_opened();
  for (std::uint32_t i = 0; i < srtp_short_tag_forgeries; ++i) {
    EXPECT_FALSE(budget.spent());
    EXPECT_EQ(budget.low(), i > srtp_short_tag_forgeries / 2);
    budget.count_failure();
  }
  EXPECT_TRUE(budget.spent() && budget.low());
  budget.count_opened();
  for (std::uint32_t i = 0; i < srtp_short_tag_refill; ++i) {
    EXPECT_FALSE(budget.spent());
    budget.count_failure();
  }
  EXPECT_TRUE(budget.spent());
}

// [RFC3711-9.5-1]
TEST(ForgeryBudget, EndsItsStreamAloneUntilThereIsANewKey) {
  for (const SrtpProfile profile : short_profiles) {
    Line line(profile);
    ASSERT_EQ(line.pass(1), std::nullopt);
    ASSERT_EQ(line.pass(2), std::nullopt);
    EXPECT_FALSE(line.receiver.needs_new_key());
    EXPECT_EQ(line.forge(1, srtp_short_tag_forgeries / 2 + 3), Error::authentication_failed);
    EXPECT_TRUE(line.receiver.needs_new_key()) << "in time";
    EXPECT_EQ(line.forge(1, srtp_short_tag_forgeries), Error::exhausted);
    EXPECT_EQ(line.pass(1), Error::exhausted);
    EXPECT_EQ(line.pass(2), std::nullopt) << "another stream goes on";
    EXPECT_EQ(line.pass(3), std::nullopt) << "and a new one begins";
    line.rekey(2, line.second);
    EXPECT_FALSE(line.receiver.needs_new_key());
    EXPECT_EQ(line.pass(1), std::nullopt);
    // The place of an erased key serves the next one from the beginning.
    ASSERT_TRUE(line.receiver.erase_key(line.first));
    line.rekey(3, line.first);
    EXPECT_EQ(line.pass(1), std::nullopt);
    EXPECT_EQ(line.forge(1, srtp_short_tag_forgeries - 100), Error::authentication_failed);
  }
}

TEST(ForgeryBudget, LastsAsLongAsTheStreamKeepsUp) {
  for (const SrtpProfile profile : short_profiles) {
    Line line(profile);
    ASSERT_EQ(line.pass(1), std::nullopt);
    for (int i = 0; i < 2'000; ++i) {
      ASSERT_EQ(line.forge(1, srtp_short_tag_refill - 1), Error::authentication_failed) << i;
      ASSERT_EQ(line.pass(1), std::nullopt) << i;
    }
    EXPECT_FALSE(line.receiver.needs_new_key());
  }
}

/// Every SSRC is another one: none of them is a stream, and none that is suffers.
TEST(ForgeryBudget, IsOneForAllThatAreNoStream) {
  for (const SrtpProfile profile : short_profiles) {
    Line line(profile);
    ASSERT_EQ(line.pass(1), std::nullopt);
    Packet forged = line.seal(1);
    forged.back() ^= 1;
    std::optional<Error> last;
    for (std::uint32_t i = 0; i <= srtp_short_tag_forgeries; i += Line::tries) {
      forged[8] = static_cast<std::uint8_t>(i >> 8 | 0x80);
      forged[9] = static_cast<std::uint8_t>(i);
      last = line.open(forged);
    }
    EXPECT_EQ(last, Error::exhausted);
    EXPECT_TRUE(line.receiver.needs_new_key());
    EXPECT_EQ(line.pass(2), Error::exhausted) << "no new stream";
    EXPECT_EQ(line.pass(1), std::nullopt) << "what opens pays back";
    EXPECT_EQ(line.pass(2), std::nullopt);
  }
}

TEST(ForgeryBudget, IsNoneOfLongerTags) {
  for (const SrtpProfile profile : {SrtpProfile::aes_cm_128_hmac_sha1_80,
                                    SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm}) {
    Line line(profile);
    ASSERT_EQ(line.pass(1), std::nullopt);
    EXPECT_TRUE(line.forge(1, 3 * srtp_short_tag_forgeries));
    EXPECT_FALSE(line.receiver.needs_new_key());
    EXPECT_EQ(line.pass(1), std::nullopt);
  }
}

}  // namespace
}  // namespace sotto::media
