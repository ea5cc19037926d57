// SPDX-License-Identifier: MIT OR Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include <sotto/whatsapp.hpp>

#include "call/whatsapp_schedule.hpp"
#include "testing/error_of.hpp"
#include "testing/hex.hpp"
#include "testing/rtp.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::call {
namespace {

using testing::error_of;
using testing::hex;
using Packet = std::vector<std::uint8_t>;

constexpr auto tag_80 = SrtpProfile::aes_cm_128_hmac_sha1_80;
constexpr auto tag_32 = SrtpProfile::aes_cm_128_hmac_sha1_32;

Packet name(std::string_view text) {
  return {text.begin(), text.end()};
}
const Packet alice = name("alice:1@lid"), bob = name("bob:7@lid");

WhatsappCallSecret secret(std::uint64_t seed = 5) {
  testing::TapeEntropy tape(seed);
  return *draw_whatsapp_secret(tape);
}

std::optional<Error> sent(SrtpSender& from, SrtpReceiver& to, std::uint16_t seq = 1) {
  const Packet packet = testing::rtp({.seq = seq});
  Packet sealed(packet.size() + from.overhead_bytes()), out(packet.size());
  EXPECT_TRUE(from.protect(sealed, packet));
  const auto opened = to.unprotect(out, sealed);
  EXPECT_TRUE(!opened || out == packet);
  return error_of(opened);
}

TEST(Whatsapp, EachSideOpensWhatTheOtherSealed) {
  for (const SrtpProfile profile : {tag_80, tag_32}) {
    auto ours = start_whatsapp_media(secret(), {alice, bob}, profile);
    auto theirs = start_whatsapp_media(secret(), {bob, alice}, profile);
    ASSERT_TRUE(ours && theirs);
    EXPECT_EQ(ours->sender.overhead_bytes(), profile == tag_80 ? 10U : 4U);
    EXPECT_EQ(ours->sender.rtcp_overhead_bytes(), 14U) << "control packets keep 10";
    EXPECT_EQ(sent(ours->sender, theirs->receiver), std::nullopt);
    EXPECT_EQ(sent(theirs->sender, ours->receiver), std::nullopt);
    EXPECT_EQ(sent(ours->sender, ours->receiver, 2), Error::authentication_failed) << "reflected";
  }
}

/// Two of us would agree if both took the other's name for their own.
TEST(Whatsapp, EachSealsUnderItsOwnName) {
  auto ours = start_whatsapp_media(secret(), {alice, bob});
  ASSERT_TRUE(ours);
  const auto master = whatsapp_schedule(secret(), alice);
  const Bytes bytes = master.expose();
  auto receiver = SrtpReceiver::create(tag_80, bytes.first(16), bytes.subspan(16, 14));
  ASSERT_TRUE(receiver);
  EXPECT_EQ(sent(ours->sender, *receiver), std::nullopt);
}

TEST(Whatsapp, OtherSecretsAndNamesOtherKeys) {
  auto ours = start_whatsapp_media(secret(), {alice, bob});
  auto device = start_whatsapp_media(secret(6), {bob, alice});
  const auto second = name("alice:2@lid");
  auto other = start_whatsapp_media(secret(), {bob, second});
  ASSERT_TRUE(ours && device && other);
  EXPECT_EQ(sent(ours->sender, device->receiver, 1), Error::authentication_failed)
      << "a device that did not answer has a secret of its own";
  EXPECT_EQ(sent(ours->sender, other->receiver, 2), Error::authentication_failed);
}

TEST(Whatsapp, NamesOnBothSidesOfTheirBounds) {
  const auto with = [](const Packet& ours, const Packet& theirs) {
    return error_of(start_whatsapp_media(secret(), {ours, theirs}));
  };
  EXPECT_EQ(with({}, bob), Error::malformed);
  EXPECT_EQ(with(alice, {}), Error::malformed);
  EXPECT_EQ(with({1}, {2}), std::nullopt);
  EXPECT_EQ(with(Packet(255, 'a'), bob), std::nullopt);
  EXPECT_EQ(with(Packet(256, 'a'), bob), Error::malformed);
  EXPECT_EQ(with(alice, Packet(256, 'a')), Error::malformed);
  EXPECT_EQ(with(alice, alice), Error::own_identity);
}

TEST(Whatsapp, NoProfileButItsOwn) {
  for (const auto profile : {SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm,
                             SrtpProfile::aes_cm_256_hmac_sha1_80, SrtpProfile{0}})
    EXPECT_EQ(error_of(start_whatsapp_media(secret(), {alice, bob}, profile)), Error::malformed);
}

TEST(Whatsapp, ASecretServesOneCall) {
  auto one = secret();
  EXPECT_EQ(error_of(start_whatsapp_media(std::move(one), {alice, alice})), Error::own_identity);
  EXPECT_TRUE(start_whatsapp_media(std::move(one), {alice, bob})) << "a failure consumes nothing";
  EXPECT_EQ(error_of(start_whatsapp_media(std::move(one), {alice, bob})), Error::weak_key);
}

TEST(Whatsapp, SecretsAreDrawnWholeAndNeverZero) {
  testing::TapeEntropy tape(3), again(3);
  const auto one = draw_whatsapp_secret(tape);
  ASSERT_TRUE(one);
  std::array<std::uint8_t, 32> drawn;
  ASSERT_TRUE(again.fill(drawn));
  EXPECT_EQ(hex(one->expose()), hex(drawn));
  EXPECT_NE(hex(one->expose()), hex(draw_whatsapp_secret(tape)->expose())) << "one per device";
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(draw_whatsapp_secret(failing)), Error::entropy_failed);
  testing::ConstantEntropy zeros(0);
  EXPECT_EQ(error_of(draw_whatsapp_secret(zeros)), Error::entropy_failed);
}

}  // namespace
}  // namespace sotto::call
