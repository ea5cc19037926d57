// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store that fails at any single call: nothing changes, and the same again succeeds.
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Somebody in the middle of everything: a session with bob, skipped keys, carol's first message
/// at hand, prekeys due.
struct Scene {
  explicit Scene(std::uint32_t cached) : limits(with(cached)) {
    EXPECT_TRUE(carol.connect(pair.alice));
    first = *carol.write(pair.alice, "from carol");
    for (int i = 0; i < 70; ++i) late = *pair.bob.write(pair.alice, "late");
    EXPECT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "skips")));
    next = *pair.bob.write(pair.alice, "next");
    theirs = pair.bob.bundle()->keys;
    pair.alice.now += std::chrono::days(40);
  }
  static DeviceLimits with(std::uint32_t cached) {
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    limits.prekeys.batch = 3;
    return limits;
  }

  DeviceLimits limits;
  struct Prepared : Pair {
    explicit Prepared(const DeviceLimits& limits) : Pair(limits) {
      EXPECT_TRUE(alice.make_prekeys());
    }
  } pair{limits};
  Party carol{"carol", 3, limits};
  Letter first{}, late{}, next{};
  Bundle theirs;
};

using Operation = std::function<std::optional<Error>(Scene&)>;

/// Runs `operation` with the first call of the store failing, then the second, and so on until none
/// is left to fail: each time with the same store as before, and the same result in the end.
void fails_anywhere(const Operation& operation, std::uint32_t cached, bool restart, Error error) {
  const auto prepare = [&] {
    auto scene = std::make_unique<Scene>(cached);
    if (restart) scene->pair.alice.restart();
    return scene;
  };
  auto undisturbed = prepare();
  const std::size_t before_calls = undisturbed->pair.alice.store.calls();
  ASSERT_EQ(operation(*undisturbed), std::nullopt);
  const std::size_t calls = undisturbed->pair.alice.store.calls() - before_calls;
  const auto expected = contents(undisturbed->pair.alice.rows);
  ASSERT_GT(calls, 0U);
  auto scene = prepare();
  for (std::size_t n = 1; n <= calls; ++n) {
    const auto before = contents(scene->pair.alice.rows);
    const auto tape = scene->pair.alice.tape;
    scene->pair.alice.store.fail_at(n, error);
    ASSERT_EQ(operation(*scene), error) << n << " of " << calls;
    ASSERT_EQ(contents(scene->pair.alice.rows), before) << n << " of " << calls;
    // The retry succeeds, and to the same bytes when it draws the same.
    scene->pair.alice.tape = tape;
    scene->pair.alice.store.fail_at(0);
    ASSERT_EQ(operation(*scene), std::nullopt) << n << " of " << calls;
    ASSERT_EQ(contents(scene->pair.alice.rows), expected) << n << " of " << calls;
    if (n < calls) scene = prepare();
  }
}

void everywhere(const Operation& operation) {
  for (const Error error : {Error::store_failed, Error::out_of_memory}) {
    fails_anywhere(operation, 64, false, error);
    fails_anywhere(operation, 64, true, error);
    fails_anywhere(operation, 0, false, error);
  }
}

template <class T>
std::optional<Error> ended(Transaction&& tx, const Result<T>& done) {
  if (!done) return done.error();
  return error_of(std::move(tx).commit());
}

TEST(FailingStore, encrypting) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.write(s.pair.bob, "text")); });
}

TEST(FailingStore, decrypting) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.read(s.pair.bob, s.next)); });
}

TEST(FailingStore, decrypting_a_late_message) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.read(s.pair.bob, s.late)); });
}

TEST(FailingStore, a_first_message) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.read(s.carol, s.first)); });
}

TEST(FailingStore, connecting) {
  everywhere([](Scene& s) {
    return error_of(s.pair.alice.device.connect(s.pair.bob.address(), RegistrationId{1},
                                                *verify(s.theirs), s.pair.alice.tape, start));
  });
}

TEST(FailingStore, accepting_an_identity) {
  everywhere([](Scene& s) {
    auto tx = s.pair.alice.device.begin();
    if (!tx) return error_of(tx);
    const auto done = tx->accept_identity(s.pair.bob.address(), s.carol.device.identity());
    return ended(*std::move(tx), done);
  });
}

TEST(FailingStore, rotating_and_replenishing) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.make_prekeys()); });
}

TEST(FailingStore, giving_out_a_bundle) {
  everywhere([](Scene& s) { return error_of(s.pair.alice.bundle()); });
}

TEST(FailingStore, several_operations_in_one_transaction) {
  everywhere([](Scene& s) -> std::optional<Error> {
    std::vector<std::uint8_t> out(400), row(10);
    auto begun = s.pair.alice.device.begin();
    if (!begun) return begun.error();
    Transaction& tx = *begun;
    const auto& from = s.pair.bob;
    auto& alice = s.pair.alice;
    const auto next = tx.decrypt(out, from.address(), s.next.kind, s.next.bytes, alice.tape, start);
    if (!next) return next.error();
    const auto first =
        tx.decrypt(out, s.carol.address(), s.first.kind, s.first.bytes, alice.tape, start);
    if (!first) return first.error();
    const auto answer = tx.encrypt(s.carol.address(), bytes_of("hi"), start);
    if (!answer) return answer.error();
    const auto inbox = tx.put(bytes_of("in"), bytes_of("from carol"));
    if (!inbox) return inbox.error();
    return ended(std::move(tx), tx.get(row, bytes_of("in")));
  });
}

TEST(FailingStore, opening_a_device) {
  Pair pair;
  FailingStore store(pair.alice.rows);
  std::size_t n = 1;
  for (;; ++n) {
    store.fail_at(n);
    const auto opened = Device::open(store, storage_key());
    if (opened) break;
    EXPECT_EQ(error_of(opened), Error::store_failed);
  }
  // A reading that shows whether what is there is the newest; its row, the head; a reading and its
  // head; all rows and that there are no more; the head again.
  EXPECT_EQ(n, 1 + 2 + 2 + (pair.alice.rows.rows() + 1) + 1 + 1);
}

}  // namespace
}  // namespace sotto::session
