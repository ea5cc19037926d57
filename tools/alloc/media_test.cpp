// SPDX-License-Identifier: MIT OR Apache-2.0
/// What frames and packets do when there is no memory: nothing.
#include <array>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/srtp.hpp>

#include "alloc/starve.hpp"
#include "sframe/test_frames.hpp"
#include "testing/rtp.hpp"

namespace sotto {
namespace {

using sframe::all_suites;
using sframe::Buffer;
using testing::error_of;
using testing::made_or_not;
using testing::starve;

/// A sender of frames, and a receiver of all the keys that it may come to have.
struct FrameScene {
  explicit FrameScene(SframeSuite with)
      : suite(with),
        sender(*SframeSender::create(with, SframeKid{0x100}, sframe::base_key(1))),
        receiver(*SframeReceiver::create(with)) {
    EXPECT_TRUE(receiver.add_key(SframeKid{0x100}, sframe::base_key(1), SframeChain{}));
    EXPECT_TRUE(receiver.add_key(SframeKid{0x200}, sframe::base_key(2)));
  }
  Buffer seal(SframeSender& from, std::size_t size = 5) {
    Buffer frame(from.sealed_size(size));
    EXPECT_TRUE(from.seal(frame, {}, Buffer(size, 'x')));
    return frame;
  }
  std::optional<Error> open(Bytes frame) {
    return error_of(receiver.open(out, {}, frame, sframe::noon));
  }
  /// The sender's key, and whether its next frame opens under it.
  auto image() {
    const Bytes key = sender.base_key().expose();
    const Buffer frame = seal(sender);
    return std::tuple(sender.kid(), Buffer(key.begin(), key.end()), open(frame), receiver.keys());
  }

  SframeSuite suite;
  SframeSender sender;
  SframeReceiver receiver;
  Buffer out = Buffer(100);
};

TEST(OutOfMemory, a_frame_sender_keeps_its_key) {
  for (const SframeSuite suite : all_suites) {
    SCOPED_TRACE(static_cast<int>(suite));
    const auto make = [&] { return std::make_unique<FrameScene>(suite); };
    const auto image = [](FrameScene& scene) { return scene.image(); };
    const Buffer raw(32, 2);
    bool consumed = false;
    EXPECT_GE(starve(
                  make,
                  [&](FrameScene& scene) {
                    auto key = *SframeBaseKey::create(raw);
                    auto done = scene.sender.rekey(SframeKid{0x200}, std::move(key));
                    consumed |= !done && key.expose().empty();
                    return error_of(done);
                  },
                  image),
              1U);
    EXPECT_GE(
        starve(
            make, [](FrameScene& scene) { return error_of(scene.sender.ratchet({})); }, image),
        1U);
    EXPECT_GE(made_or_not<SframeSender>([&] {
                auto key = *SframeBaseKey::create(raw);
                auto made = SframeSender::create(suite, SframeKid{1}, std::move(key));
                consumed |= !made && key.expose().empty();
                return made;
              }),
              1U);
    EXPECT_FALSE(consumed);
  }
}

TEST(OutOfMemory, a_frame_receiver_keeps_its_keys) {
  for (const SframeSuite suite : all_suites) {
    SCOPED_TRACE(static_cast<int>(suite));
    EXPECT_GE(made_or_not<SframeReceiver>([&] { return SframeReceiver::create(suite); }), 1U);
    struct Scene : FrameScene {
      using FrameScene::FrameScene;
      SframeSender ahead = *SframeSender::create(suite, SframeKid{0x100}, sframe::base_key(1));
      SframeSender other = *SframeSender::create(suite, SframeKid{0x300}, sframe::base_key(3));
      Buffer frame;
    };
    const auto make = [&] {
      auto scene = std::make_unique<Scene>(suite);
      for (int step = 0; step < 3; ++step) EXPECT_TRUE(scene->ahead.ratchet({}));
      scene->frame = scene->seal(scene->ahead);
      return scene;
    };
    // Keys of steps passed over, for late frames, are left out when there is no memory for them.
    const std::size_t points = starve(
        make, [](Scene& scene) { return scene.open(scene.frame); },
        [](Scene& scene) {
          const auto [kid, key, opened, keys] = scene.image();
          return opened;
        },
        testing::Without::something);
    EXPECT_GE(points, 3U);
    for (const auto chain : {std::optional<SframeChain>(), std::optional(SframeChain{})}) {
      const Buffer raw(32, 3);
      bool consumed = false;
      EXPECT_GE(starve(
                    make,
                    [&](Scene& scene) {
                      auto key = *SframeBaseKey::create(raw);
                      auto done =
                          chain ? scene.receiver.add_key(SframeKid{0x300}, std::move(key), *chain)
                                : scene.receiver.add_key(SframeKid{0x300}, std::move(key));
                      consumed |= !done && key.expose().empty();
                      return error_of(done);
                    },
                    [](Scene& scene) {
                      const Buffer frame = scene.seal(scene.other);
                      return std::tuple(scene.image(), scene.open(frame));
                    }),
                1U);
      EXPECT_FALSE(consumed);
    }
  }
}

/// Both ends of one direction, with identifiers of keys and encrypted extensions.
struct PacketScene {
  static constexpr std::array<std::uint8_t, 1> first{1}, second{2}, hidden{3};

  explicit PacketScene(SrtpProfile with)
      : profile(with),
        sender(*SrtpSender::create(with, key(1), salt(), options(first))),
        other(*SrtpSender::create(with, key(2), salt(), options(second))),
        receiver(*SrtpReceiver::create(with, key(1), salt(), options(first))),
        knows_both(*SrtpReceiver::create(with, key(1), salt(), options(first))) {
    EXPECT_TRUE(knows_both.add_key(with, key(2), salt(), second));
  }
  static SrtpOptions options(Bytes mki) { return {mki, hidden}; }
  [[nodiscard]] Buffer key(std::uint8_t fill) const {
    return Buffer(srtp_sizes(profile).key, fill);
  }
  [[nodiscard]] Buffer salt() const { return Buffer(srtp_sizes(profile).salt, 9); }

  /// Whether the next packet of `from` opens there, and the key that it names.
  auto pass(SrtpSender& from, SrtpReceiver& to, std::uint8_t source) {
    ++sequence;
    Buffer packet(32, 0x11), sealed(packet.size() + from.overhead_bytes()), out(sealed.size());
    packet[0] = 0x80;
    packet[2] = static_cast<std::uint8_t>(sequence >> 8);
    packet[3] = static_cast<std::uint8_t>(sequence);
    packet[11] = source;
    EXPECT_TRUE(from.protect(sealed, packet));
    const auto opened = error_of(to.unprotect(out, sealed));
    Buffer report(28, 0);
    report[0] = 0x80, report[1] = 200, report[3] = 6, report[7] = source;
    Buffer hidden_report(report.size() + from.rtcp_overhead_bytes()), plain(hidden_report.size());
    EXPECT_TRUE(from.protect_rtcp(hidden_report, report));
    return std::tuple(opened, error_of(to.unprotect_rtcp(plain, hidden_report)),
                      hidden_report.size());
  }

  SrtpProfile profile;
  SrtpSender sender, other;
  SrtpReceiver receiver, knows_both;
  std::uint16_t sequence = 0;
};

TEST(OutOfMemory, ends_of_packets_keep_their_keys) {
  for (const SrtpProfile profile : testing::every_srtp_profile) {
    SCOPED_TRACE(static_cast<int>(profile));
    const auto make = [&] { return std::make_unique<PacketScene>(profile); };
    const Buffer key(srtp_sizes(profile).key, 2), salt(srtp_sizes(profile).salt, 9);
    EXPECT_GE(starve(
                  make,
                  [&](PacketScene& s) {
                    return error_of(s.sender.rekey(profile, key, salt, PacketScene::second));
                  },
                  [](PacketScene& s) {
                    return std::tuple(s.pass(s.sender, s.receiver, 1),
                                      s.pass(s.sender, s.knows_both, 1));
                  }),
              1U);
    EXPECT_GE(starve(
                  make,
                  [&](PacketScene& s) {
                    return error_of(s.receiver.add_key(profile, key, salt, PacketScene::second));
                  },
                  [](PacketScene& s) {
                    return std::tuple(s.pass(s.sender, s.receiver, 1),
                                      s.pass(s.other, s.receiver, 2));
                  }),
              1U);
    const auto options = PacketScene::options(PacketScene::first);
    EXPECT_GE(
        made_or_not<SrtpSender>([&] { return SrtpSender::create(profile, key, salt, options); }),
        1U);
    EXPECT_GE(made_or_not<SrtpReceiver>(
                  [&] { return SrtpReceiver::create(profile, key, salt, options); }),
              1U);
  }
}

}  // namespace
}  // namespace sotto
