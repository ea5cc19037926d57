// SPDX-License-Identifier: MIT OR Apache-2.0
// Where ours and theirs differ by what each has decided for itself, on both sides of every border.
// docs/interop.md says the same in prose.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "session/peers/ours.hpp"
#include "session/peers/signal_c.hpp"
#include "testing/error_of.hpp"
#include "testing/soak.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::peers {
namespace {

using testing::error_of;

const Blob hello{'h', 'i'};

struct LimitsLive : ::testing::Test {
  testing::TapeEntropy tape{testing::soak_seed(404)};
  Ours us{1};
  SignalC them{RegistrationId{5}, tape};
  std::uint32_t one_time = 0;

  Sent ours_says() {
    auto sent = us.encrypt(hello);
    EXPECT_TRUE(sent);
    return *std::move(sent);
  }
  Sent theirs_says() {
    auto sent = them.encrypt("us", hello);
    EXPECT_TRUE(sent);
    return *std::move(sent);
  }
  Answer<Blob> theirs_hears(const Sent& sent) { return them.decrypt("us", sent.kind, sent.bytes); }
  Result<Blob> ours_hears(const Sent& sent) { return us.decrypt(sent.kind, sent.bytes); }

  void ours_connects(bool with_one_time) {
    std::optional<OneTimePrekeyId> id;
    if (with_one_time) id = OneTimePrekeyId{++one_time};
    ASSERT_TRUE(us.connect(them.publish(SignedPrekeyId{1}, id)));
  }
  void theirs_connects(bool with_one_time) {
    ASSERT_TRUE(them.connect("us", us.publish(false, with_one_time)));
  }
  /// Both sides have a session in which each has answered the other.
  void settle() {
    ours_connects(true);
    ASSERT_EQ(theirs_hears(ours_says()), hello);
    ASSERT_EQ(ours_hears(theirs_says()), hello);
    ASSERT_EQ(theirs_hears(ours_says()), hello);
  }
};

TEST_F(LimitsLive, they_take_a_jump_of_2000_and_no_more) {
  settle();  // Number 0 of our chain has arrived.
  for (int lost = 0; lost < 2'000; ++lost) static_cast<void>(ours_says());
  const Sent at_the_border = ours_says();
  const Sent beyond = ours_says();
  EXPECT_EQ(theirs_hears(beyond).error(), Refusal::invalid_message);
  EXPECT_EQ(theirs_hears(at_the_border), hello);
  EXPECT_EQ(theirs_hears(beyond), hello);
}

TEST_F(LimitsLive, we_take_a_jump_of_25000_and_no_more) {
  settle();
  ASSERT_EQ(ours_hears(theirs_says()), hello);  // Number 0 of their new chain.
  for (int lost = 0; lost < 25'000; ++lost) static_cast<void>(theirs_says());
  const Sent at_the_border = theirs_says();
  const Sent beyond = theirs_says();
  EXPECT_EQ(error_of(ours_hears(beyond)), Error::too_far_ahead);
  EXPECT_EQ(ours_hears(at_the_border), hello);
  EXPECT_EQ(ours_hears(beyond), hello);
}

TEST_F(LimitsLive, both_keep_2000_keys_of_a_chain_and_give_up_the_oldest) {
  settle();
  std::vector<Sent> to_them;
  for (int i = 0; i < 2'000; ++i) to_them.push_back(ours_says());
  ASSERT_EQ(theirs_hears(ours_says()), hello);  // 2,000 kept
  EXPECT_EQ(theirs_hears(to_them[0]), hello);   // 1,999 kept
  const Sent one_more = ours_says();
  const Sent last = ours_says();
  ASSERT_EQ(theirs_hears(last), hello);  // 2,000 again
  EXPECT_EQ(theirs_hears(to_them[1]), hello);
  static_cast<void>(ours_says());
  static_cast<void>(ours_says());
  ASSERT_EQ(theirs_hears(ours_says()), hello);  // 2,001: number 3 goes
  EXPECT_EQ(theirs_hears(to_them[2]).error(), Refusal::duplicate);
  EXPECT_EQ(theirs_hears(to_them[3]), hello);
  EXPECT_EQ(theirs_hears(one_more), hello);

  std::vector<Sent> to_us;
  for (int i = 0; i < 2'001; ++i) to_us.push_back(theirs_says());
  ASSERT_EQ(ours_hears(theirs_says()), hello);
  EXPECT_EQ(error_of(ours_hears(to_us[0])), Error::replayed);
  EXPECT_EQ(ours_hears(to_us[1]), hello);
  EXPECT_EQ(ours_hears(to_us[2'000]), hello);
}

TEST_F(LimitsLive, they_archive_40_sessions) {
  std::vector<Sent> late;
  for (int i = 0; i < 42; ++i) {
    ours_connects(true);
    ASSERT_EQ(theirs_hears(ours_says()), hello);
    late.push_back(ours_says());
    ASSERT_EQ(ours_hears(theirs_says()), hello);  // So that we may connect again.
  }
  EXPECT_EQ(theirs_hears(late[0]).error(), Refusal::invalid_key_id);
  EXPECT_EQ(theirs_hears(late[1]), hello);
}

TEST_F(LimitsLive, we_archive_40_sessions) {
  std::vector<Sent> late;
  for (int i = 0; i < 42; ++i) {
    theirs_connects(true);
    ASSERT_EQ(ours_hears(theirs_says()), hello);
    late.push_back(theirs_says());
    ASSERT_EQ(theirs_hears(ours_says()), hello);
    ASSERT_EQ(ours_hears(theirs_says()), hello);
  }
  EXPECT_EQ(error_of(ours_hears(late[0])), Error::unknown_prekey);
  EXPECT_EQ(ours_hears(late[1]), hello);
}

TEST_F(LimitsLive, they_take_a_bundle_that_was_replaced_and_we_do_not) {
  const auto ours_old = us.publish(false, false);
  const auto ours_new = us.publish(true, false);
  ASSERT_TRUE(them.connect("us", ours_new));
  EXPECT_TRUE(them.connect("us", ours_old));
  EXPECT_EQ(ours_hears(theirs_says()), hello);

  const auto theirs_old = them.publish(SignedPrekeyId{1}, std::nullopt);
  const auto theirs_new = them.publish(SignedPrekeyId{2}, std::nullopt);
  ASSERT_TRUE(us.connect(theirs_old));
  ASSERT_TRUE(us.connect(theirs_new));
  EXPECT_EQ(error_of(us.connect(theirs_old)), Error::stale_bundle);
  EXPECT_EQ(theirs_hears(ours_says()), hello);
}

TEST_F(LimitsLive, they_connect_for_ever_and_we_stop_at_40_unanswered) {
  for (int i = 0; i < 50; ++i) theirs_connects(true);
  EXPECT_EQ(ours_hears(theirs_says()), hello);
  ASSERT_EQ(theirs_hears(ours_says()), hello);

  for (int i = 0; i < 40; ++i) ours_connects(true);
  const auto bundle = them.publish(SignedPrekeyId{1}, std::nullopt);
  EXPECT_EQ(error_of(us.connect(bundle)), Error::exhausted);
  EXPECT_EQ(theirs_hears(ours_says()), hello);
  ASSERT_EQ(ours_hears(theirs_says()), hello);
  EXPECT_TRUE(us.connect(bundle));
}

/// A first message without one-time prekey comes again when its session is long forgotten.
TEST_F(LimitsLive, they_begin_a_replayed_session_again_and_we_do_not) {
  ours_connects(false);
  const Sent to_them = ours_says();
  ASSERT_EQ(theirs_hears(to_them), hello);
  theirs_connects(false);
  const Sent to_us = theirs_says();
  ASSERT_EQ(ours_hears(to_us), hello);
  EXPECT_EQ(theirs_hears(to_them).error(), Refusal::duplicate);
  EXPECT_EQ(error_of(ours_hears(to_us)), Error::replayed);
  for (int i = 0; i < 42; ++i) {
    ours_connects(false);
    ASSERT_EQ(theirs_hears(ours_says()), hello);
    ASSERT_EQ(ours_hears(theirs_says()), hello);
  }
  EXPECT_EQ(theirs_hears(to_them), hello) << "they have learned to refuse it: say so in the docs";
  EXPECT_EQ(error_of(ours_hears(to_us)), Error::replayed);
}

/// X25519 does not look at the highest bit of a key, so a first message has a second form.
TEST_F(LimitsLive, they_take_a_base_key_that_is_not_canonical_and_we_do_not) {
  const auto set_high_bit = [](Sent sent) {
    const auto parsed = wire::parse_prekey_message(sent.bytes);
    EXPECT_TRUE(parsed);
    const auto key = wire::signal_key(parsed->base_key);
    const auto found = std::ranges::search(sent.bytes, key);
    found[32] |= 0x80;
    return sent;
  };
  ours_connects(false);
  const Sent to_them = ours_says();
  EXPECT_EQ(theirs_hears(to_them), hello);
  EXPECT_EQ(theirs_hears(set_high_bit(to_them)), hello) << "once more, as another session";

  theirs_connects(false);
  const Sent to_us = theirs_says();
  EXPECT_EQ(error_of(ours_hears(set_high_bit(to_us))), Error::weak_key);
  EXPECT_EQ(ours_hears(to_us), hello);
}

Sent with_wrong_mac(Sent sent) {
  const auto parsed = wire::parse_prekey_message(sent.bytes);
  EXPECT_TRUE(parsed);
  sent.bytes[static_cast<std::size_t>(parsed->message.mac.data() - sent.bytes.data())] ^= 1;
  return sent;
}

/// Only a message that opens shows whose the identity is. An attacker who is the first to send
/// anything under our name shuts us out at theirs.
TEST_F(LimitsLive, they_accept_an_identity_from_a_message_that_does_not_open_and_we_do_not) {
  Ours attacker{2};
  ASSERT_TRUE(attacker.connect(them.publish(SignedPrekeyId{1}, std::nullopt)));
  Sent forged = with_wrong_mac(*attacker.encrypt(hello));
  EXPECT_FALSE(theirs_hears(forged));
  ours_connects(true);
  EXPECT_EQ(theirs_hears(ours_says()).error(), Refusal::untrusted_identity);
  them.forget_identity("us");
  EXPECT_EQ(theirs_hears(ours_says()), hello);

  Ours unmet{3};
  SignalC their_attacker{RegistrationId{6}, tape};
  ASSERT_TRUE(their_attacker.connect("us", unmet.publish(false, false)));
  forged = with_wrong_mac(*their_attacker.encrypt("us", hello));
  EXPECT_FALSE(unmet.decrypt(forged.kind, forged.bytes));
  SignalC first{RegistrationId{7}, tape};
  ASSERT_TRUE(first.connect("us", unmet.publish(false, false)));
  const Sent good = *first.encrypt("us", hello);
  EXPECT_EQ(unmet.decrypt(good.kind, good.bytes), hello);
}

}  // namespace
}  // namespace sotto::peers
