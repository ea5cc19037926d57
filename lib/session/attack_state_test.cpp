// SPDX-License-Identifier: MIT OR Apache-2.0
/// State that goes back, comes twice, or stops half way: keys that would serve again.
#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;

Buffer save_of(Device& device, const Address& peer) {
  auto tx = *device.begin();
  const auto saved = *save_peer(tx, peer, snapshot_key());
  Buffer out(saved.size());
  EXPECT_TRUE(saved.release(*std::move(tx).commit(), out));
  return out;
}

Result<void> restore_of(Device& device, const Address& peer, Bytes snapshot) {
  auto tx = *device.begin();
  if (const auto done = restore_peer(tx, peer, snapshot, snapshot_key()); !done) return done;
  const auto committed = std::move(tx).commit();
  return committed ? Result<void>() : std::unexpected(committed.error());
}

/// Every message that left, by what its keys come from: ratchet key and number [DR-3.1-4].
class Ledger {
 public:
  void add(const Message& message) {
    const auto prekey = message.kind == MessageKind::prekey
                            ? wire::parse_prekey_message(message.bytes)
                            : std::unexpected(Error::malformed);
    const auto signal = prekey ? Result<wire::SignalMessage>(prekey->message)
                               : wire::parse_signal_message(message.bytes);
    ASSERT_TRUE(signal);
    auto& chain = chains_[std::string(signal->ratchet_key.bytes().begin(),
                                      signal->ratchet_key.bytes().end())];
    if (chain.size() <= signal->counter) chain.resize(signal->counter + 1);
    // The MAC and the first block stand for the message: 24 bytes.
    std::array<std::uint8_t, 24> mark;
    std::ranges::copy(signal->mac, mark.begin());
    std::ranges::copy(signal->ciphertext.first(16), mark.begin() + 8);
    auto& there = chain[signal->counter];
    if (there != std::array<std::uint8_t, 24>{} && there != mark) ++twice_;
    there = mark;
    ++released_;
  }
  [[nodiscard]] std::size_t released() const { return released_; }
  [[nodiscard]] std::size_t twice() const { return twice_; }
  [[nodiscard]] std::size_t chains() const { return chains_.size(); }

 private:
  std::unordered_map<std::string, std::vector<std::array<std::uint8_t, 24>>> chains_;
  std::size_t released_ = 0;
  std::size_t twice_ = 0;
};

/// Two devices over Alice's rows that seal for Bob, and all that can go wrong between.
struct Million {
  static constexpr std::size_t wanted = 1'000'000;
  static constexpr std::size_t text_bytes = 64;
  static constexpr std::size_t most_in_one = 512;

  Pair pair{limits()};
  MemoryStore rows = *pair.alice.rows.share();
  FailingStore second_store{rows};
  Device second = *Device::open(second_store, storage_key(), {}, limits());
  TapeEntropy dice{17};
  Ledger ledger;
  std::size_t sealed = 0, dropped = 0, failed = 0, conflicts = 0, refused = 0, turns = 0,
              unread = 0;
  Buffer out = Buffer(max_message_size(text_bytes));
  Letter last{MessageKind::signal, {}};
  Buffer snapshot;

  /// Late messages are none of this: nothing is set aside for them.
  static DeviceLimits limits() {
    DeviceLimits limits;
    limits.sessions.ratchet.max_skipped_per_chain = 0;
    return limits;
  }

  std::size_t roll(std::size_t sides) {
    std::array<std::uint8_t, 4> bytes;
    EXPECT_TRUE(dice.fill(bytes));
    return (std::size_t{bytes[0]} << 16 | std::size_t{bytes[1]} << 8 | bytes[2]) % sides;
  }

  /// Seals some, each with a text of its own.
  std::vector<Unsent> seal(Transaction& tx, std::size_t count) {
    std::vector<Unsent> unsent;
    std::array<std::uint8_t, text_bytes> text{};
    for (std::size_t i = 0; i < count; ++i) {
      ++sealed;
      std::ranges::copy(std::to_string(sealed), text.begin());
      unsent.push_back(*tx.encrypt(pair.bob.address(), text, start));
    }
    return unsent;
  }

  void release(const std::vector<Unsent>& unsent, const Committed& committed) {
    for (const Unsent& one : unsent) ledger.add(*one.release(committed, out));
    if (unsent.empty()) return;
    const auto message = *unsent.back().release(committed, out);
    last = {message.kind, {message.bytes.begin(), message.bytes.end()}};
  }

  void step() {
    const std::size_t count = 1 + roll(roll(4) == 0 ? most_in_one / 2 : 200);
    Device& device = roll(2) == 0 ? pair.alice.device : second;
    FailingStore& store = &device == &second ? second_store : pair.alice.store;
    const auto what = roll(10);
    if (what == 0) {  // Dropped.
      auto tx = *device.begin();
      seal(tx, count / 8);
      ++dropped;
    } else if (what == 1) {  // The commit fails.
      auto tx = *device.begin();
      seal(tx, count / 8 + 1);
      store.fail_at(1);
      ASSERT_EQ(error_of(std::move(tx).commit()), Error::store_failed);
      ++failed;
    } else if (what == 2) {  // Two at once.
      auto one = *pair.alice.device.begin();
      auto two = *second.begin();
      const auto first = seal(one, count / 8 + 1), other = seal(two, count / 8 + 1);
      const auto committed = std::move(one).commit();
      ASSERT_TRUE(committed);
      for (const Unsent& unsent : other) ASSERT_FALSE(unsent.release(*committed, out));
      release(first, *committed);
      if (const auto late = std::move(two).commit())
        release(other, *late);  // Never; but if, then the ledger shall say so.
      else
        conflicts += late.error() == Error::conflict ? 1U : 0U;
    } else if (what == 3) {  // Back to an older state, by all that lets one through.
      if (!snapshot.empty() &&
          error_of(restore_of(device, pair.bob.address(), snapshot)) == Error::rolled_back)
        ++refused;
      if (roll(4) == 0) snapshot = save_of(device, pair.bob.address());
    } else {
      auto tx = *device.begin();
      const auto unsent = seal(tx, count);
      const auto committed = std::move(tx).commit();
      ASSERT_TRUE(committed);
      release(unsent, *committed);
    }
    if (roll(16) == 0) pair.alice.restart();
    if (roll(16) == 0 && !last.bytes.empty()) {  // A new chain.
      const bool read = pair.bob.read(pair.alice, last).has_value() &&
                        pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "back")).has_value();
      last.bytes.clear();
      ++(read ? turns : unread);
    }
  }
};

TEST(Attack, attack_R17_key_nonce_unique_in_a_million) {
  auto million = std::make_unique<Million>();
  while (million->sealed < Million::wanted && !HasFatalFailure()) million->step();
  // IV and keys come from ratchet key and number alone: what has both in common has all.
  EXPECT_EQ(million->ledger.twice(), 0U) << "keys that served twice";
  EXPECT_EQ(million->unread, 0U);
  EXPECT_GT(million->ledger.released(), Million::wanted * 8 / 10);
  EXPECT_GT(million->ledger.chains(), 100U);
  for (const std::size_t happened :
       {million->dropped, million->failed, million->conflicts, million->refused, million->turns})
    EXPECT_GT(happened, 100U);
  ::testing::Test::RecordProperty("released", std::to_string(million->ledger.released()));
}

TEST(Attack, attack_R18_rollback_restore_of_a_peer) {
  Pair pair;
  const Buffer old = save_of(pair.bob.device, pair.alice.address());
  ASSERT_TRUE(pair.bob.write(pair.alice, "one number spent"));
  const auto before = contents(pair.bob.rows);
  for (const bool after_restart : {false, true}) {
    if (after_restart) pair.bob.restart();
    EXPECT_EQ(error_of(restore_of(pair.bob.device, pair.alice.address(), old)), Error::rolled_back);
    EXPECT_EQ(contents(pair.bob.rows), before);
  }
  // Nor does it help the thief to say that it is newer: the epoch is sealed.
  Buffer newer = old;
  newer[17] ^= 0x40;
  EXPECT_EQ(error_of(restore_of(pair.bob.device, pair.alice.address(), newer)), Error::corrupted);
  // In the same transaction as a message, before it is sealed.
  const Buffer present = save_of(pair.bob.device, pair.alice.address());
  {
    auto tx = pair.bob.begin();
    ASSERT_TRUE(restore_peer(tx, pair.alice.address(), present, snapshot_key()));
    EXPECT_EQ(error_of(restore_peer(tx, pair.alice.address(), old, snapshot_key())),
              Error::rolled_back);
  }
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "on")), "on");
}

TEST(Attack, attack_R18_rollback_restore_of_prekeys) {
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  auto tx = bob.begin();
  const auto saved = save_prekeys(tx, snapshot_key());
  ASSERT_TRUE(saved);
  Buffer old(saved->size());
  ASSERT_TRUE(saved->release(*std::move(tx).commit(), old));
  const Letter first = *alice.write(bob, "hello");
  ASSERT_EQ(bob.read(alice, first), "hello");
  const auto before = contents(bob.rows);
  auto again = bob.begin();  // It would bring back the one-time prekey that was consumed.
  EXPECT_EQ(error_of(restore_prekeys(again, old, snapshot_key())), Error::rolled_back);
  ASSERT_TRUE(std::move(again).commit());
  EXPECT_EQ(contents(bob.rows), before);
}

TEST(Attack, attack_R18_rollback_restore_of_the_whole_store) {
  Pair pair;
  auto old = *pair.bob.rows.clone();
  auto tx = pair.bob.begin();
  ASSERT_TRUE(tx.encrypt(pair.alice.address(), bytes_of("one"), start));
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);

  auto back = *old.clone();
  EXPECT_EQ(error_of(Device::open(back, storage_key(), committed->number())), Error::rolled_back);
  EXPECT_EQ(contents(back), contents(old)) << "nothing is sealed";
  EXPECT_TRUE(Device::open(pair.bob.rows, storage_key(), committed->number()));
  // A known limit, pinned: who keeps the number nowhere else cannot tell.
  EXPECT_TRUE(Device::open(back, storage_key()));
}

/// Does what it is asked, and at one commit dies: the answer never comes, neither that time nor
/// later.
class DyingStore final : public Store {
 public:
  DyingStore(Store& under, std::size_t at, bool after) : under_(&under), left_(at), after_(after) {}
  [[nodiscard]] bool dead() const { return dead_; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (dies()) return std::unexpected(Error::store_failed);
    return under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    if (dies()) return std::unexpected(Error::store_failed);
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    const bool was_alive = !dead_;
    if (dies()) {
      if (was_alive && after_) static_cast<void>(under_->commit(changes));
      return std::unexpected(Error::store_failed);
    }
    return under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    if (dies()) return std::unexpected(Error::store_failed);
    return under_->revision();
  }

 private:
  bool dies() {
    if (!dead_ && --left_ == 0) dead_ = true;
    return dead_;
  }
  Store* under_;
  std::size_t left_;
  bool after_;
  bool dead_ = false;
};

using Act = std::function<bool(Device&, Entropy&)>;

/// Bob's rows, and what he does with them until he dies at each call of his store.
void die_everywhere(const MemoryStore& rows, const Act& act) {
  auto before = *rows.clone(), after = *rows.clone();
  TapeEntropy tape(5);
  {
    auto device = *Device::open(after, storage_key());
    ASSERT_TRUE(act(device, tape));
  }
  const auto was = contents(before), is = contents(after);
  ASSERT_NE(was, is);
  std::size_t ended_before = 0, ended_after = 0;
  for (std::size_t at = 1;; ++at) {
    bool died = false;
    for (const bool late : {false, true}) {
      auto copy = *rows.clone();
      DyingStore store(copy, at, late);
      tape = TapeEntropy(5);
      if (auto device = Device::open(store, storage_key())) {
        const bool done = act(*device, tape);
        ASSERT_EQ(done, !store.dead());
      }
      if (!store.dead()) break;
      died = true;
      const auto left = contents(copy);
      ASSERT_TRUE(left == was || left == is) << "call " << at << ": neither before nor after";
      ++(left == was ? ended_before : ended_after);
      // What is left opens, and the act can be done then: it was not, or it is seen to be done.
      auto again = *Device::open(copy, storage_key());
      tape = TapeEntropy(6);
      if (left == was) {
        ASSERT_TRUE(act(again, tape));
      }
    }
    if (!died) break;
  }
  EXPECT_GT(ended_before, 2U);
  EXPECT_GE(ended_after, 1U);
}

TEST(Attack, attack_S08_crash_points_at_each_call_of_the_store) {
  Pair pair;
  const auto alice = pair.alice.address();
  for (int i = 0; i < 70; ++i) ASSERT_TRUE(pair.alice.write(pair.bob, "late"));
  const auto letter = *pair.alice.write(pair.bob, "one that skips two pages");
  Party carol("carol", 3), dave("dave", 4);
  ASSERT_TRUE(carol.connect(pair.bob));
  const auto first = *carol.write(pair.bob, "a first message");
  ASSERT_TRUE(carol.connect(pair.bob, false));
  const auto last_resort = *carol.write(pair.bob, "another");
  ASSERT_TRUE(dave.make_prekeys());
  const auto bundle = *dave.bundle();
  const auto verified = *verify(bundle.keys);

  Buffer out(1000);
  const auto read = [&](const Address& from, const Letter& what) -> Act {
    return [&, from](Device& device, Entropy& entropy) {
      return device.decrypt(out, from, what.kind, what.bytes, entropy, start).has_value();
    };
  };
  const auto in_one = [](auto&& work) -> Act {
    return [work](Device& device, Entropy& entropy) {
      auto tx = device.begin();
      return tx && work(*tx, entropy) && std::move(*tx).commit();
    };
  };
  const std::vector<Act> acts{
      read(alice, letter),
      read(carol.address(), first),
      read(carol.address(), last_resort),
      [&](Device& device, Entropy&) {
        return device.encrypt(out, alice, bytes_of("text"), start).has_value();
      },
      [&](Device& device, Entropy& entropy) {
        return device.connect(dave.address(), bundle.registration, verified, entropy, start)
            .has_value();
      },
      in_one([](Transaction& tx, Entropy& e) { return tx.rotate_signed_prekey(e, start); }),
      in_one([](Transaction& tx, Entropy&) { return tx.bundle(); }),
      in_one([&](Transaction& tx, Entropy&) { return tx.erase_sessions(alice); }),
      in_one([&](Transaction& tx, Entropy& entropy) {
        return tx.decrypt(out, alice, letter.kind, letter.bytes, entropy, start) &&
               tx.put(bytes_of("inbox"), bytes_of("text")) && tx.replenish(entropy) && tx.bundle();
      }),
  };
  for (const Act& act : acts) die_everywhere(pair.bob.rows, act);
}

}  // namespace
}  // namespace sotto::session
