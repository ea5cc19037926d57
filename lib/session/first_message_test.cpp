// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "session/test_peers.hpp"
#include "wire/frame.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// `letter` with the first occurrence of `key` replaced.
template <class Role>
Letter with_key(Letter letter, const Public<Role, 32>& key, std::uint8_t first, std::uint8_t fill) {
  const auto found = std::ranges::search(letter.bytes, key.bytes());
  EXPECT_EQ(found.size(), 32U);
  std::ranges::fill(found, fill);
  found.front() = first;
  return letter;
}

/// Alice's first message, and Bob who has not seen it.
struct First : Two {
  explicit First(bool with_one_time = true, const SessionLimits& limits = {}) : Two(limits) {
    EXPECT_TRUE(alice.connect(bob, with_one_time));
    letter = alice.send("first");
  }
  [[nodiscard]] const EphemeralPublic& base_key() const { return alice.peer->current()->base_key; }
  Letter letter;
};

TEST(FirstMessage, begins_the_session) {
  // [SES-5-4, SES-5-5]
  for (const bool with_one_time : {true, false}) {
    First first(with_one_time);
    Person& bob = first.bob;
    const std::size_t drawn = bob.tape.drawn();
    const std::size_t had = bob.prekeys.one_times.size();
    ASSERT_EQ(bob.receive(first.letter), "first");
    EXPECT_EQ(bob.tape.drawn(), drawn + 32);
    EXPECT_TRUE(bob.last_opened.began_session);
    EXPECT_TRUE(bob.last_opened.first_identity);
    EXPECT_FALSE(bob.last_opened.changed_session);
    EXPECT_EQ(bob.last_opened.identity, first.alice.identity.public_key());
    EXPECT_EQ(bob.last_opened.consumed,
              with_one_time ? std::optional(OneTimePrekeyId{1}) : std::nullopt);
    ASSERT_TRUE(bob.last_consumed);
    EXPECT_EQ(bob.last_consumed->base_key, first.base_key());
    EXPECT_EQ(bob.last_consumed->signed_prekey, SignedPrekeyId{1});
    EXPECT_EQ(bob.last_consumed->one_time, bob.last_opened.consumed);
    EXPECT_EQ(bob.prekeys.one_times.size(), had - (with_one_time ? 1 : 0));
    EXPECT_EQ(bob.prekeys.used_keys.size(), with_one_time ? 0U : 1U);

    const Session& session = *bob.peer->current();
    EXPECT_EQ(session.base_key, first.base_key());
    EXPECT_EQ(session.registration, first.alice.registration);
    EXPECT_EQ(session.created, bob.now);
    EXPECT_FALSE(session.pending);
    EXPECT_FALSE(session.established);
    EXPECT_EQ(bob.peer->identity(), first.alice.identity.public_key());
    EXPECT_TRUE(bob.peer->info(bob.now).can_send);
    EXPECT_EQ(bob.peer->info(bob.now).registration, first.alice.registration);
    EXPECT_EQ(first.alice.receive(bob.send("answer")), "answer");
  }
}

TEST(FirstMessage, archives_the_session_before) {
  // [SES-5-4]
  Two two;
  two.settle();
  const EphemeralPublic before = two.bob.peer->current()->base_key;
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("again")));
  EXPECT_TRUE(two.bob.last_opened.began_session);
  EXPECT_TRUE(two.bob.last_opened.changed_session);
  EXPECT_FALSE(two.bob.last_opened.first_identity);
  ASSERT_EQ(two.bob.peer->archived_count(), 1U);
  EXPECT_EQ(two.bob.peer->archived(0).base_key, before);
  EXPECT_EQ(two.bob.peer->archived(0).archived, two.bob.now);
}

TEST(FirstMessage, id_zero_is_an_id) {
  First first(false);
  Person& bob = first.bob;
  bob.prekeys.one_times.clear();
  bob.prekeys.one_times.emplace(OneTimePrekeyId{0},
                                *OneTimePrekey::generate(OneTimePrekeyId{0}, bob.tape));
  ASSERT_TRUE(first.alice.connect(bob));
  ASSERT_EQ(bob.receive(first.alice.send("zero")), "zero");
  EXPECT_EQ(bob.last_opened.consumed, OneTimePrekeyId{0});
}

TEST(FirstMessage, the_first_and_the_last_number_are_numbers) {
  // Of signed prekeys too, and with or without a one-time prekey.
  for (const std::uint32_t id : {0U, 0xffffffffU})
    for (const bool with_one_time : {true, false}) {
      Two two;
      Person& bob = two.bob;
      bob.newest = SignedPrekeyId{id};
      bob.prekeys.signed_prekeys.clear();
      bob.prekeys.signed_prekeys.emplace(
          bob.newest, *SignedPrekey::generate(bob.newest, bob.identity, bob.tape));
      bob.prekeys.one_times.clear();
      bob.prekeys.one_times.emplace(OneTimePrekeyId{id},
                                    *OneTimePrekey::generate(OneTimePrekeyId{id}, bob.tape));
      ASSERT_TRUE(two.alice.connect(bob, with_one_time));
      const Letter first = two.alice.send("first");
      ASSERT_EQ(bob.receive(first), "first");
      EXPECT_EQ(bob.last_consumed->signed_prekey, SignedPrekeyId{id});
      EXPECT_EQ(bob.last_opened.consumed,
                with_one_time ? std::optional(OneTimePrekeyId{id}) : std::nullopt);
      EXPECT_EQ(two.alice.receive(bob.send("answer")), "answer");
      EXPECT_EQ(error_of(bob.receive(first)), Error::replayed);
    }
}

TEST(FirstMessage, only_version_3_begins_one) {
  First first;
  const auto parsed = wire::parse_prekey_message(first.letter.bytes);
  ASSERT_TRUE(parsed);
  Letter newer = first.letter;
  const auto inner =
      static_cast<std::size_t>(parsed->message.whole.data() - first.letter.bytes.data());
  newer.bytes[0] = newer.bytes[inner] = 0x44;
  // kem_prekey_id 1, kem_ciphertext of one byte
  for (const int byte : {0x38, 0x01, 0x42, 0x01, 0x08})
    newer.bytes.push_back(static_cast<std::uint8_t>(byte));
  ASSERT_TRUE(wire::parse_prekey_message(newer.bytes));
  EXPECT_EQ(error_of(first.bob.receive(newer)), Error::unsupported_version);
}

TEST(FirstMessage, is_refused_in_one_order) {
  // [SES-5-1], and when it opens [SES-5-7], [SES-1-3, SES-7-2]
  First first;
  Person carol(77);
  const IdentityPublic alice = first.alice.identity.public_key();
  const Letter weak_base = with_key(first.letter, first.base_key(), 0, 0);
  const Letter odd_base = with_key(first.letter, first.base_key(), 0xee, 0xff);

  // From himself, with keys of any kind.
  EXPECT_EQ(error_of(first.alice.receive(first.letter)), Error::own_identity);
  EXPECT_EQ(error_of(first.alice.receive(weak_base)), Error::own_identity);

  Person& bob = first.bob;
  EXPECT_EQ(error_of(bob.receive(weak_base)), Error::weak_key);
  EXPECT_EQ(error_of(bob.receive(odd_base)), Error::weak_key) << "not canonical";
  EXPECT_EQ(error_of(bob.receive(with_key(first.letter, alice, 1, 0))), Error::weak_key);
  EXPECT_EQ(bob.prekeys.asked, 0U) << "no prekey is looked up for any of these";
  Letter forged = first.letter;
  forged.bytes[forged.bytes.size() - 20] ^= 1;
  bob.prekeys.others = {alice};
  EXPECT_EQ(error_of(bob.receive(weak_base)), Error::weak_key) << "before identity_in_use";
  EXPECT_EQ(error_of(bob.receive(forged)), Error::authentication_failed)
      << "before identity_in_use";
  EXPECT_EQ(error_of(bob.receive(first.letter)), Error::identity_in_use);
  ASSERT_TRUE(bob.peer->accept_identity(bob.self(), carol.identity.public_key(), bob.prekeys));
  EXPECT_EQ(error_of(bob.receive(weak_base)), Error::weak_key) << "before identity_changed";
  EXPECT_EQ(error_of(bob.receive(forged)), Error::authentication_failed)
      << "before identity_changed";
  EXPECT_EQ(error_of(bob.receive(first.letter)), Error::identity_changed)
      << "before identity_in_use";
  EXPECT_EQ(bob.peer->identity(), carol.identity.public_key());
  const auto one_times = std::exchange(bob.prekeys.one_times, {}).size();
  EXPECT_EQ(one_times, 2U) << "nothing was consumed";
  EXPECT_EQ(error_of(bob.receive(first.letter)), Error::unknown_prekey) << "before both";
}

TEST(FirstMessage, a_weak_ratchet_key_begins_nothing) {
  First first;
  const auto parsed = wire::parse_prekey_message(first.letter.bytes);
  EXPECT_EQ(error_of(first.bob.receive(with_key(first.letter, parsed->message.ratchet_key, 0, 0))),
            Error::weak_key);
}

TEST(FirstMessage, repeated_until_answered_and_opened_on_its_session) {
  // [SES-5-2]: the prekeys may be gone, nothing is looked up.
  First first;
  std::vector<Letter> letters{first.letter};
  for (int i = 0; i < 4; ++i) letters.push_back(first.alice.send("more"));
  Person& bob = first.bob;
  ASSERT_EQ(bob.receive(letters[2]), "more") << "whichever comes first begins the session";
  bob.prekeys.signed_prekeys.clear();
  bob.prekeys.broken = Error::store_failed;
  const std::size_t asked = bob.prekeys.asked;
  EXPECT_EQ(bob.receive(letters[4]), "more");
  EXPECT_EQ(bob.receive(letters[0]), "first");
  EXPECT_FALSE(bob.last_opened.began_session);
  EXPECT_FALSE(bob.last_consumed);
  EXPECT_FALSE(bob.last_opened.consumed);
  EXPECT_EQ(error_of(bob.receive(letters[0])), Error::replayed);
  EXPECT_EQ(error_of(bob.receive(letters[2])), Error::replayed);
  EXPECT_EQ(bob.prekeys.asked, asked);
  EXPECT_EQ(bob.peer->archived_count(), 0U);
}

TEST(FirstMessage, a_known_base_key_is_tried_on_its_session_alone) {
  // [SES-5-2], also when that is archived; then it is the current one again [SES-4-4].
  First first;
  const Letter late = first.alice.send("late");
  ASSERT_TRUE(first.bob.receive(first.letter));
  const EphemeralPublic old = first.base_key();
  ASSERT_TRUE(first.alice.connect(first.bob));
  ASSERT_TRUE(first.bob.receive(first.alice.send("new")));
  EXPECT_NE(first.bob.peer->current()->base_key, old);

  // What the current session would open, in a message that names the archived one.
  const Letter current = first.alice.send("current");
  const EphemeralPublic base = first.base_key();
  Letter crossed = current;
  std::ranges::copy(old.bytes(), std::ranges::search(crossed.bytes, base.bytes()).begin());
  EXPECT_EQ(error_of(first.bob.receive(crossed)), Error::authentication_failed);

  EXPECT_EQ(first.bob.receive(late), "late");
  EXPECT_EQ(first.bob.peer->current()->base_key, old);
  EXPECT_TRUE(first.bob.last_opened.changed_session);
  EXPECT_FALSE(first.bob.last_opened.began_session);
  EXPECT_FALSE(first.bob.peer->current()->established);
}

TEST(FirstMessage, replays_begin_nothing) {
  // [SES-5-3]: with a one-time prekey it is gone, without one the base key is remembered.
  for (const bool with_one_time : {true, false}) {
    First first(with_one_time);
    ASSERT_TRUE(first.bob.receive(first.letter));
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), Error::replayed) << "by the session";
    first.bob.peer->erase_sessions();
    EXPECT_EQ(error_of(first.bob.receive(first.letter)),
              with_one_time ? Error::unknown_prekey : Error::replayed);
  }
}

TEST(FirstMessage, prekeys_are_looked_up_in_one_order) {
  // [SES-5-3]
  {
    First first(false);
    ASSERT_TRUE(first.bob.receive(first.letter));
    first.bob.peer->erase_sessions();
    first.bob.prekeys.signed_prekeys.clear();
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), Error::replayed)
        << "before the signed prekey";
  }
  {
    First first;
    first.bob.prekeys.used_keys = {Prekeys::use(SignedPrekeyId{1}, first.base_key())};
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), Error::replayed)
        << "whether it names a one-time prekey or not";
    first.bob.prekeys.used_keys = {Prekeys::use(SignedPrekeyId{2}, first.base_key())};
    EXPECT_TRUE(first.bob.receive(first.letter)) << "with another signed prekey";
  }
  {
    First first;
    first.bob.prekeys.signed_prekeys.clear();
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), Error::unknown_prekey);
    EXPECT_EQ(first.bob.prekeys.asked, 2U) << "no one-time prekey without a signed one";
  }
  {
    First first;
    first.bob.prekeys.one_times.clear();
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), Error::unknown_prekey);
    EXPECT_EQ(first.bob.prekeys.asked, 3U);
  }
  for (const Error broken : {Error::store_failed, Error::corrupted}) {
    First first;
    first.bob.prekeys.broken = broken;
    EXPECT_EQ(error_of(first.bob.receive(first.letter)), broken);
  }
}

TEST(FirstMessage, a_forged_one_leaves_nothing) {
  // [SES-5-4, SES-1-1]: no session, no identity, no prekey, nothing drawn (`Person` looks).
  First first;
  Person& bob = first.bob;
  const auto parsed = wire::parse_prekey_message(first.letter.bytes);
  const auto inner =
      static_cast<std::size_t>(parsed->message.whole.data() - first.letter.bytes.data());
  for (std::size_t i = inner; i < inner + parsed->message.whole.size(); ++i) {
    Letter forged = first.letter;
    forged.bytes[i] ^= 1;
    EXPECT_FALSE(bob.receive(forged)) << i;
  }
  EXPECT_EQ(error_of(bob.receive(with_key(first.letter, first.base_key(), 9, 0))),
            Error::authentication_failed)
      << "a good key, but not the one";
  EXPECT_FALSE(bob.peer->identity());
  EXPECT_FALSE(bob.peer->current());
  EXPECT_EQ(bob.prekeys.one_times.size(), 2U);
  EXPECT_EQ(bob.receive(first.letter), "first");
}

TEST(FirstMessage, randomness_that_fails_leaves_nothing) {
  // [SES-5-4]
  First first;
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(first.bob.receive(first.letter, failing)), Error::entropy_failed);
  EXPECT_FALSE(first.bob.peer->current());
  EXPECT_EQ(first.bob.receive(first.letter), "first");
}

TEST(FirstMessage, work_is_bounded) {
  // The jump of a first message is one like any other.
  for (const std::uint32_t limit : {5U, 4U}) {
    SessionLimits limits;
    limits.ratchet.max_forward_jump = limit;
    First first(true, limits);
    Letter letter;
    for (int i = 1; i <= 5; ++i) letter = first.alice.send("far");
    const auto opened = first.bob.receive(letter);
    if (limit == 5)
      EXPECT_EQ(opened, "far");
    else
      EXPECT_EQ(error_of(opened), Error::too_far_ahead);
  }
}

TEST(FirstMessage, last_resort_has_an_end) {
  // [SES-5-6]
  Two two;
  two.bob.prekeys.max_last_resort = 2;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_TRUE(two.bob.receive(two.alice.send("without")));
  }
  const Letter known = two.alice.send("known");
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  EXPECT_EQ(error_of(two.bob.receive(two.alice.send("third"))), Error::exhausted);
  EXPECT_EQ(two.bob.receive(known), "known") << "a session that is there goes on";
  ASSERT_TRUE(two.alice.connect(two.bob, true));
  EXPECT_EQ(two.bob.receive(two.alice.send("with")), "with")
      << "a one-time prekey needs no remembering";
  two.bob.rotate();
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  EXPECT_EQ(two.bob.receive(two.alice.send("rotated")), "rotated");
}

}  // namespace
}  // namespace sotto::session
