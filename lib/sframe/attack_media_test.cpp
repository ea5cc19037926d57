// SPDX-License-Identifier: MIT OR Apache-2.0
// The attacks on media of spec/attacks.toml, M01 to M16, through the public headers.
#include <algorithm>
#include <ctime>
#include <limits>
#include <optional>

#include <sotto/call.hpp>
#include <sotto/ratchet.hpp>
#include <sotto/srtp.hpp>

#include "sframe/test_frames.hpp"
#include "testing/forked.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::sframe {
namespace {

/// A call between two people, both sides.
struct Call {
  explicit Call(std::uint64_t seed) {
    testing::TapeEntropy tape(seed);
    const auto alice = *IdentityKeyPair::generate(people), bob = *IdentityKeyPair::generate(people);
    auto ours = *CallKeyPair::generate(tape), theirs = *CallKeyPair::generate(tape);
    const CallPublic to = theirs.public_key(), from = ours.public_key();
    const CallIdentities identities{alice.public_key(), bob.public_key()};
    caller.emplace(*agree_on_call(CallSide::caller, std::move(ours), to, identities));
    callee.emplace(*agree_on_call(CallSide::callee, std::move(theirs), from, identities));
  }
  testing::TapeEntropy people{1};
  std::optional<CallMedia> caller, callee;
};

Buffer packet(std::uint16_t number = 1) {
  Buffer bytes(12 + 40, 0x5a);
  bytes[0] = 0x80;
  bytes[2] = static_cast<std::uint8_t>(number >> 8);
  bytes[3] = static_cast<std::uint8_t>(number);
  return bytes;
}
Buffer protect(SrtpSender& sender, const Buffer& plain) {
  Buffer out(plain.size() + srtp_overhead_bytes);
  EXPECT_TRUE(sender.protect(out, plain));
  return out;
}
std::optional<Error> refusal(SrtpReceiver& receiver, const Buffer& wire) {
  Buffer out(wire.size());
  return error_of(receiver.unprotect(out, wire));
}

TEST(Attack, attack_M01_direction_label_of_a_call) {
  Call call(7);
  EXPECT_EQ(refusal(call.caller->receiver, protect(call.caller->sender, packet())),
            Error::authentication_failed)
      << "reflected";
  EXPECT_EQ(refusal(call.callee->receiver, protect(call.callee->sender, packet())),
            Error::authentication_failed);
}

TEST(Attack, attack_M01_direction_label_of_a_kid) {
  for (const SframeSuite suite : all_suites) {
    auto one = *SframeSender::create(suite, SframeKid{1}, base_key());
    auto receiver = *SframeReceiver::create(suite);
    ASSERT_TRUE(receiver.add_key(SframeKid{2}, base_key()));
    auto two = *SframeSender::create(suite, SframeKid{2}, base_key());
    Buffer out(one.sealed_size(5)), other(out.size()), opened(64);
    ASSERT_TRUE(one.seal(out, {}, bytes_of("frame")));
    ASSERT_TRUE(two.seal(other, {}, bytes_of("frame")));
    EXPECT_FALSE(std::ranges::equal(Bytes(out).subspan(1, 5), Bytes(other).subspan(1, 5)))
        << "one keystream for two KIDs";
    out[0] = 0x20;  // KID 2, the same base key
    EXPECT_EQ(error_of(receiver.open(opened, {}, out, noon)), Error::authentication_failed);
  }
}

TEST(Attack, attack_M02_nonce_reuse_wrap_of_a_frame_counter) {
  Ends ends;
  const Buffer first = ends.seal("first");
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x100}, base_key())) << "the same key again";
  EXPECT_NE(parse_sframe_header(ends.seal("other"))->counter, parse_sframe_header(first)->counter);
  auto last = *SframeSender::create(SframeSuite::aes_256_gcm_sha512_128, SframeKid{1}, base_key(),
                                    ~std::uint64_t{0});
  Buffer out(64);
  ASSERT_TRUE(last.seal(out, {}, {}));
  EXPECT_EQ(error_of(last.seal(out, {}, {})), Error::exhausted);
}

TEST(Attack, attack_M02_nonce_reuse_wrap_of_a_packet_number) {
  Call call(7);
  SrtpSender& sender = call.caller->sender;
  Buffer out(80);
  ASSERT_TRUE(sender.protect(out, packet(9)));
  EXPECT_EQ(error_of(sender.protect(out, packet(9))), Error::counter_reused);
  ASSERT_TRUE(sender.protect(out, packet(8))) << "late, and not spent yet";
  EXPECT_EQ(error_of(sender.protect(out, packet(8))), Error::counter_reused);
}

TEST(Attack, attack_M03_frame_replay_window) {
  Ends ends;
  std::vector<Buffer> frames;
  for (std::size_t i = 0; i <= sframe_replay_window; ++i) frames.push_back(ends.seal());
  ASSERT_TRUE(ends.open(frames.back()));
  EXPECT_EQ(error_of(ends.open(frames.back())), Error::replayed) << "inside";
  EXPECT_EQ(error_of(ends.open(frames.front())), Error::replayed) << "outside";
}

TEST(Attack, attack_M03_frame_replay_across_a_ratchet) {
  Ends ends;
  const Buffer before = ends.seal("before");
  ASSERT_TRUE(ends.open(before));
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  ASSERT_TRUE(ends.open(ends.seal("after")));
  EXPECT_EQ(error_of(ends.open(before)), Error::replayed);
  ASSERT_TRUE(ends.receiver.erase_key(SframeKid{0x100}));
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, base_key())), Error::conflict)
      << "the key supplied again would open it again";
}

TEST(Attack, attack_M03_frame_replay_under_a_step_held_twice) {
  Ends ends;
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  ASSERT_TRUE(ends.receiver.add_key(
      ends.sender.kid(), *SframeBaseKey::create(ends.sender.base_key().expose()), ends.chain));
  const Buffer second = ends.seal();
  ASSERT_TRUE(ends.open(second));
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  ASSERT_TRUE(ends.open(ends.seal())) << "a step behind both that lead there";
  EXPECT_EQ(error_of(ends.open(second)), Error::replayed);
}

TEST(Attack, attack_M04_epoch_rollback) {
  Ends ends;
  const Buffer old = ends.seal("old");
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x200}, base_key(2), ends.chain));
  ASSERT_TRUE(ends.open(ends.seal("new")));
  ends.now += SframeLimits{}.max_old_age;
  EXPECT_EQ(error_of(ends.open(old)), Error::unknown_key);
}

TEST(Attack, attack_M05_call_key_reuse) {
  Call one(7), other(8);
  EXPECT_EQ(refusal(other.callee->receiver, protect(one.caller->sender, packet())),
            Error::authentication_failed);
  testing::TapeEntropy tape(3);
  auto keys = *CallKeyPair::generate(tape);
  const auto theirs = CallKeyPair::generate(tape)->public_key();
  const CallIdentities identities{IdentityKeyPair::generate(tape)->public_key(),
                                  IdentityKeyPair::generate(tape)->public_key()};
  ASSERT_TRUE(agree_on_call(CallSide::caller, std::move(keys), theirs, identities));
  EXPECT_EQ(error_of(agree_on_call(CallSide::caller, std::move(keys), theirs, identities)),
            Error::weak_key)
      << "a call key serves once";
}

TEST(Attack, attack_M06_aad_tamper) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    static_cast<void>(ends.seal());
    Buffer frame = ends.seal("text", "metadata");
    EXPECT_EQ(error_of(ends.open(frame, "metadatA")), Error::authentication_failed);
    frame[0] ^= 2;  // counter 1 becomes 3
    EXPECT_EQ(error_of(ends.open(frame, "metadata")), Error::authentication_failed);
  }
  Call call(7);
  Buffer plain = packet();
  plain[0] = 0x90;  // a header extension: the first words behind the header
  plain[12] = 0xbe;
  plain[13] = 0xde;
  plain[14] = 0;
  plain[15] = 1;
  Buffer wire = protect(call.caller->sender, plain);
  wire[17] ^= 1;
  EXPECT_EQ(refusal(call.callee->receiver, wire), Error::authentication_failed) << "extension";
}

// [RFC9605-9.4-1]
TEST(Attack, attack_M07_short_tag_budget) {
  Ends ends(SframeSuite::aes_128_ctr_hmac_sha256_32);
  Buffer forged = ends.seal();
  forged.back() ^= 1;
  for (std::uint64_t i = 0; i + 1 < sframe_forgeries_4; ++i)
    ASSERT_EQ(error_of(ends.open(forged)), Error::authentication_failed) << i;
  EXPECT_TRUE(ends.open(ends.seal())) << "one before the last";
  EXPECT_EQ(error_of(ends.open(forged)), Error::authentication_failed);
  EXPECT_EQ(error_of(ends.open(ends.seal())), Error::exhausted);
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x200}, base_key(2), ends.chain));
  EXPECT_TRUE(ends.open(ends.seal())) << "under a new key it goes on";
}

TEST(Attack, attack_M07_short_tag_budget_of_steps_ahead) {
  Ends ends(SframeSuite::aes_128_ctr_hmac_sha256_32);
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  Buffer forged = ends.seal();
  forged.back() ^= 1;
  for (std::uint64_t i = 0; i < sframe_forgeries_4; ++i)
    ASSERT_EQ(error_of(ends.open(forged)), Error::authentication_failed) << i;
  EXPECT_EQ(error_of(ends.open(forged)), Error::exhausted);
}

// Pinned: frames are authenticated by a key that all receivers of a sender hold.
TEST(Attack, attack_M08_member_impersonation_is_possible_for_a_receiver) {
  Ends ends;
  auto member =
      *SframeSender::create(SframeSuite::aes_256_gcm_sha512_128, SframeKid{0x100}, base_key());
  Buffer frame(member.sealed_size(6));
  ASSERT_TRUE(member.seal(frame, {}, bytes_of("forged")));
  EXPECT_EQ(ends.open(frame), bytes_of("forged"));
}

TEST(Attack, attack_M09_media_to_ratchet) {
  // What a call's keys are made of is drawn for the call alone: two calls of the same people with
  // the same call keys have the same media keys, whatever was said between them, and so tell
  // nothing of it.
  Call before(7);
  testing::TapeEntropy tape(99);
  Call after(7);
  const Buffer one = protect(before.caller->sender, packet());
  Buffer out(one.size());
  EXPECT_TRUE(after.callee->receiver.unprotect(out, one));
  // And a base key does not give the one before it: the chain only goes forward.
  Ends ends;
  const Buffer old = ends.seal("old");
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  auto newcomer = *SframeReceiver::create(SframeSuite::aes_256_gcm_sha512_128);
  ASSERT_TRUE(newcomer.add_key(
      ends.sender.kid(), *SframeBaseKey::create(ends.sender.base_key().expose()), ends.chain));
  EXPECT_EQ(error_of(newcomer.open(out, {}, old, noon)), Error::unknown_key);
  auto thief = *SframeReceiver::create(SframeSuite::aes_256_gcm_sha512_128);
  ASSERT_TRUE(
      thief.add_key(SframeKid{0x100}, *SframeBaseKey::create(ends.sender.base_key().expose())));
  EXPECT_EQ(error_of(thief.open(out, {}, old, noon)), Error::authentication_failed);
  const Buffer fresh = ends.seal("fresh");
  EXPECT_TRUE(newcomer.open(out, {}, fresh, noon));
}

TEST(Attack, attack_M10_sender_in_two_hands) {
  Ends ends;
  const auto seal = [&] {
    Buffer out(64);
    return error_of(ends.sender.seal(out, {}, bytes_of("frame")));
  };
  EXPECT_EQ(testing::in_a_forked_process(seal), Error::wrong_state);
  EXPECT_EQ(seal(), std::nullopt);
  Call call(7);
  const auto protect_one = [&] {
    Buffer out(packet().size() + srtp_overhead_bytes);
    return error_of(call.caller->sender.protect(out, packet()));
  };
  EXPECT_EQ(testing::in_a_forked_process(protect_one), Error::wrong_state);
  EXPECT_EQ(protect_one(), std::nullopt);
}

/// Processor time of `run`, the least of a few rounds.
template <class Run>
std::clock_t time_of(Run&& run) {
  std::clock_t least = std::numeric_limits<std::clock_t>::max();
  for (int round = 0; round < 5; ++round) {
    const std::clock_t start = std::clock();
    run();
    least = std::min(least, std::clock() - start);
  }
  return std::max<std::clock_t>(least, 1);
}

// Before, one such frame cost as much as some thousand that open.
TEST(Attack, attack_M16_steps_far_ahead_cost_little) {
  for (const SframeSuite suite :
       {SframeSuite::aes_128_gcm_sha256_128, SframeSuite::aes_256_gcm_sha512_128}) {
    Ends ends(suite);
    std::vector<Buffer> good, forged;
    for (int i = 0; i < 5000; ++i) good.push_back(ends.seal());
    auto ahead = *SframeSender::create(suite, SframeKid{0x100}, base_key(9));
    for (int step = 1; step <= SframeLimits{}.max_steps; ++step) {
      ASSERT_TRUE(ahead.ratchet(ends.chain));
      forged.emplace_back(ahead.sealed_size(5));
      ASSERT_TRUE(ahead.seal(forged.back(), {}, bytes_of("frame")));
    }
    Buffer out(64);
    std::size_t refused = 0, opened = 0, next = 0;
    const std::clock_t to_refuse = time_of([&] {
      for (std::size_t i = 0; i < 1000; ++i)
        refused += ends.receiver.open(out, {}, forged[i % forged.size()], noon) ? 0U : 1U;
    });
    const std::clock_t to_open = time_of([&] {
      for (std::size_t i = 0; i < 1000; ++i)
        opened += ends.receiver.open(out, {}, good[next++], noon) ? 1U : 0U;
    });
    EXPECT_EQ(refused, 5000U);
    EXPECT_EQ(opened, 5000U);
    // On a quiet machine 10 times at most; the keys made anew would be 150 times and more.
    EXPECT_LT(to_refuse, 40 * to_open);
  }
}

}  // namespace
}  // namespace sotto::sframe
