// SPDX-License-Identifier: MIT OR Apache-2.0
/// Genuine messages that the service hands out under the other kind. Nothing authenticates the
/// kind: a message is refused under the wrong one, and opens under its own as if nothing had been.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/wire.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

Letter under_the_other_kind(Letter letter) {
  letter.kind = letter.kind == MessageKind::prekey ? MessageKind::signal : MessageKind::prekey;
  return letter;
}

/// `letter` is refused under the other kind, which changes nothing and writes nothing; then it
/// opens, once.
void expect_its_own_kind_alone(Party& from, Party& to, const Letter& letter,
                               std::string_view text) {
  const Letter wrong = under_the_other_kind(letter);
  const auto before = contents(to.rows);
  const std::size_t drawn = to.tape.drawn();
  std::vector<std::uint8_t> out(letter.bytes.size(), 0xee);
  EXPECT_EQ(
      error_of(to.device.decrypt(out, from.address(), wrong.kind, wrong.bytes, to.tape, to.now)),
      Error::malformed);
  EXPECT_EQ(out, std::vector<std::uint8_t>(out.size(), 0xee));
  EXPECT_EQ(contents(to.rows), before);
  EXPECT_EQ(to.tape.drawn(), drawn);
  EXPECT_EQ(to.read(from, letter), text);
  EXPECT_EQ(error_of(to.read(from, letter)), Error::replayed);
  EXPECT_EQ(error_of(to.read(from, wrong)), Error::malformed) << "nor afterwards";
}

TEST(Kind, of_a_message_is_the_one_that_opens_it) {
  for (const bool with_one_time : {true, false}) {
    Party alice("alice", 1), bob("bob", 2);
    ASSERT_TRUE(bob.make_prekeys());
    ASSERT_TRUE(alice.connect(bob, with_one_time));
    const Letter first = *alice.write(bob, "first"), second = *alice.write(bob, "second");
    ASSERT_EQ(second.kind, MessageKind::prekey);
    expect_its_own_kind_alone(alice, bob, first, "first");
    expect_its_own_kind_alone(alice, bob, second, "second");
    const Letter answer = *bob.write(alice, "answer");
    ASSERT_EQ(answer.kind, MessageKind::signal);
    expect_its_own_kind_alone(bob, alice, answer, "answer");
    const Letter late = *alice.write(bob, "late"), next = *alice.write(bob, "next");
    ASSERT_EQ(next.kind, MessageKind::signal);
    expect_its_own_kind_alone(alice, bob, next, "next");
    expect_its_own_kind_alone(alice, bob, late, "late");
  }
}

/// By its size a message may look like anything: each length of text, hence each of the fields.
TEST(Kind, of_a_message_of_any_size_is_told_by_its_fields) {
  Pair pair;
  Party carol("carol", 5);
  ASSERT_TRUE(carol.connect(pair.bob));
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string text(size, 'x');
    for (Party* const from : {&pair.alice, &carol}) {
      const Letter letter = *from->write(pair.bob, text);
      EXPECT_EQ(letter.kind, from == &carol ? MessageKind::prekey : MessageKind::signal);
      EXPECT_EQ(error_of(pair.bob.read(*from, under_the_other_kind(letter))), Error::malformed)
          << size;
    }
  }
}

/// A service that takes a first message out of its wrapping has a genuine SignalMessage, which the
/// session opens once it has begun, and no sooner.
TEST(Kind, of_what_is_inside_a_first_message_is_its_own) {
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  const auto inside = [](const Letter& letter) {
    const Bytes bytes = wire::parse_prekey_message(letter.bytes)->message.whole;
    return Letter{MessageKind::signal, {bytes.begin(), bytes.end()}};
  };
  const Letter first = *alice.write(bob, "first"), second = *alice.write(bob, "second");
  const auto before = contents(bob.rows);
  EXPECT_EQ(error_of(bob.read(alice, inside(first))), Error::no_session);
  EXPECT_EQ(error_of(bob.read(alice, under_the_other_kind(inside(first)))), Error::malformed);
  EXPECT_EQ(contents(bob.rows), before);
  EXPECT_EQ(bob.read(alice, first), "first");
  EXPECT_EQ(error_of(bob.read(alice, inside(first))), Error::replayed);
  EXPECT_EQ(bob.read(alice, inside(second)), "second");
  EXPECT_EQ(error_of(bob.read(alice, second)), Error::replayed);
}

}  // namespace
}  // namespace sotto::session
