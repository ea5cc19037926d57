// SPDX-License-Identifier: MIT OR Apache-2.0
/// A commit of which nobody knows at first whether it happened: of each kind, whatever happens
/// before the store can say, and both ways. From then on all is as if the answer had not been lost.
/// One thing alone is told twice: a message that opened is given when it comes again.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/unopened.hpp>

#include "session/test_operations.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

/// Who acts between the lost answer and the next question.
enum class By : bool { another, ourselves };

/// What was told, in this order. `after` is what we, and a third one, find in the store.
struct Told {
  std::string between;
  std::string held;
  std::string again;
  std::string after;
  friend bool operator==(const Told&, const Told&) = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << "between: " << told.between << "\nheld of the sender: " << told.held
       << "\nagain: " << told.again << "\nafter: " << told.after;
}

class LostAnswer : public ::testing::Test {
 protected:
  /// Ours is done, something in between, and ours once more. `silent`: how many questions the store
  /// leaves open behind the commit. Nothing when ours makes no commit.
  std::optional<Told> run(const Operation& ours, const Operation& between, By by, bool happens,
                          std::size_t silent) {
    auto rows = *world.alice.rows.clone();
    auto others_rows = *rows.share();
    UnsureStore store(rows);
    User we(store, 11, world.limits);
    User they(others_rows, 12, world.limits);
    for (User* user : {&we, &they}) commits_once(*user);
    store.next_commit(happens, silent);
    const std::string answer = ours.run(we);
    if (store.is_armed()) return std::nullopt;
    const char* const otherwise = silent > 0 ? "outcome_unknown" : "store_failed";
    if (silent > 0 || !happens) {
      EXPECT_EQ(answer, otherwise);
    }
    Told told;
    told.between = between.run(by == By::another ? they : we);
    told.held = held_of(we, ours.name);
    told.again = ours.run(we);
    for (User* user : {&we, &they}) told.after += world.look(user->device) + " | ";
    const auto third = Device::open(rows, storage_key(), {}, world.limits);
    if (!third) told.after += name(third.error());
    std::vector<std::string> numbers;
    for (const User* user : {&we, &they})
      for (const Letter& letter : user->sealed) numbers.push_back(number_of(letter));
    std::ranges::sort(numbers);
    EXPECT_EQ(std::ranges::adjacent_find(numbers), numbers.end()) << "two under one key";
    return told;
  }

  /// Two first commits that write the same rows are one; those of two who have committed
  /// before are not.
  static void commits_once(User& user) {
    auto tx = *user.device.begin();
    ASSERT_TRUE(tx.put(bytes_of("before"), bytes_of("commit")));
    ASSERT_TRUE(std::move(tx).commit());
  }

  /// The identity that is held of who sent the message of an operation.
  std::string held_of(User& we, const std::string& called) {
    const auto message = texts.find(called);
    if (message == texts.end()) return "";
    auto tx = we.device.begin();
    return tx ? said(tx->identity({message->second.name, DeviceId{1}})) : said(tx.error());
  }

  /// All of some operations, with whatever is done in between. Returns how many.
  std::size_t check(const std::vector<Operation>& all_ours, const std::vector<Operation>& between) {
    std::size_t cases = 0;
    for (const Operation& ours : all_ours)
      for (const Operation& other : between)
        for (const By by : {By::another, By::ourselves})
          for (const bool happens : {true, false}) {
            const auto right = run(ours, other, by, happens, 0);
            if (!right) continue;
            auto told = run(ours, other, by, happens, 1);
            if (!told) {
              ADD_FAILURE() << ours.name << " commits or not";
              continue;
            }
            if (happens && by == By::ourselves && other.name == ours.name)
              expect_given(ours, right->between, told->between);
            else if (happens && right->held == identity_for(ours))
              expect_given(ours, right->again, told->again);
            EXPECT_EQ(*told, *right)
                << ours.name << (happens ? ", which happened" : ", which did not happen") << "; "
                << (by == By::another ? "another: " : "we: ") << other.name;
            ++cases;
          }
    return cases;
  }

  /// Instead of a refusal the plaintext, which was given to nobody.
  void expect_given(const Operation& ours, const std::string& refusal, std::string& told) {
    const auto message = texts.find(ours.name);
    if (message == texts.end()) return;
    for (const UnopenedRule& rule : unopened_rules)
      if (rule.message != Unopened::keep && name(rule.error) == refusal) {
        EXPECT_EQ(told, message->second.text) << ours.name << ": " << refusal;
        told = refusal;
        ++given;
      }
  }

  /// The identity under which the message of an operation opens.
  std::string identity_for(const Operation& ours) {
    const auto message = texts.find(ours.name);
    return message == texts.end() ? "" : message->second.identity();
  }

  struct Message {
    const Party* from;
    std::string name;  ///< under which it comes
    std::string text;
    [[nodiscard]] std::string identity() const {
      return testing::hex(from->device.identity().bytes().first(4));
    }
  };

  [[nodiscard]] std::vector<Operation> anything() const {
    std::vector<Operation> all{{"nothing", [](User&) { return std::string(); }}};
    for (const auto& some : {world.messages(), world.names(), world.rows(), world.devices()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }

  AliceAndOthers world;
  const std::map<std::string, Message> texts{
      {"decrypt the next", {&world.bob, "bob", "next"}},
      {"decrypt the one after that", {&world.bob, "bob", "after that"}},
      {"decrypt a late one", {&world.bob, "bob", "late"}},
      {"decrypt a first one", {&world.dave, "dave", "first"}},
      {"decrypt a second one", {&world.dave, "dave", "second"}},
      {"decrypt a first one under another name", {&world.dave, "imp", "first"}},
      {"decrypt a first one of the last resort", {&world.erin, "erin", "last resort"}},
  };
  std::size_t given = 0;
};

TEST_F(LostAnswer, to_messages_changes_nothing_that_comes_after) {
  const std::size_t cases = check(world.messages(), anything());
  std::cout << cases << " cases, " << given << " messages given again\n";
  EXPECT_GT(given, 100U);
}

TEST_F(LostAnswer, to_names_changes_nothing_that_comes_after) {
  EXPECT_GT(check(world.names(), anything()), 0U);
}

TEST_F(LostAnswer, to_rows_changes_nothing_that_comes_after) {
  EXPECT_GT(check(world.rows(), anything()), 0U);
}

TEST_F(LostAnswer, to_a_new_storage_key_changes_nothing_that_comes_after) {
  // Another key than the others take: who takes the same one has done the same.
  const Operation ours{"replace the storage key", [](User& user) {
                         return said(user.device.rotate_storage_key(storage_key(0x44)));
                       }};
  EXPECT_GT(check({ours}, anything()), 0U);
}

}  // namespace
}  // namespace sotto::session
