// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/trial.hpp"

#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Verdict, says_what_says_most) {
  // [SES-4-3]
  const Error order[] = {Error::replayed, Error::too_far_ahead, Error::too_large, Error::weak_key,
                         Error::authentication_failed};
  // A session was passed over [SES-4-6].
  for (const Error error : order) {
    Verdict verdict;
    EXPECT_TRUE(verdict.add(error));
    verdict.pass_over();
    EXPECT_EQ(verdict.error(), error == Error::authentication_failed ? Error::no_session : error);
  }
  EXPECT_EQ(Verdict().error(), Error::no_session);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      Verdict verdict;
      EXPECT_TRUE(verdict.add(order[i]));
      EXPECT_TRUE(verdict.add(order[j]));
      EXPECT_EQ(verdict.error(), order[std::min(i, j)]);
    }
  for (const Error ends :
       {Error::entropy_failed, Error::out_of_memory, Error::backend_unavailable, Error::malformed})
    EXPECT_FALSE(Verdict().add(ends)) << name(ends);
}

/// Bob with several sessions that Alice began, the oldest first; she still holds all of them.
struct Many {
  explicit Many(std::size_t count, const SessionLimits& limits = {}) : two(limits) {
    for (std::size_t i = 0; i < count; ++i) {
      alices.push_back(std::make_unique<Person>(1000, limits));
      // The same person on another tape: other base keys.
      alices.back()->tape = testing::TapeEntropy(5000 + i);
      EXPECT_TRUE(alices.back()->connect(two.bob, false));
      EXPECT_TRUE(two.bob.receive(alices.back()->send("begin")));
      EXPECT_TRUE(alices.back()->receive(two.bob.send("answer")));
    }
  }
  /// Brings a new ratchet key and jumps over `jump` numbers.
  Letter far(std::size_t i, int jump) {
    for (; jump > 0; --jump) static_cast<void>(alices[i]->send("skipped"));
    return alices[i]->send("far");
  }
  Two two;
  std::vector<std::unique_ptr<Person>> alices;
};

TEST(Trial, without_a_session_there_is_none) {
  // [SES-4-1]
  Two two;
  two.settle();
  const Letter letter = two.alice.send("a");
  two.bob.peer->erase_sessions();
  EXPECT_EQ(error_of(two.bob.receive(letter)), Error::no_session);
}

TEST(Trial, form_comes_before_sessions) {
  // [SES-4-1]
  Two two;
  two.settle();
  const Letter letter = two.alice.send("a");
  Person stranger(9);
  const auto decrypt = [&](MutableBytes out, MessageKind kind, Bytes message) {
    return error_of(stranger.peer->decrypt(stranger.self(), out, kind, message, stranger.prekeys,
                                           stranger.tape, stranger.now));
  };
  Buffer both = letter.bytes;
  Buffer out(letter.bytes.size());
  Buffer broken(letter.bytes.size(), 0x33);
  EXPECT_EQ(decrypt(MutableBytes(both).first(5), MessageKind::signal, both),
            Error::buffer_too_small);
  EXPECT_EQ(decrypt(both, MessageKind::signal, both), Error::buffers_overlap);
  EXPECT_EQ(decrypt(MutableBytes(out).first(out.size() - 1), MessageKind::signal, broken),
            Error::buffer_too_small);
  EXPECT_EQ(decrypt(out, MessageKind::signal, broken), Error::malformed);
  EXPECT_EQ(decrypt(out, MessageKind::prekey, broken), Error::malformed);
  EXPECT_EQ(decrypt(out, static_cast<MessageKind>(7), both), Error::malformed);
  Buffer newer = letter.bytes;
  newer[0] = 0x44;
  EXPECT_EQ(decrypt(out, MessageKind::signal, newer), Error::unsupported_version);
  EXPECT_EQ(decrypt(out, MessageKind::signal, letter.bytes), Error::no_session);
}

TEST(Trial, any_session_opens_and_the_newest_stays_the_current_one) {
  // [SES-4-1, SES-4-8, SES-4-10]: all but the newest were answered before the next one was begun.
  Many many(5);
  Peer& bob = *many.two.bob.peer;
  const EphemeralPublic newest = many.alices[4]->peer->current()->base_key;
  for (const std::size_t i : {0U, 4U, 2U, 2U, 1U, 3U}) {
    many.two.later(std::chrono::milliseconds(10));
    ASSERT_EQ(many.two.bob.receive(many.alices[i]->send("late")), "late");
    EXPECT_EQ(bob.current()->base_key, newest);
    EXPECT_EQ(bob.current()->archived, Instant{});
    EXPECT_FALSE(many.two.bob.last_opened.changed_session);
    EXPECT_FALSE(many.two.bob.last_opened.began_session);
    EXPECT_FALSE(many.two.bob.last_opened.first_identity);
    ASSERT_EQ(bob.archived_count(), 4U);
    for (std::size_t place = 0; place < 4; ++place)
      EXPECT_EQ(bob.archived(place).base_key, many.alices[3 - place]->peer->current()->base_key);
    ASSERT_EQ(many.alices[4]->receive(many.two.bob.send("there")), "there");
  }
}

TEST(Trial, order_and_work_are_bounded_together) {
  // [SES-4-1, SES-4-2]: a message that turns the ratchet costs its jump on every session before
  // its own, the current one first, then the archived ones from the newest. Four whole jumps are
  // worked for.
  constexpr std::uint32_t jump = 6;
  for (const std::uint32_t most : {5U, 6U, 7U, 8U, 9U}) {
    SessionLimits limits;
    limits.ratchet.max_forward_jump = most;
    for (std::size_t i = 0; i < 6; ++i) {
      Many many(6, limits);
      const auto trials = static_cast<std::uint32_t>(6 - i);  // number 5 is the current one
      const auto opened = many.two.bob.receive(many.far(i, jump));
      const std::uint32_t budget = 4 * most;
      if (jump <= most && trials * jump <= budget)
        EXPECT_EQ(opened, "far") << budget << ' ' << i;
      else
        EXPECT_EQ(error_of(opened), Error::too_far_ahead) << budget << ' ' << i;
    }
  }
}

TEST(Trial, a_known_chain_costs_other_sessions_nothing) {
  // [SES-4-1, SES-4-2]: with more sessions than four jumps reach, in the oldest of them.
  SessionLimits limits;
  limits.ratchet.max_forward_jump = 7;
  Many many(6, limits);
  ASSERT_EQ(many.two.bob.receive(many.far(0, 0)), "far");
  for (std::size_t i = 1; i < 6; ++i) {
    ASSERT_EQ(many.two.bob.receive(many.far(i, 0)), "far");
    static_cast<void>(many.two.bob.send("so that a turn is possible here"));
  }
  EXPECT_EQ(many.two.bob.receive(many.far(0, 6)), "far");  // number 7 of its chain
}

TEST(Trial, a_forger_moves_nobody_further_than_one_message_may) {
  // [SES-4-2] with the default limit, on the current session and on another.
  for (const bool archived : {false, true}) {
    Many many(archived ? 2 : 1);
    Person& alice = *many.alices[0];
    // A message of a chain that its session knows is tried on that session alone.
    ASSERT_EQ(many.two.bob.receive(alice.send("turn")), "turn");
    if (archived) {
      ASSERT_TRUE(many.two.bob.receive(many.alices[1]->send("the other")));
    }
    const std::uint32_t next = 1;
    const std::uint32_t reach = 25'000;
    Letter last;
    Buffer out(200);
    const Buffer plaintext{'x'};
    const auto send = [&] {
      const auto sent = alice.peer->encrypt(alice.self(), out, plaintext, alice.prekeys, alice.now);
      return Letter{sent->kind, Buffer(sent->bytes.begin(), sent->bytes.end())};
    };
    for (std::uint32_t n = next; n <= next + reach; ++n) last = send();
    const Letter beyond = send();
    EXPECT_EQ(error_of(many.two.bob.receive(beyond)), Error::too_far_ahead);
    EXPECT_EQ(many.two.bob.receive(last), "x");
    EXPECT_EQ(many.two.bob.receive(beyond), "x");
    EXPECT_EQ(many.two.bob.peer->info(many.two.bob.now).skipped_keys, 2'000U);
  }
}

TEST(Trial, the_error_is_the_one_that_says_most) {
  // [SES-4-3]
  Many many(3);
  Person& bob = many.two.bob;
  const Letter once = many.alices[0]->send("once");
  ASSERT_TRUE(bob.receive(once));
  ASSERT_TRUE(bob.receive(many.alices[2]->send("current")));
  EXPECT_EQ(error_of(bob.receive(once)), Error::replayed) << "only an archived one knows it";

  Letter forged = many.alices[1]->send("forged");
  forged.bytes.back() ^= 1;
  EXPECT_EQ(error_of(bob.receive(forged)), Error::authentication_failed);

  // A key of low order that no session knows.
  const auto parsed = wire::parse_signal_message(forged.bytes);
  Letter weak = forged;
  const auto at = std::ranges::search(weak.bytes, parsed->ratchet_key.bytes()).begin();
  std::ranges::fill(at, at + 32, std::uint8_t{0});
  EXPECT_EQ(error_of(bob.receive(weak)), Error::weak_key);

  // The first session can no longer pay for what only the last could open.
  SessionLimits limits;
  limits.ratchet.max_forward_jump = 7;
  Many few(5, limits);
  EXPECT_EQ(error_of(few.two.bob.receive(few.far(0, 7))), Error::too_far_ahead);
}

TEST(Trial, failures_of_ours_end_the_trials) {
  // [SES-4-3]: it opens on an archived session, and then there is no randomness.
  Many many(3);
  const Letter letter = many.alices[0]->send("a");
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(many.two.bob.receive(letter, failing)), Error::entropy_failed);
  EXPECT_EQ(many.two.bob.receive(letter), "a");
}

TEST(Trial, what_does_not_open_draws_nothing) {
  Many many(3);
  const std::size_t before = many.two.bob.tape.drawn();
  ASSERT_TRUE(many.two.bob.receive(many.alices[0]->send("a")));
  EXPECT_EQ(many.two.bob.tape.drawn(), before + 32) << "two trials failed their MAC";
}

TEST(Trial, what_the_first_answer_ends) {
  // [SES-4-4, SES-4-5]
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter first = two.alice.send("first");
  const Letter second = two.alice.send("second");
  ASSERT_TRUE(two.bob.receive(first));
  EXPECT_FALSE(two.bob.peer->current()->established);
  EXPECT_FALSE(two.bob.peer->current()->pending);
  ASSERT_TRUE(two.alice.receive(two.bob.send("answer")));
  EXPECT_TRUE(two.alice.peer->current()->established);
  EXPECT_FALSE(two.alice.peer->current()->pending);
  EXPECT_TRUE(two.alice.peer->info(two.alice.now).acknowledged);

  ASSERT_TRUE(two.bob.receive(second));
  EXPECT_FALSE(two.bob.peer->current()->established) << "a repetition answers nothing";
  ASSERT_TRUE(two.bob.receive(two.alice.send("third")));
  EXPECT_TRUE(two.bob.peer->current()->established);
}

TEST(Trial, simultaneous_initiation_converges) {
  for (const bool alice_first : {true, false}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.connect(two.alice));
    const Letter a = two.alice.send("a");
    const Letter b = two.bob.send("b");
    ASSERT_EQ(two.alice.receive(b), "b");
    ASSERT_EQ(two.bob.receive(a), "a");
    EXPECT_NE(two.alice.peer->current()->base_key, two.bob.peer->current()->base_key);
    Person& one = alice_first ? two.alice : two.bob;
    Person& other = alice_first ? two.bob : two.alice;
    ASSERT_EQ(other.receive(one.send("ping")), "ping");
    EXPECT_EQ(one.peer->current()->base_key, other.peer->current()->base_key);
    EXPECT_TRUE(other.last_opened.changed_session);
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(one.receive(other.send("pong")), "pong");
      ASSERT_EQ(other.receive(one.send("ping")), "ping");
      EXPECT_FALSE(other.last_opened.changed_session);
    }
    EXPECT_EQ(two.alice.send("a").kind, MessageKind::signal);
    EXPECT_EQ(one.peer->archived_count(), 1U);
  }
}

TEST(Trial, crossing_messages_all_open) {
  // Both go on sending on their own session for as long as their messages cross.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.connect(two.alice));
  for (int i = 0; i < 10; ++i) {
    const Letter a = two.alice.send("a");
    const Letter b = two.bob.send("b");
    ASSERT_EQ(two.alice.receive(b), "b");
    ASSERT_EQ(two.bob.receive(a), "a");
  }
  EXPECT_EQ(two.alice.peer->archived_count(), 1U);
  EXPECT_EQ(two.bob.peer->archived_count(), 1U);
}

}  // namespace
}  // namespace sotto::session
