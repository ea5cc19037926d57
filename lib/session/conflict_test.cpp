// SPDX-License-Identifier: MIT OR Apache-2.0
/// Several devices over the same rows, as two threads or processes of one app would have them.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::hex;

/// The same device once more.
struct Twin {
  explicit Twin(Party& party)
      : rows(*party.rows.share()), device(*Device::open(rows, storage_key(), {}, party.limits)) {}
  MemoryStore rows;
  Device device;
};

/// Both of one side take the same session; whoever commits second has a conflict and leaves
/// nothing, in either order.
void second_is_refused(bool first_begun_commits_first) {
  Pair pair;
  Twin twin(pair.alice);
  auto one = pair.alice.begin();
  auto two = *twin.device.begin();
  const auto from_one = one.encrypt(pair.bob.address(), bytes_of("one!"), start);
  const auto from_two = two.encrypt(pair.bob.address(), bytes_of("two!"), start);
  ASSERT_TRUE(from_one && from_two);
  auto& winner = first_begun_commits_first ? one : two;
  auto& loser = first_begun_commits_first ? two : one;
  const auto committed = std::move(winner).commit();
  ASSERT_TRUE(committed);
  const auto before = contents(pair.alice.rows);
  EXPECT_EQ(error_of(std::move(loser).commit()), Error::conflict);
  EXPECT_EQ(contents(pair.alice.rows), before);
  std::vector<std::uint8_t> out(max_message_size(4));
  const auto& lost = first_begun_commits_first ? *from_two : *from_one;
  EXPECT_EQ(error_of(lost.release(*committed, out)), Error::invalid_argument);  // [SES-9-2]

  // Called again, it goes on behind the other's message.
  auto& again = first_begun_commits_first ? twin.device : pair.alice.device;
  const auto sealed = again.encrypt(out, pair.bob.address(), bytes_of("more"), start);
  ASSERT_TRUE(sealed);
  const auto& kept = first_begun_commits_first ? *from_one : *from_two;
  EXPECT_EQ(pair.bob.read(pair.alice, released(kept, *committed)),
            first_begun_commits_first ? "one!" : "two!");
  EXPECT_EQ(pair.bob.read(pair.alice, {sealed->kind, {sealed->bytes.begin(), sealed->bytes.end()}}),
            "more");
}

TEST(Conflict, who_commits_second_sends_nothing) {
  second_is_refused(true);
  second_is_refused(false);
}

TEST(Conflict, a_cached_peer_that_another_changed_is_read_anew) {
  Pair pair;
  Twin twin(pair.alice);
  std::vector<std::uint8_t> a(max_message_size(1)), b(max_message_size(1));
  std::set<std::string> sent;
  for (int i = 0; i < 10; ++i) {
    // In turns, without a conflict: each sees what the other stored.
    const auto one = pair.alice.device.encrypt(a, pair.bob.address(), bytes_of("m"), start);
    const auto two = twin.device.encrypt(b, pair.bob.address(), bytes_of("m"), start);
    ASSERT_TRUE(one && two);
    EXPECT_TRUE(sent.insert(hex(one->bytes)).second);
    EXPECT_TRUE(sent.insert(hex(two->bytes)).second);
  }
}

TEST(Conflict, of_two_that_open_one_message_one_may_acknowledge_it) {
  Pair pair;
  Twin twin(pair.bob);
  const auto letter = *pair.alice.write(pair.bob, "once");
  std::vector<std::uint8_t> a(letter.bytes.size()), b(letter.bytes.size());
  testing::TapeEntropy tape(9);
  auto one = pair.bob.begin();
  auto two = *twin.device.begin();
  ASSERT_TRUE(one.decrypt(a, pair.alice.address(), letter.kind, letter.bytes, tape, start));
  ASSERT_TRUE(two.decrypt(b, pair.alice.address(), letter.kind, letter.bytes, tape, start));
  ASSERT_TRUE(std::move(two).commit());
  EXPECT_EQ(error_of(std::move(one).commit()), Error::conflict);
  EXPECT_EQ(error_of(pair.bob.read(pair.alice, letter)), Error::replayed);
}

TEST(Conflict, of_two_that_accept_one_identity_under_two_names_one_commits) {
  // [SES-1-3]
  Party alice("alice", 1), bob("bob", 2);
  Twin twin(alice);
  auto one = alice.begin();
  auto two = *twin.device.begin();
  ASSERT_TRUE(one.accept_identity({"bob", DeviceId{1}}, bob.device.identity()));
  ASSERT_TRUE(two.accept_identity({"rob", DeviceId{1}}, bob.device.identity()));
  ASSERT_TRUE(std::move(one).commit());
  EXPECT_EQ(error_of(std::move(two).commit()), Error::conflict);
}

TEST(Conflict, threads_never_use_a_number_twice) {
  Pair pair;
  constexpr int threads = 4, each = 200;
  std::mutex lock;
  std::set<std::string> sent;
  std::atomic<int> conflicts = 0;
  std::vector<std::unique_ptr<Twin>> twins;
  for (int t = 0; t < threads; ++t) twins.push_back(std::make_unique<Twin>(pair.alice));
  const auto run = [&](Device& device) {
    std::vector<std::uint8_t> out(max_message_size(1));
    for (int done = 0; done < each;) {
      const auto sealed = device.encrypt(out, {"bob", DeviceId{1}}, bytes_of("m"), start);
      if (!sealed) {
        ASSERT_EQ(sealed.error(), Error::conflict);
        ++conflicts;
        continue;
      }
      ++done;
      const std::lock_guard guard(lock);
      ASSERT_TRUE(sent.insert(hex(sealed->bytes)).second);
    }
  };
  std::vector<std::thread> workers;
  for (auto& twin : twins) workers.emplace_back([&] { run(twin->device); });
  for (auto& worker : workers) worker.join();
  ASSERT_EQ(sent.size(), static_cast<std::size_t>(threads * each));
  // Every one opens, so the numbers are those from the first to the last, each once.
  for (const std::string& bytes : sent)
    ASSERT_EQ(pair.bob.read(pair.alice, {MessageKind::signal, testing::unhex(bytes)}), "m");
  EXPECT_EQ(pair.bob.info(pair.alice)->skipped_keys, 0U);
}

}  // namespace
}  // namespace sotto::session
