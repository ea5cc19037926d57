// SPDX-License-Identifier: MIT OR Apache-2.0
/// Late and stolen messages of old sessions, against the session that is current.
#include <optional>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Attack, attack_S27_late_of_erased_session) {
  // Bob erases his sessions with Alice, forgets her, or only begins anew; one message of before is
  // late. Alice is started again in between.
  for (int how = 0; how < 3; ++how) {
    Pair pair;
    ASSERT_TRUE(pair.alice.make_prekeys());
    const Letter late = *pair.bob.write(pair.alice, "sent before");
    {
      auto tx = pair.bob.begin();
      if (how == 0) {
        ASSERT_TRUE(tx.erase_sessions(pair.alice.address()));
      } else if (how == 1) {
        ASSERT_TRUE(tx.forget(pair.alice.address()));
      }
      ASSERT_TRUE(std::move(tx).commit());
    }
    ASSERT_TRUE(pair.bob.connect(pair.alice));
    ASSERT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "I am back")), "I am back");
    ASSERT_EQ(pair.alice.read(pair.bob, late), "sent before");
    pair.alice.restart();
    for (int i = 0; i < 5; ++i)
      ASSERT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "an answer")), "an answer")
          << how << ' ' << i;
  }
}

TEST(Attack, attack_S27_late_of_erased_session_opens_once) {
  // What opens in an archived session is stored, though that session is not the current one.
  Pair pair;
  ASSERT_TRUE(pair.alice.make_prekeys());
  // The first one in its order: no key is set aside for it.
  const Letter next = *pair.bob.write(pair.alice, "next");
  const Letter one = *pair.bob.write(pair.alice, "one"), two = *pair.bob.write(pair.alice, "two");
  ASSERT_TRUE(pair.bob.connect(pair.alice));
  ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "anew")));
  ASSERT_EQ(pair.alice.read(pair.bob, next), "next");
  pair.alice.restart();
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, next)), Error::replayed);
  ASSERT_EQ(pair.alice.read(pair.bob, two), "two");
  pair.alice.restart();
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, two)), Error::replayed);
  ASSERT_EQ(pair.alice.read(pair.bob, one), "one");
  pair.alice.restart();
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, one)), Error::replayed);
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, two)), Error::replayed);
}

TEST(Attack, attack_S28_stolen_old_session_unanswered) {
  // The thief has the store of Alice, whose first message Bob never answered. Alice begins anew;
  // for fear of a thief she erases the old session, or she knows of none. Bob answers her.
  for (const bool erases : {true, false}) {
    struct {
      Party alice{"alice", 1};
      Party bob{"bob", 2};
    } pair;
    ASSERT_TRUE(pair.bob.make_prekeys());
    ASSERT_TRUE(pair.alice.connect(pair.bob));
    ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "first")));
    auto stolen = *pair.alice.rows.clone();
    Device thief = *Device::open(stolen, storage_key());
    if (erases) {
      auto tx = pair.alice.begin();
      ASSERT_TRUE(tx.erase_sessions(pair.bob.address()));
      ASSERT_TRUE(std::move(tx).commit());
    }
    ASSERT_TRUE(pair.alice.connect(pair.bob));
    ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "anew")));
    ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "an answer")));
    for (int i = 0; i < 10; ++i) {
      Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(6))};
      const auto sealed =
          thief.encrypt(letter.bytes, pair.bob.address(), bytes_of("me too"), start);
      letter.kind = sealed->kind;
      letter.bytes.resize(sealed->bytes.size());
      ASSERT_EQ(pair.bob.read(pair.alice, letter), "me too");
      const Letter secret = *pair.bob.write(pair.alice, "for Alice alone");
      std::vector<std::uint8_t> out(secret.bytes.size());
      EXPECT_TRUE(error_of(thief.decrypt(out, pair.bob.address(), secret.kind, secret.bytes,
                                         pair.alice.tape, start)));
      ASSERT_EQ(pair.alice.read(pair.bob, secret), "for Alice alone");
    }
  }
}

TEST(Attack, attack_S28_stolen_old_session_that_nobody_answered) {
  // Pinned: limit 27 of the threat model. The thief has the store of Bob, who never answered
  // Alice's first session; he is written to until she erases it.
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  ASSERT_TRUE(bob.read(alice, *alice.write(bob, "first")));
  auto stolen = *bob.rows.clone();
  Device thief = *Device::open(stolen, storage_key());
  ASSERT_TRUE(alice.connect(bob));
  ASSERT_TRUE(bob.read(alice, *alice.write(bob, "anew")));
  ASSERT_TRUE(alice.read(bob, *bob.write(alice, "an answer")));
  const auto thief_writes = [&] {
    Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(5))};
    const auto sealed = thief.encrypt(letter.bytes, alice.address(), bytes_of("it is"), start);
    letter.bytes.resize(sealed->bytes.size());
    return letter;
  };
  ASSERT_TRUE(alice.read(bob, thief_writes()));
  const Letter secret = *alice.write(bob, "for Bob alone");
  std::vector<std::uint8_t> out(secret.bytes.size());
  EXPECT_TRUE(thief.decrypt(out, alice.address(), secret.kind, secret.bytes, bob.tape, start));
  {
    auto tx = alice.begin();
    ASSERT_TRUE(tx.erase_sessions(bob.address()));
    ASSERT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(error_of(alice.read(bob, thief_writes())), Error::no_session);
}

TEST(Attack, attack_S28_stolen_old_session) {
  // The thief has Bob's store. Alice begins anew, or Bob does.
  for (const bool alice_begins : {true, false}) {
    Pair pair;
    ASSERT_TRUE(pair.alice.make_prekeys());
    auto stolen = *pair.bob.rows.clone();
    Device thief = *Device::open(stolen, storage_key());
    ASSERT_TRUE(pair.bob.make_prekeys()) << "a thief has those of before";
    const auto thief_writes = [&](std::string_view text) {
      Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(text.size()))};
      const auto sealed = thief.encrypt(letter.bytes, pair.alice.address(), bytes_of(text), start);
      letter.kind = sealed->kind;
      letter.bytes.resize(sealed->bytes.size());
      return letter;
    };
    const auto thief_reads = [&](const Letter& letter) {
      std::vector<std::uint8_t> out(letter.bytes.size());
      return error_of(thief.decrypt(out, pair.alice.address(), letter.kind, letter.bytes,
                                    pair.bob.tape, start));
    };
    if (alice_begins) {
      ASSERT_TRUE(pair.alice.connect(pair.bob));
    } else {
      ASSERT_TRUE(pair.bob.connect(pair.alice));
      ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "anew")));
    }
    for (int i = 0; i < 3; ++i) {
      // His messages open; no answer goes to him.
      ASSERT_EQ(pair.alice.read(pair.bob, thief_writes("it is me")), "it is me");
      const Letter secret = *pair.alice.write(pair.bob, "for Bob alone");
      EXPECT_TRUE(thief_reads(secret));
      EXPECT_EQ(pair.bob.read(pair.alice, secret), "for Bob alone");
      ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "yes")));
    }
    {
      auto tx = pair.alice.begin();
      ASSERT_TRUE(tx.erase_sessions(pair.bob.address()));
      ASSERT_TRUE(std::move(tx).commit());
    }
    ASSERT_TRUE(pair.alice.connect(pair.bob));
    EXPECT_EQ(error_of(pair.alice.read(pair.bob, thief_writes("me again"))),
              Error::authentication_failed);
    EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "anew")), "anew");
  }
}

}  // namespace
}  // namespace sotto::session
