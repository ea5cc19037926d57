// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whose an identity is: proved, freed, forgotten, and under another name.
#include <gtest/gtest.h>

#include "session/test_devices.hpp"
#include "session/test_names.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

Result<void> connect_as(Party& who, const Address& name, Party& whose) {
  const auto bundle = whose.bundle();
  return who.device.connect(name, bundle->registration, *verify(*bundle), who.tape, who.now);
}

Result<std::size_t> forget(Party& who, const Address& name) {
  auto tx = who.begin();
  const auto forgotten = tx.forget(name);
  if (forgotten) {
    EXPECT_TRUE(std::move(tx).commit());
  }
  return forgotten;
}

std::optional<Error> send_to(Party& who, const Address& name) {
  std::vector<std::uint8_t> out(max_message_size(2));
  return error_of(who.device.encrypt(out, name, bytes_of("hi"), who.now));
}

bool is_proved(Party& who, const Address& name) {
  return who.begin().info(name, who.now)->identity_proved;
}

std::size_t rows_of(Party& who, char letter) {
  std::size_t count = 0;
  const std::string first = letter == 'I' ? "49" : letter == 'S' ? "53" : "4b";
  for (const auto& [key, value] : contents(who.rows)) count += key.substr(0, 2) == first ? 1U : 0U;
  return count;
}

const Address mallory{"mallory", DeviceId{1}};

TEST(Names, a_bundle_binds_nothing_until_it_is_answered) {
  // [SES-1-3]
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  EXPECT_EQ(rows_of(alice, 'I'), 0U);
  EXPECT_FALSE(is_proved(alice, bob.address()));
  ASSERT_TRUE(bob.read(alice, *alice.write(bob, "hello")));
  EXPECT_TRUE(is_proved(bob, alice.address())) << "a first message proves";
  ASSERT_TRUE(alice.read(bob, *bob.write(alice, "answer")));
  EXPECT_TRUE(is_proved(alice, bob.address())) << "so does an answer";
  EXPECT_EQ(rows_of(alice, 'I'), 1U);
  alice.restart();
  EXPECT_TRUE(is_proved(alice, bob.address()));
  EXPECT_EQ(error_of(connect_as(alice, mallory, bob)), Error::identity_in_use);
}

TEST(Names, an_identity_goes_to_the_name_that_proves_it) {
  // [SES-1-3, SES-3-5]
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(connect_as(alice, mallory, bob));
  EXPECT_EQ(send_to(alice, mallory), std::nullopt);
  ASSERT_TRUE(alice.connect(bob));
  ASSERT_TRUE(bob.read(alice, *alice.write(bob, "hello")));
  ASSERT_TRUE(alice.read(bob, *bob.write(alice, "answer")));
  EXPECT_EQ(send_to(alice, mallory), Error::identity_in_use);
  EXPECT_EQ(error_of(connect_as(alice, mallory, bob)), Error::identity_in_use);
  EXPECT_EQ(*alice.device.offered_identity(mallory), bob.device.identity());
  EXPECT_EQ(*alice.device.offered_identity(bob.address()), std::nullopt);
  EXPECT_EQ(send_to(alice, bob.address()), std::nullopt);
}

TEST(Names, an_answer_under_a_name_that_came_too_late_is_refused) {
  // [SES-5-7]: the session that was begun under Mallory's name opens Bob's answer; but it is Bob's.
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(connect_as(alice, mallory, bob));
  std::vector<std::uint8_t> out(max_message_size(2));
  const auto sent = alice.device.encrypt(out, mallory, bytes_of("hi"), start);
  ASSERT_TRUE(sent);
  const Letter first{sent->kind, {sent->bytes.begin(), sent->bytes.end()}};
  ASSERT_TRUE(bob.read(alice, first));
  const auto answer = *bob.write(alice, "answer");
  ASSERT_TRUE(accept(alice, bob.address(), bob.device.identity()));
  const auto before = contents(alice.rows);
  const auto read_as_mallory = [&](const Letter& letter) {
    std::vector<std::uint8_t> plain(letter.bytes.size());
    return error_of(
        alice.device.decrypt(plain, mallory, letter.kind, letter.bytes, alice.tape, start));
  };
  EXPECT_EQ(read_as_mallory(answer), Error::identity_in_use);
  EXPECT_EQ(*alice.device.offered_identity(mallory), bob.device.identity());
  Letter forged = answer;
  forged.bytes.back() ^= 1;
  EXPECT_EQ(read_as_mallory(forged), Error::authentication_failed);
  EXPECT_EQ(*alice.device.offered_identity(mallory), bob.device.identity()) << "as before";
  EXPECT_EQ(contents(alice.rows), before);
  // The message opens, and what it showed is the peer's own.
  ASSERT_EQ(forget(alice, bob.address()), 1U);
  EXPECT_EQ(read_as_mallory(answer), std::nullopt);
  EXPECT_EQ(*alice.device.offered_identity(mallory), std::nullopt);
}

TEST(Names, another_identity_frees_the_one_before) {
  // [SES-1-3, SES-7-1]: unless another device of the name still has it.
  Pair pair;
  Party carol("carol", 3);
  const IdentityPublic bobs = pair.bob.device.identity();
  const Address tablet{"bob", DeviceId{2}};
  ASSERT_TRUE(accept(pair.alice, tablet, bobs));
  ASSERT_TRUE(accept(pair.alice, pair.bob.address(), carol.device.identity()));
  EXPECT_EQ(error_of(accept(pair.alice, mallory, bobs)), Error::identity_in_use);
  ASSERT_TRUE(accept(pair.alice, tablet, carol.device.identity()));
  EXPECT_TRUE(accept(pair.alice, mallory, bobs));
  EXPECT_EQ(error_of(accept(pair.alice, mallory, carol.device.identity())), Error::identity_in_use);
}

TEST(Names, accepting_an_identity_of_a_bundle_proves_it_and_keeps_the_session) {
  // [SES-7-1]
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  ASSERT_TRUE(accept(alice, bob.address(), bob.device.identity()));
  EXPECT_TRUE(is_proved(alice, bob.address()));
  EXPECT_EQ(bob.read(alice, *alice.write(bob, "hello")), "hello");
  EXPECT_EQ(error_of(accept(alice, mallory, bob.device.identity())), Error::identity_in_use);
}

TEST(Names, what_is_forgotten_leaves_no_session_no_identity_and_no_name) {
  // [SES-7-3]
  Pair pair;
  static_cast<void>(*pair.bob.write(pair.alice, "lost"));
  ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "skips")));
  ASSERT_EQ(rows_of(pair.alice, 'K'), 1U);
  const auto epoch = pair.alice.info(pair.bob)->epoch;
  ASSERT_EQ(forget(pair.alice, pair.bob.address()), 1U);
  for (const char letter : {'I', 'S', 'K'}) EXPECT_EQ(rows_of(pair.alice, letter), 0U) << letter;
  EXPECT_EQ(*pair.alice.begin().identity(pair.bob.address()), std::nullopt);
  EXPECT_EQ(pair.alice.info(pair.bob)->epoch, epoch + 1) << "an older snapshot is rolled back";
  EXPECT_TRUE(accept(pair.alice, mallory, pair.bob.device.identity()));
  ASSERT_TRUE(forget(pair.alice, mallory));
  // Again from the start, also in the transaction that forgets.
  ASSERT_TRUE(pair.alice.connect(pair.bob));
  EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "again")), "again");
  pair.alice.restart();
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "yes")), "yes");
}

TEST(Names, forgetting_one_device_leaves_the_others) {
  // [SES-7-3, SES-1-3]
  Pair pair;
  const IdentityPublic bobs = pair.bob.device.identity();
  ASSERT_TRUE(accept(pair.alice, {"bob", DeviceId{2}}, bobs));
  ASSERT_TRUE(forget(pair.alice, pair.bob.address()));
  EXPECT_EQ(error_of(accept(pair.alice, mallory, bobs)), Error::identity_in_use);
  EXPECT_EQ(*pair.alice.begin().identity({"bob", DeviceId{2}}), bobs);
  ASSERT_TRUE(forget(pair.alice, {"bob", DeviceId{2}}));
  EXPECT_TRUE(accept(pair.alice, mallory, bobs));
}

TEST(Names, forgetting_nobody_is_nothing) {
  Pair pair;
  const auto before = contents(pair.alice.rows);
  EXPECT_EQ(forget(pair.alice, mallory), 0U);
  EXPECT_EQ(contents(pair.alice.rows), before);
  EXPECT_FALSE(forget(pair.alice, {"", DeviceId{1}}));
}

TEST(Names, a_renamed_account_goes_on_with_all_its_devices) {
  // [SES-7-4]
  Pair pair;
  const IdentityPublic bobs = pair.bob.device.identity();
  ASSERT_TRUE(accept(pair.alice, {"bob", DeviceId{2}}, bobs));
  const auto late = *pair.bob.write(pair.alice, "late");
  ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "skips")));
  const auto size = contents(pair.alice.rows).size();
  ASSERT_EQ(rename(pair.alice, "bob", "robert"), 2U);
  pair.bob.name = "robert";
  EXPECT_EQ(contents(pair.alice.rows).size(), size + 3)
      << "two counts stay, and a row for the name";
  EXPECT_EQ(pair.alice.read(pair.bob, late), "late");
  EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "hello")), "hello");
  pair.alice.restart();
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "and back")), "and back");
  EXPECT_EQ(*pair.alice.begin().identity({"robert", DeviceId{2}}), bobs);
  EXPECT_EQ(*pair.alice.begin().identity({"bob", DeviceId{1}}), std::nullopt);
  EXPECT_EQ(error_of(accept(pair.alice, mallory, bobs)), Error::identity_in_use);
  EXPECT_EQ(error_of(accept(pair.alice, {"bob", DeviceId{1}}, bobs)), Error::identity_in_use);
  // And back again, over what stayed.
  ASSERT_TRUE(rename(pair.alice, "robert", "bob"));
  pair.bob.name = "bob";
  EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "as before")), "as before");
  EXPECT_TRUE(accept(pair.alice, {"bob", DeviceId{1}}, bobs));
}

TEST(Names, renaming_does_not_overwrite_nor_mix) {
  // [SES-7-4]
  Pair pair;
  Party carol("carol", 3);
  ASSERT_TRUE(accept(pair.alice, {"carol", DeviceId{1}}, carol.device.identity()));
  ASSERT_TRUE(accept(pair.alice, {"bob", DeviceId{3}}, pair.bob.device.identity()));
  const auto before = contents(pair.alice.rows);
  EXPECT_EQ(error_of(rename(pair.alice, "bob", "carol")), Error::already_exists);
  EXPECT_EQ(error_of(rename(pair.alice, "bob", "bob")), Error::invalid_argument);
  EXPECT_EQ(rename(pair.alice, "nobody", "somebody"), 0U);
  EXPECT_EQ(rename(pair.alice, "nobody", "bob"), 0U) << "the two names are reversed";
  EXPECT_EQ(rename(pair.alice, "bo", "robert"), 0U) << "a name is not its beginning";
  EXPECT_EQ(contents(pair.alice.rows), before);
  // In one transaction with what it makes room for.
  auto tx = pair.alice.begin();
  ASSERT_EQ(tx.forget({"carol", DeviceId{1}}), 1U);
  ASSERT_EQ(tx.rename_account("bob", "carol"), 2U);
  const auto unsent = tx.encrypt({"carol", DeviceId{1}}, bytes_of("hi"), start);
  ASSERT_TRUE(unsent);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  std::vector<std::uint8_t> out(unsent->size());
  const auto message = *unsent->release(*committed, out);
  EXPECT_EQ(pair.bob.read(pair.alice, {message.kind, {message.bytes.begin(), message.bytes.end()}}),
            "hi");
}

TEST(Names, a_bundle_serves_the_device_that_it_names) {
  // [SES-2-5]
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  const auto bundle = *bob.bundle();
  ASSERT_EQ(bundle.device, DeviceId{1});
  const auto connect = [&](std::uint32_t device) {
    return error_of(alice.device.connect({"bob", DeviceId{device}}, bundle.registration,
                                         *verify(bundle), alice.tape, start));
  };
  const std::size_t drawn = alice.tape.drawn();
  EXPECT_EQ(connect(2), Error::malformed);
  EXPECT_EQ(alice.tape.drawn(), drawn);
  EXPECT_EQ(connect(1), std::nullopt);
}

TEST(Names, the_identity_that_was_shown_can_be_had) {
  // [SES-5-7]: and accepted, and then the message opens.
  Pair pair;
  Party anew("bob", 9);
  ASSERT_TRUE(pair.alice.make_prekeys());
  ASSERT_TRUE(anew.connect(pair.alice));
  const auto letter = *anew.write(pair.alice, "it is me");
  const auto before = contents(pair.alice.rows);
  EXPECT_EQ(error_of(pair.alice.read(anew, letter)), Error::identity_changed);
  EXPECT_EQ(*pair.alice.device.offered_identity(pair.bob.address()), anew.device.identity());
  EXPECT_EQ(contents(pair.alice.rows), before);
  ASSERT_TRUE(
      accept(pair.alice, anew.address(), **pair.alice.device.offered_identity(pair.bob.address())));
  EXPECT_EQ(pair.alice.read(anew, letter), "it is me");
  EXPECT_EQ(*pair.alice.device.offered_identity(pair.bob.address()), std::nullopt)
      << "the person has answered";
}

}  // namespace
}  // namespace sotto::session
