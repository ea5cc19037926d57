// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages that opened in a commit of which nobody knew that it happened, when their sender gets
/// another name or is forgotten.
#include <optional>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Bob opened a message of Alice's, and the store did not say whether that is stored; it is.
struct Unheard {
  explicit Unheard(bool first_message = false)
      : old_name(first_message ? "carol" : "alice"), store(pair.bob.rows) {
    Party& from = first_message ? stranger : pair.alice;
    if (first_message) {
      EXPECT_TRUE(stranger.connect(pair.bob, false));
    }
    letter = *from.write(pair.bob, "the only copy");
    pair.bob.device = *Device::open(store, storage_key());
    store.next_commit(true, 1);
    EXPECT_EQ(error_of(pair.bob.read(from, letter)), Error::outcome_unknown);
  }
  /// What comes of the message under a name; no plaintext is left where there is an error.
  std::optional<std::string> read(std::string_view name) {
    std::vector<std::uint8_t> out(letter.bytes.size(), 0xee);
    testing::TapeEntropy tape(5);
    const auto opened =
        pair.bob.device.decrypt(out, {name, DeviceId{1}}, letter.kind, letter.bytes, tape, start);
    const std::string text(out.begin(), out.end());
    EXPECT_EQ(text.find("the only copy") != std::string::npos, opened.has_value());
    if (!opened) return std::nullopt;
    return std::string(opened->plaintext.begin(), opened->plaintext.end());
  }
  [[nodiscard]] Result<void> rename(Device& device) const {
    auto tx = *device.begin();
    if (const auto done = tx.rename_account(old_name, "new"); !done) return whether(done);
    const auto committed = std::move(tx).commit();
    return committed ? Result<void>() : std::unexpected(committed.error());
  }

  const char* old_name;
  Pair pair;
  Party stranger{"carol", 8};
  UnsureStore store;
  Letter letter{};
};

TEST(Unsure, a_message_is_given_once_under_the_new_name_and_never_under_the_old_one) {
  for (const bool old_name_first : {true, false}) {
    Unheard unheard;
    ASSERT_TRUE(unheard.rename(unheard.pair.bob.device));
    if (old_name_first) {
      EXPECT_EQ(unheard.read(unheard.old_name), std::nullopt);
    }
    EXPECT_EQ(unheard.read("new"), "the only copy");
    EXPECT_EQ(unheard.read("new"), std::nullopt);
    EXPECT_EQ(unheard.read(unheard.old_name), std::nullopt);
  }
}

TEST(Unsure, so_it_is_when_another_process_gives_the_new_name) {
  Unheard unheard;
  auto rows = *unheard.pair.bob.rows.share();
  auto twin = *Device::open(rows, storage_key());
  ASSERT_TRUE(unheard.rename(twin));
  EXPECT_EQ(unheard.read(unheard.old_name), std::nullopt);
  EXPECT_EQ(unheard.read("new"), "the only copy");
}

TEST(Unsure, so_it_is_when_nobody_knows_whether_the_new_name_was_given) {
  for (const bool happens : {true, false}) {
    Unheard unheard;
    ASSERT_TRUE(unheard.pair.bob.device.begin());  // What became of the message is known.
    unheard.store.next_commit(happens, 1);
    EXPECT_EQ(error_of(unheard.rename(unheard.pair.bob.device)), Error::outcome_unknown);
    EXPECT_EQ(unheard.read(happens ? unheard.old_name : "new"), std::nullopt);
    EXPECT_EQ(unheard.read(happens ? "new" : unheard.old_name), "the only copy");
  }
}

TEST(Unsure, a_first_message_is_not_given_under_the_old_name_though_its_base_key_is_known) {
  for (const bool renamed : {false, true}) {
    Unheard unheard(true);
    ASSERT_TRUE(unheard.pair.bob.device.begin());
    if (renamed) {
      ASSERT_TRUE(unheard.rename(unheard.pair.bob.device));
    }
    EXPECT_EQ(unheard.read(renamed ? unheard.old_name : "new"), std::nullopt);
    EXPECT_EQ(unheard.read("somebody"), std::nullopt);
    EXPECT_EQ(unheard.read(renamed ? "new" : unheard.old_name), "the only copy") << renamed;
  }
}

/// The session may be gone by then, or keep its key no longer: the plaintext is there all the same.
TEST(Unsure, a_message_is_given_though_its_session_is_gone) {
  for (const bool first_message : {false, true}) {
    Unheard unheard(first_message);
    {
      auto tx = *unheard.pair.bob.device.begin();
      ASSERT_TRUE(tx.erase_sessions({unheard.old_name, DeviceId{1}}));
      ASSERT_TRUE(std::move(tx).commit());
    }
    EXPECT_EQ(unheard.read(unheard.old_name), "the only copy") << first_message;
    EXPECT_EQ(unheard.read(unheard.old_name), std::nullopt);
  }
}

TEST(Unsure, a_message_of_whom_is_forgotten_is_gone) {
  for (const bool account : {false, true}) {
    Unheard unheard(true);
    Device& bob = unheard.pair.bob.device;
    const IdentityPublic whose = unheard.stranger.device.identity();
    {
      auto tx = *bob.begin();
      ASSERT_TRUE(account ? tx.forget_account(unheard.old_name)
                          : tx.forget({unheard.old_name, DeviceId{1}}));
      ASSERT_TRUE(std::move(tx).commit());
    }
    // Even if the identity comes back, under whatever name.
    for (const char* name : {unheard.old_name, "mallory"}) {
      auto tx = *bob.begin();
      ASSERT_TRUE(tx.accept_identity({name, DeviceId{1}}, whose));
      ASSERT_TRUE(std::move(tx).commit());
      EXPECT_EQ(unheard.read(name), std::nullopt) << name;
      auto gone = *bob.begin();
      ASSERT_TRUE(gone.forget({name, DeviceId{1}}));
      ASSERT_TRUE(std::move(gone).commit());
    }
  }
}

TEST(Unsure, a_message_is_not_given_under_an_identity_that_another_process_accepted) {
  Unheard unheard(true);
  auto rows = *unheard.pair.bob.rows.share();
  auto twin = *Device::open(rows, storage_key());
  auto tx = *twin.begin();
  ASSERT_TRUE(
      tx.accept_identity({unheard.old_name, DeviceId{1}}, Party("other", 9).device.identity()));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(unheard.read(unheard.old_name), std::nullopt);
}

TEST(Unsure, forgetting_that_does_not_happen_loses_no_message) {
  Unheard unheard;
  {
    auto tx = *unheard.pair.bob.device.begin();
    ASSERT_TRUE(tx.forget({unheard.old_name, DeviceId{1}}));
  }
  {
    auto tx = *unheard.pair.bob.device.begin();
    ASSERT_TRUE(tx.forget({unheard.old_name, DeviceId{1}}));
    unheard.store.next_commit(false, 0);
    ASSERT_EQ(error_of(std::move(tx).commit()), Error::store_failed);
  }
  EXPECT_EQ(unheard.read(unheard.old_name), "the only copy");
}

}  // namespace
}  // namespace sotto::session
