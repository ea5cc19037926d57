// SPDX-License-Identifier: MIT OR Apache-2.0
// Keys that are replaced in mid-call, told apart by their MKI.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::every_srtp_profile;
using testing::rtp;

const Packet first{0, 0, 0, 1};
const Packet second{0, 0, 0, 2};

/// One direction whose first key is named `first`.
struct Line : KeyedEnds {
  explicit Line(SrtpProfile of = SrtpProfile::aead_aes_256_gcm) : KeyedEnds(of, first) {}

  Packet protect(const Packet& packet) {
    Packet out(packet.size() + sender.overhead_bytes());
    EXPECT_TRUE(sender.protect(out, packet));
    return out;
  }
  Packet protect_rtcp() {
    Packet report(28, 0x5a);
    report[0] = 0x80;
    report[1] = 200;
    Packet out(report.size() + sender.rtcp_overhead_bytes());
    EXPECT_TRUE(sender.protect_rtcp(out, report));
    return out;
  }
  Result<Packet> unprotect(const Packet& packet) {
    Packet out(packet.size());
    const auto opened = receiver.unprotect(out, packet);
    if (!opened) return std::unexpected(opened.error());
    return Packet(opened->begin(), opened->end());
  }
  Result<Packet> unprotect_rtcp(const Packet& packet) {
    Packet out(packet.size());
    const auto opened = receiver.unprotect_rtcp(out, packet);
    if (!opened) return std::unexpected(opened.error());
    return Packet(opened->begin(), opened->end());
  }
  /// Both ends know key `n` under `mki`; the sender uses it.
  void rekey(std::uint8_t n, const Packet& mki) {
    EXPECT_TRUE(receiver.add_key(profile, key(n), salt(), mki));
    EXPECT_TRUE(sender.rekey(profile, key(n), salt(), mki));
  }
};

TEST(Mki, StandsWhereTheProfileWantsIt) {  // [RFC3711-3.1-2] [RFC7714-8.2-4]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const SrtpSizes sizes = srtp_sizes(profile);
    EXPECT_EQ(line.sender.overhead_bytes(), sizes.srtp_tag + 4);
    EXPECT_EQ(line.sender.rtcp_overhead_bytes(), sizes.srtcp_tag + 4 + 4);
    EXPECT_EQ(line.receiver.overhead_bytes(), sizes.srtp_tag + 4);
    EXPECT_EQ(line.receiver.rtcp_overhead_bytes(), sizes.srtcp_tag + 4 + 4);
    const bool behind_all = sizes.salt == 12;
    for (const bool control : {false, true}) {
      const Packet sealed = control ? line.protect_rtcp() : line.protect(rtp({.seq = 1}));
      const std::size_t tag = control ? sizes.srtcp_tag : sizes.srtp_tag;
      const auto at = sealed.end() - 4 - static_cast<std::ptrdiff_t>(behind_all ? 0 : tag);
      EXPECT_TRUE(std::equal(first.begin(), first.end(), at));
      EXPECT_TRUE(control ? line.unprotect_rtcp(sealed) : line.unprotect(sealed));
    }
  }
}

TEST(Mki, ADifferentOneIsAnUnknownKeyAndChangesNothing) {  // [RFC3711-3.1-2]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const bool behind_all = srtp_sizes(profile).salt == 12;
    for (const bool control : {false, true}) {
      const Packet sealed = control ? line.protect_rtcp() : line.protect(rtp({.seq = 1}));
      const std::size_t tag =
          control ? srtp_sizes(profile).srtcp_tag : srtp_sizes(profile).srtp_tag;
      for (std::size_t bit = 0; bit < 32; ++bit) {
        Packet altered = sealed;
        altered[sealed.size() - 4 - (behind_all ? 0 : tag) + bit / 8] ^=
            static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_EQ(error_of(control ? line.unprotect_rtcp(altered) : line.unprotect(altered)),
                  Error::unknown_key);
      }
      EXPECT_TRUE(control ? line.unprotect_rtcp(sealed) : line.unprotect(sealed));
    }
  }
}

TEST(Mki, EveryBitOfAPacketCounts) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const Packet sealed = line.protect(rtp({.seq = 1}));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      Packet altered = sealed;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_FALSE(line.unprotect(altered)) << bit;
    }
    EXPECT_TRUE(line.unprotect(sealed));
  }
}

TEST(Mki, KeysChangeInMidCallAndNumbersGoOn) {  // [RFC3711-3.3.1-6]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const Packet before = line.protect(rtp({.seq = 65534}));
    const Packet late = line.protect(rtp({.seq = 65535}));
    EXPECT_TRUE(line.unprotect(before));
    line.rekey(2, second);
    // Over the wrap: the counter is 1 now, under the new key as well.
    const Packet after = line.protect(rtp({.seq = 3}));
    EXPECT_TRUE(line.unprotect(after));
    EXPECT_TRUE(line.unprotect(late)) << "under the old key";
    EXPECT_EQ(error_of(line.unprotect(late)), Error::replayed);
    EXPECT_EQ(error_of(line.unprotect(after)), Error::replayed);
    // A receiver of the new key alone finds it behind the wrap.
    auto fresh = *SrtpReceiver::create(profile, line.key(2), line.salt(), {.mki = second});
    Packet out(after.size());
    EXPECT_TRUE(fresh.unprotect(out, after));
    EXPECT_EQ(fresh.rollover(testing::RtpSpec{}.ssrc), 1U);
  }
}

TEST(Mki, AndIndexOfWhatOpenedAreTold) {
  for (const SrtpProfile profile : every_srtp_profile)
    for (const bool in_place : {false, true}) {
      Line line(profile);
      const auto open = [&](Packet wire, bool control) {
        Packet apart(wire.size());
        Packet& out = in_place ? wire : apart;
        const auto opened =
            control ? line.receiver.open_rtcp(out, wire) : line.receiver.open(out, wire);
        EXPECT_TRUE(opened);
        EXPECT_EQ(opened->packet.data(), out.data());
        return std::pair(Packet(opened->mki.begin(), opened->mki.end()), opened->index);
      };
      EXPECT_EQ(open(line.protect(rtp({.seq = 65'535})), false), std::pair(first, 65'535UL));
      EXPECT_EQ(open(line.protect_rtcp(), true), std::pair(first, 0UL));
      line.rekey(2, second);
      EXPECT_EQ(open(line.protect(rtp({.seq = 4})), false), std::pair(second, 65'540UL));
      EXPECT_EQ(open(line.protect_rtcp(), true), std::pair(second, 1UL));
    }
  auto sender = *SrtpSender::create(test_master());
  auto receiver = *SrtpReceiver::create(test_master());
  const Packet plain = rtp({.seq = 9});
  Packet wire(plain.size() + srtp_overhead_bytes);
  ASSERT_TRUE(sender.protect(wire, plain));
  const auto opened = receiver.open(wire, wire);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->mki.empty());
  EXPECT_EQ(opened->index, 9U);
}

TEST(Mki, AKeyGivenTwiceSealsNoNumberTwice) {  // [RFC3711-3.3.1-6]
  Line line;
  const Packet once = line.protect(rtp({.seq = 5}));
  EXPECT_TRUE(line.sender.rekey(line.profile, line.key(1), line.salt(), second));
  Packet out(once.size());
  EXPECT_EQ(error_of(line.sender.protect(out, rtp({.seq = 5}))), Error::counter_reused);
  EXPECT_TRUE(line.sender.protect(out, rtp({.seq = 4}))) << "which was left out so far";
  EXPECT_EQ(error_of(line.sender.protect(out, rtp({.seq = 4}))), Error::counter_reused);
  EXPECT_TRUE(line.sender.protect(out, rtp({.seq = 6})));
  const Packet report = line.protect_rtcp();
  EXPECT_TRUE(line.sender.rekey(line.profile, line.key(1), line.salt(), first));
  const Packet next = line.protect_rtcp();
  // The word before the MKI: E and the index.
  EXPECT_EQ(report[report.size() - 5], 0);
  EXPECT_EQ(next[next.size() - 5], 1);
}

TEST(Mki, OldKeysGoWhenTheyAreErased) {
  Line line;
  const Packet old = line.protect(rtp({.seq = 1}));
  line.rekey(2, second);
  EXPECT_TRUE(line.receiver.erase_key(first));
  EXPECT_EQ(error_of(line.unprotect(old)), Error::unknown_key);
  EXPECT_EQ(error_of(line.receiver.erase_key(first)), Error::unknown_key);
  EXPECT_TRUE(line.unprotect(line.protect(rtp({.seq = 2}))));
  EXPECT_TRUE(line.receiver.erase_key(second));
  EXPECT_EQ(error_of(line.unprotect(line.protect(rtp({.seq = 3})))), Error::unknown_key);
  EXPECT_EQ(error_of(line.unprotect_rtcp(line.protect_rtcp())), Error::unknown_key);
}

TEST(Mki, SoManyKeysAreHeld) {
  Line line;
  for (std::uint8_t n = 2; n <= srtp_max_keys; ++n)
    EXPECT_TRUE(line.receiver.add_key(line.profile, line.key(n), line.salt(), Packet{0, 0, 0, n}));
  const Packet next{0, 0, 0, 9};
  EXPECT_EQ(error_of(line.receiver.add_key(line.profile, line.key(9), line.salt(), next)),
            Error::exhausted);
  EXPECT_TRUE(line.receiver.erase_key(first));
  EXPECT_TRUE(line.receiver.add_key(line.profile, line.key(9), line.salt(), next));
}

/// Of the sender and of the receiver.
std::pair<std::optional<Error>, std::optional<Error>> refusals(std::optional<Error> sender,
                                                               std::optional<Error> receiver) {
  return {sender, receiver};
}

TEST(Mki, KeysThatDoNotFitAreRefusedAndTheOldOneStays) {
  Line line;
  const auto both = [&](SrtpProfile profile, const Packet& key, const Packet& mki) {
    const Packet salt(srtp_sizes(profile).salt, 9);
    const auto sent = line.sender.rekey(profile, key, salt, mki);
    const auto received = line.receiver.add_key(profile, key, salt, mki);
    return refusals(error_of(sent), error_of(received));
  };
  const auto malformed = refusals(Error::malformed, Error::malformed);
  EXPECT_EQ(both(SrtpProfile::aead_aes_128_gcm, Packet(16, 2), second), malformed);
  EXPECT_EQ(both(line.profile, line.key(2), {}), malformed);
  EXPECT_EQ(both(line.profile, line.key(2), {1, 2, 3}), malformed);
  EXPECT_EQ(both(line.profile, line.key(2), Packet(17, 1)), malformed);
  EXPECT_EQ(both(line.profile, line.key(2), first), refusals(Error::malformed, Error::conflict));
  EXPECT_EQ(both(line.profile, line.key(0), second), refusals(Error::weak_key, Error::weak_key));
  EXPECT_TRUE(line.unprotect(line.protect(rtp({.seq = 1}))));
}

TEST(Mki, LongestAndNone) {
  const Packet longest(srtp_max_mki_bytes, 0xab), too_long(17, 0);
  const SrtpProfile profile = SrtpProfile::aes_cm_128_hmac_sha1_80;
  const Packet key(16, 1);
  const Packet salt(14, 2);
  EXPECT_TRUE(SrtpSender::create(profile, key, salt, {.mki = longest}));
  EXPECT_EQ(error_of(SrtpSender::create(profile, key, salt, {.mki = too_long})), Error::malformed);
  EXPECT_EQ(error_of(SrtpReceiver::create(profile, key, salt, {.mki = too_long})),
            Error::malformed);
  auto sender = *SrtpSender::create(profile, key, salt);
  auto receiver = *SrtpReceiver::create(profile, key, salt);
  EXPECT_EQ(error_of(sender.rekey(profile, key, salt, longest)), Error::malformed);
  EXPECT_EQ(error_of(receiver.add_key(profile, key, salt, longest)), Error::malformed);
  EXPECT_EQ(error_of(receiver.add_key(profile, key, salt, {})), Error::malformed);
  EXPECT_EQ(error_of(receiver.erase_key({})), Error::unknown_key);
}

TEST(Mki, MastersAreConsumedUnlessItFails) {
  auto sender = *SrtpSender::create(test_master(), {.mki = first});
  auto receiver = *SrtpReceiver::create(test_master(), {.mki = first});
  auto master = test_master();
  EXPECT_EQ(error_of(sender.rekey(std::move(master), first)), Error::malformed);
  EXPECT_TRUE(sender.rekey(std::move(master), second));        // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(error_of(sender.rekey(std::move(master), first)),  // NOLINT(bugprone-use-after-move)
            Error::weak_key);
  auto same = test_master();
  EXPECT_TRUE(receiver.add_key(std::move(same), second));
  EXPECT_EQ(error_of(receiver.add_key(std::move(same), Packet{7, 7, 7, 7})),  // NOLINT(*-move)
            Error::weak_key);
}

}  // namespace
}  // namespace sotto::media
