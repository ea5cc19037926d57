// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ends of SFrame and of RingRTC's frames hold the keys of the frames to come, the receiver also
/// those of late frames, and nothing once they are gone.
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ringrtc.hpp>
#include <sotto/sframe.hpp>

#include "call/ringrtc_keys.hpp"
#include "erasure/memory_scan.hpp"
#include "sframe/schedule.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;
using Names = std::set<std::string>;

constexpr Instant noon{std::chrono::hours(12)};

// ---- SFrame ------------------------------------------------------------------------------------

constexpr SframeChain chain{8};

struct FrameEnds {
  std::optional<SframeSender> sender;
  std::optional<SframeReceiver> receiver;
};

SframeBaseKey drawn(std::uint64_t seed) {
  TapeEntropy tape(seed);
  std::array<std::uint8_t, 64> bytes;
  static_cast<void>(tape.fill(bytes));
  auto key = *SframeBaseKey::create(bytes);
  wipe(bytes);
  return key;
}

void tell_step(Notes& n, const std::string& name, const sframe::Suite& suite, SframeKid kid,
               Bytes base) {
  n.add("base key" + name, base);
  const auto keys = sframe::derive_keys(suite, kid, base);
  n.add("key" + name, keys.key.expose().first(suite.key_bytes()));
  n.add("salt" + name, keys.salt.expose());
}

void tell_frames(Notes& n, SframeSuite id, std::uint64_t seed) {
  const sframe::Suite& suite = *sframe::find_suite(id);
  const auto first = drawn(seed);
  const auto second = sframe::next_base_key(suite, first.expose());
  tell_step(n, " 0", suite, *sframe_sender_kid(chain, 1, 0), first.expose());
  tell_step(n, " 1", suite, *sframe_sender_kid(chain, 1, 1), second.expose());
}

/// Whether one frame gets through.
void pass_frame(FrameEnds& ends, Instant now) {
  const Buffer metadata(3, 1), plaintext(50, 2);
  Buffer frame(ends.sender->sealed_size(plaintext.size())), out(frame.size());
  ASSERT_TRUE(ends.sender->seal(frame, metadata, plaintext));
  ASSERT_TRUE(ends.receiver->open(out, metadata, frame, now));
  frame.back() ^= 1;
  ASSERT_FALSE(ends.receiver->open(out, metadata, frame, now));
}

/// AES-GCM of the backend leaves its last nonce in a dead frame, which tells the salt. It is no
/// key.
Names but_for_salts(Names names) {
  std::erase_if(names, [](const std::string& name) { return name.starts_with("salt"); });
  return names;
}

void sframe_keeps_what_is_to_come(SframeSuite suite, std::uint64_t seed) {
  const auto needles = learn([&](Notes& n) { tell_frames(n, suite, seed); });
  const auto ends = std::make_unique<FrameEnds>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  const auto kid = *sframe_sender_kid(chain, 1, 0);
  deep_down([&] {
    ends->sender.emplace(*SframeSender::create(suite, kid, drawn(seed)));
    ends->receiver.emplace(*SframeReceiver::create(suite));
    ASSERT_TRUE(ends->receiver->add_key(kid, drawn(seed), chain));
  });
  EXPECT_EQ(found(), (Names{"base key 0", "key 0", "salt 0"})) << where;
  deep_down([&] { pass_frame(*ends, noon); });
  EXPECT_EQ(found(), (Names{"base key 0", "key 0", "salt 0"})) << where;

  deep_down([&] {
    ASSERT_TRUE(ends->sender->ratchet(chain));
    pass_frame(*ends, noon);
  });
  EXPECT_EQ(found(), (Names{"base key 1", "key 1", "salt 1", "key 0", "salt 0"}))
      << where << "late frames open still";
  deep_down([&] { ASSERT_TRUE(ends->receiver->erase_key(kid)); });
  EXPECT_EQ(found(), (Names{"base key 1", "key 1", "salt 1"})) << where;

  deep_down([&] {
    ends->sender.reset();
    ends->receiver.reset();
  });
  const bool gcm = sframe::find_suite(suite)->cipher == sframe::Suite::Cipher::gcm;
  const Names left = found();
  EXPECT_EQ(gcm ? but_for_salts(left) : left, Names{}) << where;
}

TEST(Erasure, sframe_of_ctr_and_hmac_keeps_what_is_to_come_and_then_nothing) {
  sframe_keeps_what_is_to_come(SframeSuite::sotto_aes_256_ctr_hmac_sha512_256, 990);
  sframe_keeps_what_is_to_come(SframeSuite::aes_128_ctr_hmac_sha256_80, 991);
}

TEST(Erasure, sframe_of_gcm_keeps_what_is_to_come_and_then_nothing) {
  sframe_keeps_what_is_to_come(SframeSuite::aes_256_gcm_sha512_128, 992);
  sframe_keeps_what_is_to_come(SframeSuite::aes_128_gcm_sha256_128, 993);
}

// ---- RingRTC -----------------------------------------------------------------------------------

struct RingrtcEnds {
  std::optional<RingrtcSender> sender;
  std::optional<RingrtcReceiver> receiver;
};

RingrtcSecret drawn_secret() {
  TapeEntropy tape(994);
  return *draw_ringrtc_secret(tape);
}

void tell_ringrtc_step(Notes& n, const std::string& name, const RingrtcSecret& secret) {
  n.add("secret" + name, secret.expose());
  n.add("cipher key" + name, call::ringrtc_cipher_key(secret).expose());
  n.add("MAC key" + name, call::ringrtc_mac_key(secret).expose());
}

void pass_ringrtc_frame(RingrtcEnds& ends, Instant now) {
  const Buffer plaintext(50, 2);
  Buffer frame(plaintext.size() + ringrtc_footer_bytes), out(frame.size());
  ASSERT_TRUE(ends.sender->seal(frame, plaintext));
  ASSERT_TRUE(ends.receiver->open(out, frame, now));
  frame.back() ^= 1;
  ASSERT_FALSE(ends.receiver->open(out, frame, now));
}

TEST(Erasure, ringrtc_keeps_what_is_to_come_and_then_nothing) {
  const auto needles = learn([](Notes& n) {
    const auto first = drawn_secret();
    tell_ringrtc_step(n, " 0", first);
    tell_ringrtc_step(n, " 1", call::ringrtc_next_secret(first));
  });
  const auto ends = std::make_unique<RingrtcEnds>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] {
    ends->sender.emplace(*RingrtcSender::create(drawn_secret()));
    RingrtcLimits limits;
    limits.max_old_frames = 1;
    ends->receiver.emplace(*RingrtcReceiver::create(limits));
    ASSERT_TRUE(ends->receiver->add_secret(0, drawn_secret()));
    pass_ringrtc_frame(*ends, noon);
  });
  EXPECT_EQ(found(), (Names{"secret 0", "cipher key 0"})) << where;
  deep_down([&] {
    ASSERT_TRUE(ends->sender->ratchet());
    pass_ringrtc_frame(*ends, noon);
  });
  EXPECT_EQ(found(), (Names{"secret 1", "cipher key 1", "cipher key 0"}))
      << where << "late frames open still";
  deep_down([&] {
    for (int i = 0; i < 2; ++i) pass_ringrtc_frame(*ends, noon);
  });
  EXPECT_EQ(found(), (Names{"secret 1", "cipher key 1"})) << where;
  deep_down([&] {
    ends->sender.reset();
    ends->receiver.reset();
  });
  EXPECT_EQ(found(), Names{}) << where;
}

}  // namespace
}  // namespace sotto
