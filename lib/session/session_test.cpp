// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/session.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

constexpr std::string_view text = "sixteen bytes ok";

/// One side's session with the other, by hand.
struct Ends : Two {
  Ends() { settle(); }
  Session& at_bob() { return const_cast<Session&>(*bob.peer->current()); }

  Result<MutableBytes> open(const Letter& letter, std::uint32_t& steps) {
    const auto parsed = wire::parse_signal_message(letter.bytes);
    EXPECT_TRUE(parsed);
    out.assign(letter.bytes.size(), 0xa5);
    Budget left{steps, 10 * letter.bytes.size()};
    const auto opened = at_bob().decrypt(out, *parsed, bob.tape, bob.now, left);
    steps = left.steps;
    return opened;
  }
  Buffer out;
};

TEST(Session, a_pending_one_repeats_what_begins_it) {
  // [SES-3-3]
  for (const bool with_one_time : {true, false}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob, with_one_time));
    for (std::uint32_t n = 0; n < 3; ++n) {
      const Letter letter = two.alice.send(text);
      ASSERT_EQ(letter.kind, MessageKind::prekey);
      EXPECT_EQ(letter.bytes[0], 0x33);
      const auto parsed = wire::parse_prekey_message(letter.bytes);
      ASSERT_TRUE(parsed);
      EXPECT_EQ(parsed->registration, two.alice.registration);
      EXPECT_EQ(parsed->identity, two.alice.identity.public_key());
      EXPECT_EQ(parsed->base_key, two.alice.peer->current()->base_key);
      EXPECT_EQ(parsed->signed_prekey_id, SignedPrekeyId{1});
      EXPECT_EQ(parsed->one_time_prekey_id,
                with_one_time ? std::optional(OneTimePrekeyId{1}) : std::nullopt);
      EXPECT_FALSE(parsed->kem_prekey_id);
      EXPECT_EQ(parsed->message.counter, n);
      EXPECT_EQ(parsed->message.whole[0], 0x33);
      ASSERT_EQ(two.bob.receive(letter), text);
    }
    ASSERT_EQ(two.alice.receive(two.bob.send(text)), text);
    EXPECT_EQ(two.alice.send(text).kind, MessageKind::signal);
    EXPECT_EQ(two.bob.send(text).kind, MessageKind::signal);
  }
}

TEST(Session, the_same_state_gives_the_same_bytes) {
  // Nothing is drawn to encrypt [SES-3-4].
  Two one;
  Two other;
  one.settle();
  other.settle();
  const std::size_t drawn = one.alice.tape.drawn();
  EXPECT_EQ(one.alice.send(text).bytes, other.alice.send(text).bytes);
  EXPECT_EQ(one.alice.tape.drawn(), drawn);
}

TEST(Session, no_number_is_spent_on_a_buffer_that_does_not_serve) {
  for (const bool answered : {false, true}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob));
    if (answered) {
      ASSERT_TRUE(two.bob.receive(two.alice.send("a")));
      ASSERT_TRUE(two.alice.receive(two.bob.send("b")));
    }
    // Numbers of one byte and of two.
    for (int i = 0; i < 130; ++i) {
      const std::string plaintext(static_cast<std::size_t>(i), 'x');
      const Bytes bytes(reinterpret_cast<const std::uint8_t*>(plaintext.data()), plaintext.size());
      Session& session = const_cast<Session&>(*two.alice.peer->current());
      Buffer probe(max_message_size(bytes.size()));
      const Buffer before = state_of(*two.alice.peer);

      Buffer both(bytes.begin(), bytes.end());
      both.resize(2000);
      if (i > 0) {
        EXPECT_EQ(error_of(session.encrypt(two.alice.self(), both, Bytes(both).first(bytes.size()),
                                           2000)),
                  Error::buffers_overlap);
      }
      // The least that does is found from below, and the number is the one that was next.
      std::size_t size = bytes.size();
      for (;; ++size) {
        const auto sent =
            session.encrypt(two.alice.self(), MutableBytes(probe).first(size), bytes, 2000);
        if (sent) {
          EXPECT_EQ(sent->bytes.size(), size) << "room that is not used was asked for";
          break;
        }
        ASSERT_EQ(sent.error(), Error::buffer_too_small);
        ASSERT_EQ(state_of(*two.alice.peer), before);
        ASSERT_LT(size, probe.size());
      }
      EXPECT_EQ(answered ? wire::parse_signal_message(Bytes(probe).first(size))->counter
                         : wire::parse_prekey_message(Bytes(probe).first(size))->message.counter,
                static_cast<std::uint32_t>(i))
          << "a failure spent a number";
    }
  }
}

TEST(Session, what_no_reader_takes_is_not_sealed) {
  SessionLimits limits;
  limits.max_message_bytes = SIZE_MAX;
  Two two(limits);
  two.settle();
  const Buffer plaintext(wire::max_message_bytes);
  Buffer out(max_message_size(plaintext.size()));
  const Buffer before = state_of(*two.alice.peer);
  EXPECT_EQ(error_of(two.alice.peer->encrypt(two.alice.self(), out, plaintext, two.alice.prekeys,
                                             two.alice.now)),
            Error::too_large);
  EXPECT_EQ(state_of(*two.alice.peer), before);
}

TEST(Session, any_bit_changed_does_not_open) {
  Ends ends;
  const Letter letter = ends.alice.send(text);
  for (std::size_t i = 0; i < letter.bytes.size() * 8; ++i) {
    Letter changed = letter;
    changed.bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_FALSE(ends.bob.receive(changed)) << "bit " << i;
  }
  EXPECT_EQ(ends.bob.receive(letter), text);
}

TEST(Session, nobody_opens_what_he_sent) {
  Ends ends;
  const Letter letter = ends.alice.send(text);
  EXPECT_EQ(error_of(ends.alice.receive(letter)), Error::authentication_failed);
}

TEST(Session, only_version_3_opens) {
  Ends ends;
  Letter letter = ends.alice.send(text);
  letter.bytes[0] = 0x44;
  EXPECT_EQ(error_of(ends.bob.receive(letter)), Error::unsupported_version);
  std::uint32_t steps = 100;
  EXPECT_EQ(error_of(ends.open(letter, steps)), Error::unsupported_version);
}

TEST(Session, steps_are_counted_and_bounded) {
  // [SES-4-2]
  Ends ends;
  std::vector<Letter> letters;
  for (int i = 0; i < 12; ++i) letters.push_back(ends.alice.send(text));

  std::uint32_t steps = 9;
  EXPECT_EQ(error_of(ends.open(letters[10], steps)), Error::too_far_ahead);
  EXPECT_EQ(steps, 9U) << "what is refused before its first step takes none";

  Letter forged = letters[10];
  forged.bytes.back() ^= 1;
  steps = 25;
  EXPECT_EQ(error_of(ends.open(forged, steps)), Error::authentication_failed);
  EXPECT_EQ(steps, 15U) << "a trial that fails its MAC takes its jump";

  steps = 10;
  EXPECT_TRUE(ends.open(letters[10], steps));
  EXPECT_EQ(steps, 0U);
  EXPECT_TRUE(ends.open(letters[3], steps)) << "a late message jumps over nothing";
  EXPECT_TRUE(ends.open(letters[11], steps)) << "nor does the next one";
  EXPECT_EQ(error_of(ends.open(letters[3], steps)), Error::replayed);
}

TEST(Session, a_turn_jumps_from_nought) {
  // [SES-4-2] with a message that turns the ratchet: all numbers before it are its jump.
  Ends ends;
  ASSERT_TRUE(ends.alice.receive(ends.bob.send("turn")));
  std::vector<Letter> letters;
  for (int i = 0; i < 5; ++i) letters.push_back(ends.alice.send(text));
  std::uint32_t steps = 3;
  EXPECT_EQ(error_of(ends.open(letters[4], steps)), Error::too_far_ahead);
  steps = 4;
  EXPECT_TRUE(ends.open(letters[4], steps));
  EXPECT_EQ(steps, 0U);
}

TEST(Session, randomness_that_fails_leaves_nothing) {
  Ends ends;
  ASSERT_TRUE(ends.alice.receive(ends.bob.send("turn")));
  const Letter letter = ends.alice.send(text);
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(ends.bob.receive(letter, failing)), Error::entropy_failed);
  const std::size_t drawn = ends.bob.tape.drawn();
  EXPECT_EQ(ends.bob.receive(letter), text);
  EXPECT_EQ(ends.bob.tape.drawn(), drawn + 32);
  const Letter next = ends.alice.send(text);
  EXPECT_EQ(ends.bob.receive(next), text);
  EXPECT_EQ(ends.bob.tape.drawn(), drawn + 32) << "no turn, no draw";
}

}  // namespace
}  // namespace sotto::session
