// SPDX-License-Identifier: MIT OR Apache-2.0
/// Attacks on a device's prekeys: stolen, given to two at once, drained.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ratchet/state.hpp"
#include "session/test_service.hpp"
#include "session/work.hpp"
#include "wire/frame.hpp"
#include "x3dh/key_material.hpp"

namespace sotto::session {
namespace {

using std::chrono::milliseconds;
using testing::error_of;
using testing::TapeEntropy;

/// A thief of one signed prekey, who poses as others to its owner. Of those he knows what everybody
/// knows: their identity keys.
class Thief {
 public:
  Thief(SignedPrekey stolen, const IdentityPublic& owner)
      : stolen_(std::move(stolen)), owner_(owner) {}

  Letter pose_as(const IdentityPublic& victim, std::string_view text) {
    const auto base = *EphemeralKeyPair::generate(tape_);
    x3dh::KeyMaterial material;
    material.append_dh(stolen_.keys, victim);
    material.append_dh(base, owner_);
    material.append_dh(base, stolen_.keys.public_key());
    auto agreed = *material.derive();
    const auto ratchet = *ratchet::State::start(
        InitiatorAgreement{std::move(agreed.root), std::move(agreed.chain),
                           stolen_.keys.public_key().as<struct RatchetRole>(), victim, owner_},
        tape_, {});
    const auto next = ratchet->next_header();
    const wire::SignalHeader header{next.dh, next.n, next.pn};
    const wire::PrekeyHeader first{RegistrationId{7}, std::nullopt, stolen_.id, base.public_key(),
                                   victim};
    const std::size_t ciphertext_bytes = (text.size() / 16 + 1) * 16;
    Letter letter{MessageKind::prekey,
                  std::vector<std::uint8_t>(wire::framed_size(header, &first, ciphertext_bytes))};
    const auto layout = *wire::lay_out(letter.bytes, header, &first, ciphertext_bytes);
    const auto outgoing = *ratchet->next_message();
    outgoing.keys.seal_into(layout.message, layout.ciphertext_at, bytes_of(text),
                            ratchet->sending_associated_data());
    return letter;
  }

 private:
  TapeEntropy tape_{666};
  SignedPrekey stolen_;
  IdentityPublic owner_;
};

SignedPrekey steal(Party& from, SignedPrekeyId id) {
  auto tx = from.begin();
  return *tx.work().prekeys().signed_prekey(id);
}

void rotate(Party& party) {
  auto tx = party.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(party.tape, party.now));
  ASSERT_TRUE(std::move(tx).commit());
}

// [SES-8-2] The limit that attack_agreement_test.cpp pins, through a device: where it ends.
TEST(Attack, attack_H05_kci_spk_known_limit_ends_with_the_prekey) {
  Pair pair;
  Party& bob = pair.bob;
  const auto& alice = pair.alice.device.identity();
  Thief thief(steal(bob, bob.bundle(false)->keys.signed_prekey_id), bob.device.identity());
  EXPECT_EQ(bob.read(pair.alice, thief.pose_as(alice, "from alice")), "from alice");

  rotate(bob);  // The prekey is replaced, and still serves late first messages.
  const Instant replaced = bob.now;
  EXPECT_EQ(bob.read(pair.alice, thief.pose_as(alice, "late")), "late");
  const Letter kept_back = thief.pose_as(alice, "kept back");

  bob.now = replaced + PrekeyPolicy{}.overlap - milliseconds(1);
  rotate(bob);
  EXPECT_EQ(bob.read(pair.alice, thief.pose_as(alice, "still")), "still");
  bob.now += milliseconds(1);
  rotate(bob);
  EXPECT_EQ(error_of(bob.read(pair.alice, thief.pose_as(alice, "too late"))),
            Error::unknown_prekey);
  EXPECT_EQ(error_of(bob.read(pair.alice, kept_back)), Error::unknown_prekey);
  // No restart and no other name brings it back.
  bob.restart();
  const Party carol("carol", 3);
  EXPECT_EQ(error_of(bob.read(carol, thief.pose_as(carol.device.identity(), "as carol"))),
            Error::unknown_prekey);
}

// [SES-8-4]
TEST(Attack, attack_H17_opk_race_of_two_first_messages) {
  for (const bool first_wins : {true, false}) {
    Party alice("alice", 1), bob("bob", 2), carol("carol", 3);
    ASSERT_TRUE(bob.make_prekeys());
    const auto bundle = *bob.bundle();
    const auto verified = *verify(bundle.keys);
    for (Party* caller : {&alice, &carol})
      ASSERT_TRUE(caller->device.connect(bob.address(), bundle.registration, verified, caller->tape,
                                         start));
    const auto hers = *alice.write(bob, "from alice"), other = *carol.write(bob, "from carol");
    auto rows = *bob.rows.share();
    auto twin = *Device::open(rows, storage_key());

    std::vector<std::uint8_t> a(hers.bytes.size()), b(other.bytes.size());
    TapeEntropy tape(9);
    auto one = bob.begin();
    auto two = *twin.begin();
    ASSERT_TRUE(one.decrypt(a, alice.address(), hers.kind, hers.bytes, bob.tape, start));
    ASSERT_TRUE(two.decrypt(b, carol.address(), other.kind, other.bytes, tape, start));
    ASSERT_TRUE(std::move(first_wins ? one : two).commit());
    const auto before = contents(bob.rows);
    EXPECT_EQ(error_of(std::move(first_wins ? two : one).commit()), Error::conflict);
    EXPECT_EQ(contents(bob.rows), before);

    // Tried again, the prekey is gone; the loser's peer is as unknown as before.
    EXPECT_EQ(error_of(bob.read(first_wins ? carol : alice, first_wins ? other : hers)),
              Error::unknown_prekey);
    EXPECT_EQ(bob.info(first_wins ? carol : alice)->epoch, 0U);
    EXPECT_EQ(contents(bob.rows), before);
    EXPECT_EQ(bob.begin().prekey_status(start)->one_time_left, 99U);
  }
}

TEST(Attack, attack_H20_opk_depletion_is_noticed_and_counted) {
  DeviceLimits limits;
  limits.prekeys.batch = 6;
  limits.prekeys.low_water = 3;
  limits.prekeys.max_last_resort = 4;
  Party bob("bob", 2, limits);
  Service service;
  service.sync(bob);
  std::uint64_t seed = 10;
  const auto reached_by_a_stranger = [&](const Bundle& bundle) {
    Party stranger("stranger" + std::to_string(seed), seed);
    ++seed;
    return reach(stranger, bob, bundle);
  };
  const auto status = [&] { return *bob.begin().prekey_status(bob.now, service.stock()); };

  // The mark, on both sides: drained by bundles that nobody uses, or by first messages.
  service.hand_out(2);
  EXPECT_EQ(reached_by_a_stranger(service.hand_out()), std::nullopt);
  EXPECT_FALSE(status().upload_due);
  service.hand_out(1);
  EXPECT_TRUE(status().upload_due);
  EXPECT_EQ(status().last_resort_used, 0U);
  EXPECT_EQ(service.sync(bob).one_time.size(), 4U);

  // With some that the server keeps back: each use of the last resort counts.
  Bundle without = service.hand_out();
  without.one_time.reset();
  for (std::uint32_t used = 1; used <= 4; ++used) {
    EXPECT_EQ(reached_by_a_stranger(without), std::nullopt);
    EXPECT_EQ(status().last_resort_used, used);
    EXPECT_EQ(status().rotate_due, used >= 2);
  }

  // Bounded, until rotation; with a one-time prekey there is no such bound.
  EXPECT_EQ(reached_by_a_stranger(without), Error::exhausted);
  EXPECT_EQ(reached_by_a_stranger(service.hand_out()), std::nullopt);
  EXPECT_TRUE(service.sync(bob).due);
  EXPECT_EQ(status().last_resort_used, 0U);
  without = service.hand_out();
  without.one_time.reset();
  EXPECT_EQ(reached_by_a_stranger(without), std::nullopt);
}

// [SES-5-8]
TEST(Attack, attack_H31_last_resort_filled_by_one_name) {
  DeviceLimits limits;
  limits.prekeys.max_last_resort = 20;
  limits.prekeys.max_last_resort_per_name = 3;
  Party bob("bob", 2, limits);
  Service service;
  service.sync(bob);
  Bundle without = service.hand_out();
  without.one_time.reset();
  std::size_t refused = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    // As many devices and identities as it likes, under one name.
    Party stranger("stranger", 100 + i);
    const auto error = reach(stranger, bob, without, static_cast<std::uint32_t>(i % 7));
    if (error == Error::exhausted || error == Error::identity_changed) ++refused;
  }
  EXPECT_EQ(refused, 47U);
  for (std::uint64_t i = 0; i < 10; ++i) {
    Party newcomer("newcomer" + std::to_string(i), 10 + i);
    EXPECT_EQ(reach(newcomer, bob, without), std::nullopt);
  }
}

// [SES-8-3, SES-8-6]
TEST(Attack, attack_H32_prekeys_handed_out_and_never_used) {
  DeviceLimits limits;
  limits.prekeys.batch = 10;
  Party bob("bob", 2, limits);
  Service service;
  for (int day = 0; day < 100; ++day) {
    service.sync(bob);
    ASSERT_EQ(service.one_time.size(), 10U) << day;
    ASSERT_LE(bob.begin().prekey_status(bob.now)->one_time_left, 100U);
    service.hand_out(10);
    bob.now += std::chrono::days(1);
  }
  service.sync(bob);
  Party newcomer("newcomer", 3);
  newcomer.now = bob.now;
  const Bundle bundle = service.hand_out();
  ASSERT_TRUE(bundle.one_time);
  EXPECT_EQ(reach(newcomer, bob, bundle), std::nullopt);
}

}  // namespace
}  // namespace sotto::session
