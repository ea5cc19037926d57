// SPDX-License-Identifier: MIT OR Apache-2.0
// Keys that change in mid-call against libsrtp 2: both ends hold three keys, told apart by their
// MKI, and every packet carries that of the key it is under [RFC3711-3.1-2] [RFC3711-3.3.1-6].
#include "media/peers/packets.hpp"

namespace sotto::media {
namespace {

using testing::error_of;

constexpr std::size_t keys = 3;

Packet mki(std::size_t n) {
  return {0xa0, 0x55, 0, static_cast<std::uint8_t>(n)};
}

class MkiPeers : public ::testing::TestWithParam<Profile> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(srtp_init(), srtp_err_status_ok); }
  static void TearDownTestSuite() { ASSERT_EQ(srtp_shutdown(), srtp_err_status_ok); }

  static Packet key(std::size_t n) {
    return Packet(srtp_sizes(GetParam().ours).key, static_cast<std::uint8_t>(0x31 + n));
  }
  static Packet salt(std::size_t n) {
    return Packet(srtp_sizes(GetParam().ours).salt, static_cast<std::uint8_t>(0x72 + n));
  }
  static SrtpSender sender() {
    return *SrtpSender::create(GetParam().ours, key(0), salt(0), {.mki = mki(0)});
  }
  static void rekey(SrtpSender& sender, std::size_t n) {
    ASSERT_TRUE(sender.rekey(GetParam().ours, key(n), salt(n), mki(n)));
  }
  static SrtpReceiver receiver() {
    auto made = *SrtpReceiver::create(GetParam().ours, key(0), salt(0), {.mki = mki(0)});
    for (std::size_t n = 1; n < keys; ++n)
      EXPECT_TRUE(made.add_key(GetParam().ours, key(n), salt(n), mki(n)));
    return made;
  }

  /// One end of theirs, with all the keys from the beginning, as their interface wants it.
  class Theirs {
   public:
    explicit Theirs(srtp_ssrc_type_t direction) {
      std::array<srtp_master_key_t*, keys> list{};
      for (std::size_t n = 0; n < keys; ++n) {
        bytes_[n] = key(n);
        const Packet with = salt(n);
        bytes_[n].insert(bytes_[n].end(), with.begin(), with.end());
        names_[n] = mki(n);
        masters_[n] = {bytes_[n].data(), names_[n].data(), static_cast<unsigned>(names_[n].size())};
        list[n] = &masters_[n];
      }
      srtp_policy_t policy{};
      GetParam().set_rtp(&policy.rtp);
      GetParam().set_rtcp(&policy.rtcp);
      policy.ssrc.type = direction;
      policy.keys = list.data();
      policy.num_master_keys = keys;
      policy.window_size = srtp_replay_window;
      EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
    }
    Theirs(const Theirs&) = delete;
    Theirs& operator=(const Theirs&) = delete;
    ~Theirs() { srtp_dealloc(session_); }

    /// The packet sealed under key `n`; empty when they refuse it.
    Packet protect(Packet packet, std::size_t n, bool control) {
      const auto function = control ? srtp_protect_rtcp_mki : srtp_protect_mki;
      return pass(std::move(packet), [&](void* data, int* size) {
        return function(session_, data, size, 1, static_cast<unsigned>(n));
      });
    }
    Packet unprotect(Packet packet, bool control) {
      const auto function = control ? srtp_unprotect_rtcp_mki : srtp_unprotect_mki;
      return pass(std::move(packet),
                  [&](void* data, int* size) { return function(session_, data, size, 1); });
    }

   private:
    template <class Function>
    static Packet pass(Packet packet, Function&& function) {
      int size = static_cast<int>(packet.size());
      packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + SRTP_MAX_MKI_LEN + 4);
      if (function(packet.data(), &size) != srtp_err_status_ok) return {};
      packet.resize(static_cast<std::size_t>(size));
      return packet;
    }

    std::array<Packet, keys> bytes_, names_;
    std::array<srtp_master_key_t, keys> masters_{};
    srtp_t session_{};
  };

  struct Sealed {
    Packet packet;
    Packet wire;
    bool control;
  };

  /// RTP packets with a report after every third. Packet `i` is under key `key_of(i)`.
  static std::vector<std::pair<Packet, bool>> traffic() {
    std::vector<std::pair<Packet, bool>> all;
    unsigned i = 0;
    for (Packet& packet : schedule()) {
      all.emplace_back(std::move(packet), false);
      if (++i % 3 == 0) all.emplace_back(report(i), true);
    }
    return all;
  }
  static std::size_t key_of(std::size_t i, std::size_t count) { return i * keys / count; }

  /// All of it sealed by us, the keys changing on the way.
  static std::vector<Sealed> by_us() {
    auto ours = sender();
    std::vector<Sealed> all;
    const auto packets = traffic();
    std::size_t now = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const auto& [packet, control] = packets[i];
      if (key_of(i, packets.size()) != now) rekey(ours, ++now);
      Packet wire(packet.size() + (control ? ours.rtcp_overhead_bytes() : ours.overhead_bytes()));
      EXPECT_TRUE(control ? ours.protect_rtcp(wire, packet) : ours.protect(wire, packet));
      all.push_back({packet, wire, control});
    }
    return all;
  }
};

/// RTP alone: their SRTCP index starts at 1, ours at 0.
TEST_P(MkiPeers, makes_the_same_packets_over_two_rekeys) {
  Theirs theirs(ssrc_any_outbound);
  const auto all = by_us();
  ASSERT_EQ(all.size(), 8000U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].control) continue;
    ASSERT_EQ(theirs.protect(all[i].packet, key_of(i, all.size()), false), all[i].wire) << i;
  }
}

/// Where RTP has a shorter tag than RTCP, libsrtp 2.5 looks for the MKI of a report behind a
/// tag of RTP's size and so does not find it: its mistake (cisco/libsrtp#733), not compared here.
bool misses_mki_of_reports(SrtpProfile profile) {
  const SrtpSizes sizes = srtp_sizes(profile);
  return sizes.srtp_tag != sizes.srtcp_tag;
}

TEST_P(MkiPeers, opens_ours_once_in_disorder) {
  Theirs theirs(ssrc_any_inbound);
  auto all = by_us();
  disorder(all);
  std::size_t opened = 0;
  for (const auto& [packet, wire, control] : all) {
    if (control && misses_mki_of_reports(GetParam().ours)) continue;
    ASSERT_EQ(theirs.unprotect(wire, control), packet);
    ASSERT_TRUE(theirs.unprotect(wire, control).empty());
    ++opened;
  }
  EXPECT_EQ(opened, misses_mki_of_reports(GetParam().ours) ? 6000U : 8000U);
}

TEST_P(MkiPeers, is_opened_by_us_once_in_disorder) {
  Theirs theirs(ssrc_any_outbound);
  auto ours = receiver();
  std::vector<Sealed> all;
  const auto packets = traffic();
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const auto& [packet, control] = packets[i];
    all.push_back({packet, theirs.protect(packet, key_of(i, packets.size()), control), control});
  }
  disorder(all);
  const auto open = [&](Packet& out, const Sealed& sealed) {
    return sealed.control ? ours.unprotect_rtcp(out, sealed.wire)
                          : ours.unprotect(out, sealed.wire);
  };
  for (const Sealed& sealed : all) {
    Packet out(sealed.wire.size());
    const auto opened = open(out, sealed);
    ASSERT_TRUE(opened) << name(opened.error());
    ASSERT_TRUE(std::ranges::equal(*opened, sealed.packet));
    ASSERT_EQ(error_of(open(out, sealed)), Error::replayed);
  }
}

/// A packet under a key whose MKI neither side was told is refused by both.
TEST_P(MkiPeers, both_refuse_a_key_that_was_not_announced) {
  auto stranger = *SrtpSender::create(GetParam().ours, key(0), salt(0), {.mki = mki(9)});
  auto ours = receiver();
  Theirs theirs(ssrc_any_inbound);
  const Packet packet = testing::rtp({.seq = 1});
  Packet wire(packet.size() + stranger.overhead_bytes());
  ASSERT_TRUE(stranger.protect(wire, packet));
  Packet out(wire.size());
  EXPECT_EQ(error_of(ours.unprotect(out, wire)), Error::unknown_key);
  EXPECT_TRUE(theirs.unprotect(wire, false).empty());
}

INSTANTIATE_TEST_SUITE_P(All, MkiPeers, ::testing::ValuesIn(profiles));

}  // namespace
}  // namespace sotto::media
