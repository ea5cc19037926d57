// SPDX-License-Identifier: MIT OR Apache-2.0
/// Attacks on whose an identity is, on the clock, and on what a forgery may cost.
#include <algorithm>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

const Address mallory{"mallory", DeviceId{1}};

std::optional<Error> read_as(Party& to, const Address& from, const Letter& letter) {
  std::vector<std::uint8_t> out(letter.bytes.size());
  return error_of(to.device.decrypt(out, from, letter.kind, letter.bytes, to.tape, to.now));
}

Result<Letter> write_to(Party& from, const Address& to) {
  std::vector<std::uint8_t> out(max_message_size(2));
  const auto sent = from.device.encrypt(out, to, bytes_of("hi"), from.now);
  if (!sent) return std::unexpected(sent.error());
  return Letter{sent->kind, {sent->bytes.begin(), sent->bytes.end()}};
}

TEST(Attack, attack_S13_squatted_identity) {
  // Mallory uploads Bob's bundle as her own, and Alice meets her first.
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(alice.make_prekeys());
  ASSERT_TRUE(bob.make_prekeys());
  const auto bundle = *bob.bundle();
  ASSERT_TRUE(
      alice.device.connect(mallory, bundle.registration, *verify(bundle), alice.tape, alice.now));
  ASSERT_TRUE(write_to(alice, mallory));
  EXPECT_TRUE(alice.connect(bob)) << "Bob is locked out";
  ASSERT_TRUE(bob.connect(alice));
  EXPECT_EQ(alice.read(bob, *bob.write(alice, "hi alice")), "hi alice");
  EXPECT_EQ(bob.read(alice, *alice.write(bob, "hi bob")), "hi bob");
  EXPECT_EQ(error_of(write_to(alice, mallory)), Error::identity_in_use)
      << "Alice goes on to write to Mallory under Bob's key";
  auto tx = alice.begin();
  EXPECT_TRUE(tx.forget(mallory));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(bob.read(alice, *alice.write(bob, "still here")), "still here");
}

TEST(Attack, attack_S14_alarm_without_the_key) {
  // The server puts somebody's public key into a first message that it cannot seal: the person is
  // not told that Bob's identity changed, nor is anything kept of that key.
  Pair pair;
  Party eve("eve", 3);
  ASSERT_TRUE(pair.alice.make_prekeys());
  ASSERT_TRUE(pair.bob.connect(pair.alice));
  const auto genuine = *pair.bob.write(pair.alice, "new session");
  Letter forged = genuine;
  const auto at = std::ranges::search(forged.bytes, pair.bob.device.identity().bytes()).begin();
  std::ranges::copy(eve.device.identity().bytes(), at);
  const auto before = contents(pair.alice.rows);
  EXPECT_EQ(read_as(pair.alice, pair.bob.address(), forged), Error::authentication_failed);
  EXPECT_EQ(*pair.alice.device.offered_identity(pair.bob.address()), std::nullopt);
  EXPECT_EQ(read_as(pair.alice, mallory, forged), Error::authentication_failed);
  EXPECT_EQ(contents(pair.alice.rows), before);
  EXPECT_EQ(pair.alice.read(pair.bob, genuine), "new session");
}

TEST(Attack, attack_S15_wrong_clock) {
  // Bob's clock shows another year for one message, by which a session is archived that a thief
  // has. The session ends all the same, `max_archived_age` after the clock is believed.
  for (const auto wrong : {std::chrono::days(365 * 5), -std::chrono::days(365 * 5)}) {
    Pair pair;
    auto stolen = *pair.alice.rows.clone();
    Party thief("alice", 7);
    thief.device = *Device::open(stolen, storage_key());
    ASSERT_TRUE(pair.alice.connect(pair.bob));
    const auto renewing = *pair.alice.write(pair.bob, "new session");
    pair.bob.now = start + wrong;
    ASSERT_EQ(pair.bob.read(pair.alice, renewing), "new session");
    for (const int day : {0, 2}) {
      pair.bob.now = start + std::chrono::days(day);
      ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "at the right time")));
    }
    for (const int day : {2 + 30, 365, 2 + 30 + 400}) {
      pair.bob.now = start + std::chrono::days(day);
      EXPECT_EQ(read_as(pair.bob, pair.alice.address(), *thief.write(pair.bob, "forged")),
                Error::no_session)
          << day;
    }
    ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "and it is erased")));
    for (const int day : {500, 1'000, 5'000}) {
      pair.bob.now = start + std::chrono::days(day);
      EXPECT_EQ(read_as(pair.bob, pair.alice.address(), *thief.write(pair.bob, "forged")),
                Error::authentication_failed)
          << day;
    }
  }
}

TEST(Attack, attack_S15_wrong_clock_calls_nothing_a_forgery) {
  // Alice writes; Bob, whose clock is wrong once, connects anew, or reads. Whatever becomes of her
  // message, it is not acknowledged as worthless or doubtful, and by more than a year it is read.
  for (const bool at_connect : {false, true})
    for (const int wrong : {-20'000, -40, 40, 20'000}) {
      Pair pair;
      ASSERT_TRUE(pair.alice.make_prekeys());
      const auto letter = *pair.alice.write(pair.bob, "on its way");
      pair.bob.now = start + std::chrono::days(at_connect ? wrong : 0);
      ASSERT_TRUE(pair.bob.connect(pair.alice));
      pair.bob.now = start + std::chrono::days(at_connect ? 0 : wrong);
      const auto read = pair.bob.read(pair.alice, letter);
      const bool is_past = wrong == (at_connect ? -40 : 40);
      EXPECT_EQ(error_of(read), is_past ? std::optional(Error::no_session) : std::nullopt)
          << at_connect << ' ' << wrong;
      EXPECT_TRUE(read || unopened(read.error()) > Unopened::doubtful);
      pair.bob.now = start;
      if (is_past && !at_connect) {
        EXPECT_EQ(pair.bob.read(pair.alice, letter), "on its way");
      }
    }
}

TEST(Attack, attack_S15_wrong_clock_costs_little) {
  for (const int years : {1, 20}) {
    Pair pair;
    std::vector<Letter> late;
    for (int i = 0; i < 40; ++i) late.push_back(*pair.alice.write(pair.bob, "late"));
    ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "here")));
    for (const auto wrong : {std::chrono::days(365 * years), -std::chrono::days(365 * years)}) {
      pair.bob.now = start + wrong;
      ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "at a wrong time")));
      pair.bob.now = start + std::chrono::minutes(1);
      ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "at the right time")));
    }
    std::size_t opened = 0;
    for (const Letter& letter : late) opened += pair.bob.read(pair.alice, letter) ? 1U : 0U;
    EXPECT_EQ(opened, years == 1 ? 40U - 16U : 40U) << "nobody is idle for twenty years";
  }
}

TEST(Attack, attack_S15_wrong_clock_for_days) {
  // Bob's machine is in 1970 for a week, and goes on. Then it has its time.
  Pair pair;
  std::vector<Letter> late;
  for (int i = 0; i < 40; ++i) late.push_back(*pair.alice.write(pair.bob, "late"));
  const auto old_session = *pair.alice.write(pair.bob, "in the old session");
  ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "here")));
  ASSERT_TRUE(pair.alice.connect(pair.bob));
  ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "new session")));
  ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "answer")));
  for (int day = 0; day < 7; ++day) {
    pair.bob.now = Instant(std::chrono::days(day));
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "in 1970")));
  }
  for (const int day : {7, 8, 9}) {
    pair.bob.now = start + std::chrono::days(day);
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "now")));
  }
  EXPECT_EQ(pair.bob.read(pair.alice, old_session), "in the old session");
  for (const Letter& letter : late) EXPECT_EQ(pair.bob.read(pair.alice, letter), "late");
}

TEST(Attack, attack_S16_long_forgery) {
  // [SES-4-7, SES-3-6]: the longest message that is looked at, forged, with a new ratchet key: it
  // is authenticated on four sessions, however many there are; one of a tenth on all.
  DeviceLimits limits;
  limits.sessions.max_message_bytes = 20'000;
  Party bob("bob", 2, limits);
  ASSERT_TRUE(bob.make_prekeys());
  std::vector<std::unique_ptr<Party>> alices;
  for (std::uint64_t i = 0; i < 6; ++i) {
    // One person, whose device is set up again and again with the same identity.
    alices.push_back(std::make_unique<Party>("alice", 1, limits));
    Party& alice = *alices.back();
    alice.tape = testing::TapeEntropy(100 + i);
    ASSERT_TRUE(alice.connect(bob));
    ASSERT_TRUE(bob.read(alice, *alice.write(bob, "begin")));
    ASSERT_TRUE(alice.read(bob, *bob.write(alice, "answer")));
  }
  // Each brings a new ratchet key. Which sessions are within reach: the first four.
  const std::string text(19'000, 'x');
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(error_of(bob.read(*alices[i], *alices[i]->write(bob, text))), Error::too_large) << i;
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(bob.read(*alices[i], *alices[i]->write(bob, "short")), "short") << i;

  const std::string long_text(20'000, 'x');
  EXPECT_EQ(error_of(bob.write(*alices[0], long_text)), Error::too_large);
  const Letter endless{MessageKind::signal, std::vector<std::uint8_t>(20'001, 0x33)};
  EXPECT_EQ(error_of(bob.read(*alices[0], endless)), Error::too_large);
}

TEST(Attack, attack_S17_shared_identity_reflected) {
  // Linked devices share an identity key, so no name in a MAC tells them apart. The server sends
  // the phone back what it wrote to the tablet, and gives it its own bundle as the tablet's.
  DeviceLimits limits;
  limits.shared_identity_name = "ann";
  Party phone("ann", 1), tablet("ann", 2);
  MemoryStore phone_rows = *MemoryStore::create(), tablet_rows = *MemoryStore::create();
  testing::TapeEntropy tape(50);
  const auto identity = *IdentityKeyPair::generate(tape);
  phone.device =
      *Device::create(phone_rows, storage_key(), identity, DeviceId{1}, RegistrationId{1}, limits);
  tablet.device =
      *Device::create(tablet_rows, storage_key(), identity, DeviceId{2}, RegistrationId{2}, limits);
  ASSERT_TRUE(phone.make_prekeys());
  ASSERT_TRUE(tablet.make_prekeys());
  const Address to_phone{"ann", DeviceId{1}}, to_tablet{"ann", DeviceId{2}};

  const auto own = *phone.bundle();
  EXPECT_EQ(error_of(phone.device.connect(to_tablet, own.registration, *verify(own.keys),
                                          phone.tape, start)),
            Error::own_identity);
  // Nobody signed the id.
  auto renumbered = own;
  renumbered.keys.signed_prekey_id = SignedPrekeyId{99};
  EXPECT_EQ(error_of(phone.device.connect(to_tablet, renumbered.registration,
                                          *verify(renumbered.keys), phone.tape, start)),
            Error::own_identity);
  const auto theirs = *tablet.bundle();
  ASSERT_TRUE(phone.device.connect(to_tablet, theirs.registration, *verify(theirs.keys), phone.tape,
                                   start));
  const auto first = *write_to(phone, to_tablet);
  const auto refused = [&](Party& who, const Address& as, const Letter& letter) {
    const auto error = read_as(who, as, letter);
    EXPECT_TRUE(error.has_value()) << "a device took its own message for another's";
    return error;
  };
  EXPECT_EQ(refused(phone, to_tablet, first), Error::authentication_failed);
  refused(phone, {"ann", DeviceId{3}}, first);
  EXPECT_EQ(refused(phone, to_phone, first), Error::own_identity);
  EXPECT_EQ(refused(phone, {"eve", DeviceId{2}}, first), Error::own_identity);
  ASSERT_EQ(read_as(tablet, to_phone, first), std::nullopt);
  const auto answer = *write_to(tablet, to_phone);
  EXPECT_EQ(refused(tablet, to_phone, answer), Error::authentication_failed);
  ASSERT_EQ(read_as(phone, to_tablet, answer), std::nullopt);
  const auto later = *write_to(phone, to_tablet);
  EXPECT_EQ(refused(phone, to_tablet, later), Error::authentication_failed);
  EXPECT_EQ(read_as(tablet, to_phone, later), std::nullopt);

  // Pinned: once the signed prekey is destroyed, nothing tells the phone that the bundle was its
  // own. What it seals for it nobody opens.
  for (int i = 0; i < 3; ++i) {
    phone.now += std::chrono::days(60);
    ASSERT_TRUE(phone.make_prekeys());
  }
  const Address new_tablet{"ann", DeviceId{4}};
  ASSERT_TRUE(
      phone.device.connect(new_tablet, own.registration, *verify(own.keys), phone.tape, phone.now));
  const auto lost = *write_to(phone, new_tablet);
  refused(phone, new_tablet, lost);
  refused(tablet, to_phone, lost);
}

/// Bob writes to Alice, who knows nobody; the server delivers the first message as Mallory's.
struct Muted {
  Party alice{"alice", 1}, bob{"bob", 2};
  std::vector<Letter> letters;

  explicit Muted(bool with_one_time, const Address& as = mallory) {
    EXPECT_TRUE(alice.make_prekeys());
    EXPECT_TRUE(bob.connect(alice, with_one_time));
    for (int i = 0; i < 4; ++i) letters.push_back(*bob.write(alice, "hi"));
    EXPECT_EQ(read_as(alice, as, letters[0]), std::nullopt);
  }
  std::optional<Error> of_bob(const Letter& letter) {
    return read_as(alice, bob.address(), letter);
  }
};

// [SES-5-9]
TEST(Attack, attack_H33_muted_by_a_message_under_another_name) {
  for (const bool with_one_time : {false, true}) {
    Muted world(with_one_time);
    Letter forged = world.letters[1];
    const Bytes inside = wire::parse_prekey_message(forged.bytes)->message.whole;
    const auto end = static_cast<std::size_t>(inside.data() - forged.bytes.data()) + inside.size();
    forged.bytes[end - 1] ^= 1;  // of the MAC
    const auto before = contents(world.alice.rows);
    EXPECT_EQ(world.of_bob(forged), Error::unknown_prekey) << "a forger raises no alarm";
    EXPECT_EQ(*world.alice.device.offered_identity(world.bob.address()), std::nullopt);
    EXPECT_EQ(world.of_bob(world.letters[1]), Error::identity_in_use);
    EXPECT_EQ(contents(world.alice.rows), before);
    EXPECT_EQ(*world.alice.device.offered_identity(world.bob.address()),
              world.bob.device.identity());
    EXPECT_EQ(world.of_bob(world.letters[0]), Error::unknown_prekey) << "it was opened there";

    // The person learns that Mallory is Bob: what was kept opens.
    auto tx = world.alice.begin();
    ASSERT_EQ(tx.rename_account("mallory", "bob"), 1U);
    ASSERT_TRUE(std::move(tx).commit());
    for (std::size_t i = 1; i < 4; ++i)
      EXPECT_EQ(world.of_bob(world.letters[i]), std::nullopt) << i;
  }
}

// [SES-5-3]
TEST(Attack, attack_H33_muted_by_a_message_under_another_name_that_was_forgotten) {
  for (const bool with_one_time : {false, true}) {
    Muted world(with_one_time);
    auto tx = world.alice.begin();
    ASSERT_EQ(tx.forget_account("mallory"), 1U);
    ASSERT_TRUE(std::move(tx).commit());
    for (const Letter& letter : world.letters)
      EXPECT_EQ(world.of_bob(letter), Error::unknown_prekey) << "not worthless, though it is gone";
    EXPECT_EQ(read_as(world.alice, mallory, world.letters[1]),
              with_one_time ? Error::unknown_prekey : Error::replayed);
    ASSERT_TRUE(world.bob.make_prekeys());
    EXPECT_TRUE(world.alice.connect(world.bob)) << "so Bob is asked to send again";
  }
}

TEST(Attack, attack_H33_muted_by_a_message_under_another_name_and_device_number) {
  for (const bool with_one_time : {false, true}) {
    Muted world(with_one_time, {"mallory", DeviceId{7}});
    EXPECT_EQ(world.of_bob(world.letters[1]), Error::unknown_prekey);
    ASSERT_TRUE(world.bob.make_prekeys());
    EXPECT_EQ(error_of(world.alice.connect(world.bob)), Error::identity_in_use);
  }
}

// Of somebody known who has a new device, it is the change of identity that people are told of.
TEST(Attack, attack_H33_muted_by_a_message_under_another_name_of_a_new_device) {
  for (const bool with_one_time : {false, true}) {
    Pair pair;
    ASSERT_TRUE(pair.alice.make_prekeys());
    Party anew("bob", 8);
    ASSERT_TRUE(anew.connect(pair.alice, with_one_time));
    const Letter one = *anew.write(pair.alice, "one"), two = *anew.write(pair.alice, "two");
    ASSERT_EQ(read_as(pair.alice, mallory, one), std::nullopt);
    EXPECT_EQ(read_as(pair.alice, pair.bob.address(), two), Error::identity_changed);
  }
}

}  // namespace
}  // namespace sotto::session
