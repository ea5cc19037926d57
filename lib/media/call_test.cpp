// SPDX-License-Identifier: MIT OR Apache-2.0
#include <set>
#include <type_traits>

#include <gtest/gtest.h>

#include <sotto/call.hpp>

#include "testing/error_of.hpp"
#include "testing/hex.hpp"
#include "testing/rtp.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::error_of;
using testing::rtp;
using testing::TapeEntropy;
using testing::unhex_array;

// A key or a master cannot be had twice by accident, nor one role's for another's.
static_assert(!std::is_copy_constructible_v<SrtpMaster> &&
              !std::is_copy_constructible_v<CallMedia>);
static_assert(!std::is_copy_constructible_v<CallKeyPair>);
static_assert(!std::is_constructible_v<SrtpMasterKey, RootKey>);
static_assert(!std::is_constructible_v<CallPublic, IdentityPublic>);

CallKeyPair pair(std::uint64_t seed) {
  TapeEntropy entropy(seed);
  return std::move(*CallKeyPair::generate(entropy));
}

const CallIdentities identities{
    IdentityPublic(unhex_array<32>(std::string(64, 'a'))),
    IdentityPublic(unhex_array<32>(std::string(64, 'b'))),
};

/// Both sides of a call, each made from its own view.
struct Call {
  explicit Call(std::uint64_t seed, const CallIdentities& callers_view = identities,
                const CallIdentities& callees_view = identities) {
    auto ours = pair(seed);
    auto theirs = pair(seed + 1);
    const auto our_public = ours.public_key();
    auto first =
        agree_on_call(CallSide::caller, std::move(ours), theirs.public_key(), callers_view);
    auto second = agree_on_call(CallSide::callee, std::move(theirs), our_public, callees_view);
    EXPECT_TRUE(first && second);
    caller = std::make_unique<CallMedia>(std::move(*first));
    callee = std::make_unique<CallMedia>(std::move(*second));
  }
  std::unique_ptr<CallMedia> caller, callee;
};

std::vector<std::uint8_t> sealed(CallMedia& from, std::uint16_t seq = 1) {
  const auto packet = rtp({.seq = seq});
  std::vector<std::uint8_t> out(packet.size() + srtp_overhead_bytes);
  EXPECT_TRUE(from.sender.protect(out, packet));
  return out;
}

Result<void> open(CallMedia& at, std::vector<std::uint8_t> packet) {
  const auto opened = at.receiver.unprotect(packet, packet);
  if (!opened) return std::unexpected(opened.error());
  return {};
}

TEST(CallMediaTest, both_directions_open) {
  Call call(1);
  for (std::uint16_t seq = 1; seq < 50; ++seq) {
    EXPECT_TRUE(open(*call.callee, sealed(*call.caller, seq)));
    EXPECT_TRUE(open(*call.caller, sealed(*call.callee, seq)));
  }
}

TEST(CallMediaTest, other_identities_give_other_keys) {
  const auto other = IdentityPublic(unhex_array<32>(std::string(64, 'c')));
  Call as_caller(1, identities, {other, identities.callee});
  EXPECT_EQ(error_of(open(*as_caller.callee, sealed(*as_caller.caller))),
            Error::authentication_failed);
  Call as_callee(1, {identities.caller, other}, identities);
  EXPECT_EQ(error_of(open(*as_callee.callee, sealed(*as_callee.caller))),
            Error::authentication_failed);
}

TEST(CallMediaTest, attack_M01_direction_label_our_own_packet_does_not_open_at_our_side) {
  Call call(1);
  EXPECT_EQ(error_of(open(*call.caller, sealed(*call.caller))), Error::authentication_failed);
  EXPECT_EQ(error_of(open(*call.callee, sealed(*call.callee))), Error::authentication_failed);
}

TEST(CallMediaTest, attack_M01_direction_label_the_same_packet_differs_by_direction_and_stream) {
  Call call(1);
  EXPECT_NE(sealed(*call.caller), sealed(*call.callee));
  // Audio and video: one key, two SSRCs, no packet of one passes as the other's.
  auto audio = sealed(*call.caller, 2);
  audio[11] ^= 1;
  EXPECT_EQ(error_of(open(*call.callee, audio)), Error::authentication_failed);
}

TEST(CallMediaTest, attack_M05_call_key_reuse_two_calls_have_different_keys) {
  Call first(1), second(3);
  const auto packet = sealed(*first.caller);
  EXPECT_NE(packet, sealed(*second.caller));
  EXPECT_EQ(error_of(open(*second.callee, packet)), Error::authentication_failed);
  EXPECT_TRUE(open(*first.callee, packet));
}

TEST(CallMediaTest, attack_M05_call_key_reuse_a_pair_serves_one_agreement) {
  auto ours = pair(1);
  const auto theirs = pair(2).public_key();
  ASSERT_TRUE(agree_on_call(CallSide::caller, std::move(ours), theirs, identities));
  EXPECT_EQ(error_of(agree_on_call(CallSide::caller, std::move(ours), theirs, identities)),
            Error::weak_key);
}

// [RFC7714-8.4-2] [RFC7714-13.1-1]
TEST(CallMediaTest, attack_M02_nonce_reuse_wrap_a_master_makes_one_end) {
  const auto master = [] {
    return SrtpMaster{SrtpMasterKey(unhex_array<32>(std::string(64, '1'))),
                      SrtpMasterSalt(unhex_array<12>(std::string(24, '2')))};
  };
  auto one = master();
  ASSERT_TRUE(SrtpSender::create(std::move(one)));
  EXPECT_EQ(error_of(SrtpSender::create(std::move(one))), Error::weak_key);
  EXPECT_EQ(error_of(SrtpReceiver::create(std::move(one))), Error::weak_key);
  auto two = master();
  ASSERT_TRUE(SrtpReceiver::create(std::move(two)));
  EXPECT_EQ(error_of(SrtpSender::create(std::move(two))), Error::weak_key);
}

TEST(CallMediaTest, keys_of_low_order_or_not_canonical_are_refused_and_ours_stays) {
  auto ours = pair(1);
  const char* const bad[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 9, said otherwise
      "0900000000000000000000000000000000000000000000000000000000000080",
  };
  for (const auto side : {CallSide::caller, CallSide::callee})
    for (const char* u : bad)
      EXPECT_EQ(error_of(agree_on_call(side, std::move(ours), CallPublic(unhex_array<32>(u)),
                                       identities)),
                Error::weak_key)
          << u;
  EXPECT_TRUE(agree_on_call(CallSide::caller, std::move(ours), pair(2).public_key(), identities));
}

TEST(CallMediaTest, a_mirror_is_refused) {
  auto ours = pair(1);
  const auto own = ours.public_key();
  const CallIdentities one{identities.caller, identities.caller};
  for (const auto side : {CallSide::caller, CallSide::callee}) {
    EXPECT_EQ(error_of(agree_on_call(side, std::move(ours), own, identities)), Error::own_identity);
    EXPECT_EQ(error_of(agree_on_call(side, std::move(ours), pair(2).public_key(), one)),
              Error::own_identity);
  }
  EXPECT_TRUE(agree_on_call(CallSide::caller, std::move(ours), pair(2).public_key(), identities));
}

TEST(SrtpEnds, move_with_their_state) {
  Call call(1);
  const auto packet = sealed(*call.caller, 5);
  CallMedia caller = std::move(*call.caller);
  ASSERT_TRUE(open(*call.callee, packet));
  CallMedia callee = std::move(*call.callee);
  EXPECT_EQ(error_of(open(callee, packet)), Error::replayed);
  std::vector<std::uint8_t> out(100);
  EXPECT_EQ(error_of(caller.sender.protect(out, rtp({.seq = 5}))), Error::counter_reused);
  Call other(3);
  caller = std::move(*other.caller);
  EXPECT_TRUE(open(*other.callee, sealed(caller)));
}

}  // namespace
}  // namespace sotto
