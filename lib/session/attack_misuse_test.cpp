// SPDX-License-Identifier: MIT OR Apache-2.0
/// State that is used twice by mistake: snapshots of what never was, threads, forks.
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"
#include "testing/meanwhile.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::Meanwhile;
using Buffer = std::vector<std::uint8_t>;

/// What the keys of a message come from [DR-3.1-4].
using Place = std::pair<RatchetPublic, std::uint32_t>;
Place place_of(Bytes message) {
  const auto parsed = *wire::parse_signal_message(message);
  return {parsed.ratchet_key, parsed.counter};
}

TEST(Attack, attack_S21_snapshot_never_stored_of_a_dropped_transaction) {
  Pair pair;
  const auto before = contents(pair.bob.rows);
  std::vector<PendingBytes> taken;
  for (const bool fails : {false, true}) {
    auto tx = pair.bob.begin();
    ASSERT_TRUE(tx.encrypt(pair.alice.address(), bytes_of("never sent"), start));
    taken.push_back(*save_peer(tx, pair.alice.address(), snapshot_key()));
    taken.push_back(*save_prekeys(tx, snapshot_key()));
    if (!fails) continue;
    pair.bob.store.fail_at(1);
    ASSERT_EQ(error_of(std::move(tx).commit()), Error::store_failed);
  }
  auto later = pair.bob.begin();
  const auto committed = std::move(later).commit();
  ASSERT_TRUE(committed);
  Buffer out(100'000);
  for (const PendingBytes& one : taken)
    EXPECT_EQ(error_of(one.release(*committed, out)), Error::invalid_argument);
  EXPECT_EQ(out, Buffer(out.size()));
  EXPECT_EQ(contents(pair.bob.rows), before);
}

// Taken where the state went another way: the same count of changes, but other keys have served.
TEST(Attack, attack_S21_snapshot_never_stored_of_a_copy) {
  Pair pair;
  auto rows = *pair.bob.rows.clone();
  auto copy = *Device::open(rows, storage_key());
  // The copy reads a message and seals none; ours seals one. As many changes here as there.
  const Letter letter = *pair.alice.write(pair.bob, "read by the copy");
  Buffer out(letter.bytes.size());
  ASSERT_TRUE(
      copy.decrypt(out, pair.alice.address(), letter.kind, letter.bytes, pair.bob.tape, start));
  auto tx = *copy.begin();
  const auto saved = save_peer(tx, pair.alice.address(), snapshot_key());
  ASSERT_TRUE(saved);
  Buffer snapshot(saved->size());
  ASSERT_TRUE(saved->release(*std::move(tx).commit(), snapshot));

  std::set<Place> places{place_of(pair.bob.write(pair.alice, "one")->bytes)};
  ASSERT_EQ(inspect_snapshot(snapshot)->epoch, pair.bob.info(pair.alice)->epoch);
  {
    auto restoring = pair.bob.begin();
    EXPECT_EQ(error_of(restore_peer(restoring, pair.alice.address(), snapshot, snapshot_key())),
              Error::rolled_back);
    static_cast<void>(std::move(restoring).commit());
  }
  EXPECT_TRUE(places.insert(place_of(pair.bob.write(pair.alice, "two")->bytes)).second)
      << "a key that served twice";
}

/// Encrypts again and again, and keeps what comes out.
void encrypt_all(Device& device, const Address& to, std::vector<Buffer>& sent,
                 std::vector<Error>& refused) {
  for (int i = 0; i < 3'000; ++i) {
    Buffer out(max_message_size(4));
    const auto message = device.encrypt(out, to, bytes_of("text"), start);
    if (message)
      sent.emplace_back(message->bytes.begin(), message->bytes.end());
    else
      refused.push_back(message.error());
  }
}

TEST(Attack, attack_S22_threads_on_one_device) {
  Pair pair;
  std::array<std::vector<Buffer>, 2> sent;
  std::array<std::vector<Error>, 2> refused;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i)
      threads.emplace_back(
          [&, i] { encrypt_all(pair.alice.device, pair.bob.address(), sent[i], refused[i]); });
  }
  std::map<Place, Buffer> all;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const Buffer& message : sent[i])
      EXPECT_TRUE(all.emplace(place_of(message), message).second) << "a number twice";
    for (const Error error : refused[i]) ASSERT_EQ(error, Error::wrong_state);
  }
  EXPECT_FALSE(all.empty());
  for (const auto& [place, message] : all)
    ASSERT_EQ(pair.bob.read(pair.alice, {MessageKind::signal, message}), "text");
  ::testing::Test::RecordProperty("sealed", std::to_string(all.size()));
}

TEST(Attack, attack_S22_threads_on_one_device_while_one_is_inside) {
  Pair pair;
  auto tx = pair.alice.begin();
  std::array<std::optional<Error>, 4> answers;
  Meanwhile entropy([&] {
    Buffer out(max_message_size(1));
    answers = {error_of(tx.encrypt(pair.bob.address(), bytes_of("x"), start)),
               error_of(std::move(tx).commit()), error_of(pair.alice.device.begin()),
               error_of(pair.alice.device.encrypt(out, pair.bob.address(), bytes_of("x"), start))};
  });
  ASSERT_TRUE(tx.replenish(entropy) && tx.rotate_signed_prekey(entropy, start));
  for (const auto& answer : answers) EXPECT_EQ(answer, Error::wrong_state);
  EXPECT_TRUE(std::move(tx).commit());
}

TEST(Attack, attack_S22_threads_on_one_device_in_one_transaction) {
  Pair pair;
  auto tx = pair.alice.begin();
  std::array<std::vector<Unsent>, 2> unsent;
  std::array<std::vector<Error>, 2> refused;
  const auto seal = [&](std::size_t i) {
    for (int n = 0; n < 1'000; ++n) {
      const auto one = tx.encrypt(pair.bob.address(), bytes_of("text"), start);
      if (one)
        unsent[i].push_back(*one);
      else
        refused[i].push_back(one.error());
    }
  };
  {
    std::jthread first([&] { seal(0); });
    std::jthread second([&] { seal(1); });
  }
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  std::map<Place, Letter> all;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const Unsent& one : unsent[i]) {
      const Letter letter = released(one, *committed);
      EXPECT_TRUE(all.emplace(place_of(letter.bytes), letter).second) << "a number twice";
    }
    for (const Error error : refused[i]) ASSERT_EQ(error, Error::wrong_state);
  }
  for (const auto& [place, letter] : all) ASSERT_EQ(pair.bob.read(pair.alice, letter), "text");
}

TEST(Attack, attack_S22_threads_on_one_device_and_on_another_over_its_store) {
  Pair pair;
  Device other = *Device::open(pair.alice.store, storage_key());
  std::array<std::vector<Buffer>, 2> sent;
  std::array<std::vector<Error>, 2> refused;
  {
    std::jthread first(
        [&] { encrypt_all(pair.alice.device, pair.bob.address(), sent[0], refused[0]); });
    std::jthread second([&] { encrypt_all(other, pair.bob.address(), sent[1], refused[1]); });
  }
  std::map<Place, Buffer> all;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const Buffer& message : sent[i])
      EXPECT_TRUE(all.emplace(place_of(message), message).second) << "a number twice";
    // Between two calls of one's transaction the other may commit.
    for (const Error error : refused[i])
      ASSERT_TRUE(error == Error::wrong_state || error == Error::conflict) << error;
  }
  EXPECT_FALSE(all.empty());
  for (const auto& [place, message] : all)
    ASSERT_EQ(pair.bob.read(pair.alice, {MessageKind::signal, message}), "text");
}

// Which thread commits is open; the other is told that it is over.
TEST(Attack, attack_S22_threads_on_one_device_and_a_commit) {
  Pair pair;
  for (int round = 0; round < 200; ++round) {
    auto tx = pair.alice.begin();
    ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
    std::array<std::optional<Error>, 2> answers;
    {
      std::jthread first([&] { answers[0] = error_of(std::move(tx).commit()); });
      std::jthread second([&] { answers[1] = error_of(std::move(tx).commit()); });
    }
    ASSERT_TRUE(!answers[0] != !answers[1]);
    const Error refused = answers[0] ? *answers[0] : *answers[1];
    ASSERT_TRUE(refused == Error::consumed || refused == Error::wrong_state) << name(refused);
  }
}

TEST(Attack, attack_S23_forked_device_is_refused_in_the_child) {
  Pair pair;
  auto tx = pair.alice.begin();
  ASSERT_TRUE(tx.encrypt(pair.bob.address(), bytes_of("zero"), start));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // No number is at hand here, neither in what was begun nor in what would begin.
    Buffer out(max_message_size(3));
    const bool refused =
        error_of(tx.encrypt(pair.bob.address(), bytes_of("one"), start)) == Error::wrong_state &&
        error_of(std::move(tx).commit()) == Error::wrong_state &&
        error_of(pair.alice.device.begin()) == Error::wrong_state &&
        error_of(pair.bob.device.begin()) == Error::wrong_state &&
        error_of(pair.bob.device.purge()) == Error::wrong_state &&
        error_of(pair.bob.device.encrypt(out, pair.alice.address(), bytes_of("one"), start)) ==
            Error::wrong_state;
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  // The parent goes on.
  EXPECT_TRUE(std::move(tx).commit());
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "on")), "on");
}

}  // namespace
}  // namespace sotto::session
