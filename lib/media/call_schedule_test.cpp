// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/call_schedule.hpp"

#include <set>

#include <gtest/gtest.h>

#include "testing/hex.hpp"

namespace sotto::media {
namespace {

using testing::hex;
using testing::unhex_array;

/// No figures of this schedule are published; these were computed by a second implementation, in
/// another language, from the description of RingRTC 2.70 alone.
constexpr const char* caller_private =
    "77076d0a7318a57d3c16c17251b26645c6c2f6c929b1c2a4e4b7b8c8e2d2a2a2";
constexpr const char* callee_private =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr const char* shared_hex =
    "f4097daaf6234b24aa8f471997eec3c10661b74fd243c37c40eb8733b43b6542";
constexpr const char* offer_key =
    "b1d157391c88aebd0e0681f3a3d17a2c64d9e74768a6b1ba8494887742b587a2";
constexpr const char* offer_salt = "692060e4a23c1dfa0a5de9f9";
constexpr const char* answer_key =
    "e920929d52f545d2ebbc1da409be0053f268b352f13376d5dc355b2fa473f232";
constexpr const char* answer_salt = "4a9937ad526454a86476bf68";

template <class T>
T repeated(std::uint8_t byte) {
  std::array<std::uint8_t, T::size_bytes> bytes;
  bytes.fill(byte);
  return T(bytes);
}

CallIdentities identities() {
  return {repeated<IdentityPublic>(0xa1), repeated<IdentityPublic>(0xb2)};
}

crypto::SharedSecret shared() {
  return crypto::SharedSecret(unhex_array<32>(shared_hex));
}

CallKeyPair pair(const char* secret) {
  return std::move(
      *CallKeyPair::from_secret(Secret<struct sotto::CallRole, 32>(unhex_array<32>(secret))));
}

TEST(CallSchedule, both_directions_of_a_known_call) {
  const auto masters = call_schedule(shared(), identities());
  EXPECT_EQ(hex(masters.offer.key.expose()), offer_key);
  EXPECT_EQ(hex(masters.offer.salt.expose()), offer_salt);
  EXPECT_EQ(hex(masters.answer.key.expose()), answer_key);
  EXPECT_EQ(hex(masters.answer.salt.expose()), answer_salt);
}

TEST(CallSchedule, the_known_secret_comes_from_both_sides_of_the_exchange) {
  const auto caller = pair(caller_private);
  const auto callee = pair(callee_private);
  EXPECT_EQ(hex(crypto::agree(caller.secret_key(), callee.public_key())->expose()), shared_hex);
  EXPECT_EQ(hex(crypto::agree(callee.secret_key(), caller.public_key())->expose()), shared_hex);
}

TEST(CallSchedule, attack_M01_direction_label_directions_and_roles_have_keys_of_their_own) {
  const auto straight = identities();
  const auto swapped = CallIdentities{straight.callee, straight.caller};
  std::set<std::string> keys;
  for (const auto& names : {straight, swapped}) {
    const auto masters = call_schedule(shared(), names);
    keys.insert(hex(masters.offer.key.expose()));
    keys.insert(hex(masters.answer.key.expose()));
  }
  EXPECT_EQ(keys.size(), 4U);
}

TEST(CallSchedule, every_bit_of_either_identity_counts) {
  std::set<std::string> keys{hex(call_schedule(shared(), identities()).offer.key.expose())};
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto names = identities();
    IdentityPublic& name = bit < 256 ? names.caller : names.callee;
    std::array<std::uint8_t, 32> bytes;
    std::copy(name.bytes().begin(), name.bytes().end(), bytes.begin());
    bytes[bit % 256 / 8] = static_cast<std::uint8_t>(bytes[bit % 256 / 8] ^ (1U << bit % 8));
    name = IdentityPublic(bytes);
    keys.insert(hex(call_schedule(shared(), names).offer.key.expose()));
  }
  EXPECT_EQ(keys.size(), 513U);
}

/// The two sides as an app has them, against SRTP ends made of the known masters: swapping the
/// directions on both sides alike would go unseen between two of us.
TEST(Call, the_caller_sends_under_the_offer_keys_and_the_callee_under_the_answer_keys) {
  const auto master = [](const char* key, const char* salt) {
    return SrtpMaster{SrtpMasterKey(unhex_array<32>(key)), SrtpMasterSalt(unhex_array<12>(salt))};
  };
  const auto callee_public = pair(callee_private).public_key();
  const auto caller_public = pair(caller_private).public_key();
  auto caller = agree_on_call(CallSide::caller, pair(caller_private), callee_public, identities());
  auto callee = agree_on_call(CallSide::callee, pair(callee_private), caller_public, identities());
  ASSERT_TRUE(caller && callee);
  auto offer = SrtpSender::create(master(offer_key, offer_salt));
  auto answer = SrtpSender::create(master(answer_key, answer_salt));
  ASSERT_TRUE(offer && answer);

  std::vector<std::uint8_t> packet(60, 0x80), by_us(76), by_figures(76);
  ASSERT_TRUE(caller->sender.protect(by_us, packet));
  ASSERT_TRUE(offer->protect(by_figures, packet));
  EXPECT_EQ(hex(by_us), hex(by_figures));
  EXPECT_TRUE(callee->receiver.unprotect(packet, by_us));

  ASSERT_TRUE(callee->sender.protect(by_us, packet));
  ASSERT_TRUE(answer->protect(by_figures, packet));
  EXPECT_EQ(hex(by_us), hex(by_figures));
  EXPECT_TRUE(caller->receiver.unprotect(packet, by_us));
}

}  // namespace
}  // namespace sotto::media
