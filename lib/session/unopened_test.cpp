// SPDX-License-Identifier: MIT OR Apache-2.0
/// What becomes of messages that were refused: each error in the table once, each brought about,
/// and what is to be kept opens when nothing stands in its way any more.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/unopened.hpp>

#include "session/home.hpp"
#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Bob, for whom Alice has a message, over a store that does not do everything.
struct Case {
  explicit Case(const DeviceLimits& limits = {}) : pair(limits), store(pair.bob.rows) {
    EXPECT_TRUE(pair.bob.make_prekeys());
    letter = *pair.alice.write(pair.bob, "the only copy");
    reopen(limits);
  }
  void reopen(const DeviceLimits& limits = {}) {
    pair.bob.device = *Device::open(store, storage_key(), {}, limits);
  }
  std::optional<Error> read() { return error_of(pair.bob.read(pair.alice, letter)); }
  std::optional<Error> read(Party& from, std::string_view text) {
    letter = *from.write(pair.bob, text);
    return error_of(pair.bob.read(from, letter));
  }
  std::optional<Error> decrypt(MutableBytes out, const Address& from, Entropy& entropy) {
    return error_of(pair.bob.device.decrypt(out, from, letter.kind, letter.bytes, entropy, start));
  }
  /// A first message of somebody new, with the name of its sender.
  std::optional<Error> read_first(std::string_view name, bool with_one_time,
                                  const std::function<void(Letter&)>& change) {
    Party from(name, 77);
    EXPECT_TRUE(from.connect(pair.bob, with_one_time));
    letter = *from.write(pair.bob, "hello");
    change(letter);
    const auto error = error_of(pair.bob.read(from, letter));
    pair.alice.name = name;  // Who is asked again.
    return error;
  }

  Pair pair;
  UnsureStore store;
  std::optional<Party> other;        ///< who has the place of alice
  std::optional<MemoryStore> fresh;  ///< in the place of bob's
  Letter letter{};
  std::vector<std::uint8_t> room = std::vector<std::uint8_t>(1'000);
  testing::TapeEntropy tape{3};
};

const auto as_it_is = [](Letter&) {};

/// Bring it about; then take away what stood in the way, if anything can.
struct Row {
  std::function<std::optional<Error>(Case&)> refused;
  std::function<void(Case&)> mend = [](Case&) {};
  DeviceLimits limits{};
};

DeviceLimits with(const std::function<void(DeviceLimits&)>& change) {
  DeviceLimits limits;
  change(limits);
  return limits;
}

std::map<Error, Row> rows() {
  std::map<Error, Row> all;
  all[Error::malformed] = {[](Case& c) {
    c.letter.bytes.resize(3);
    return c.read();
  }};
  all[Error::authentication_failed] = {[](Case& c) {
    c.letter.bytes.back() ^= 1;
    return c.read();
  }};
  all[Error::replayed] = {[](Case& c) {
    EXPECT_EQ(c.read(), std::nullopt);
    return c.read();
  }};
  all[Error::weak_key] = {[](Case& c) {
    return c.read_first("carol", true, [](Letter& letter) {
      const auto parsed = *wire::parse_prekey_message(letter.bytes);
      const auto key = parsed.base_key.bytes();
      const auto at = std::ranges::search(letter.bytes, key);
      std::ranges::fill(at, std::uint8_t{0});
    });
  }};
  all[Error::own_identity] = {[](Case& c) {
    return c.read_first("carol", true, [&](Letter& letter) {
      const auto parsed = *wire::parse_prekey_message(letter.bytes);
      const auto at = std::ranges::search(letter.bytes, parsed.identity.bytes());
      std::ranges::copy(c.pair.bob.device.identity().bytes(), at.begin());
    });
  }};
  all[Error::no_session] = {[](Case& c) {
    auto tx = c.pair.bob.begin();
    EXPECT_TRUE(tx.erase_sessions(c.pair.alice.address()) && std::move(tx).commit());
    return c.read();
  }};
  all[Error::unknown_prekey] = {[](Case& c) {
    Party carol("carol", 78), dave("dave", 79);
    const auto bundle = *c.pair.bob.bundle();
    for (Party* from : {&carol, &dave})  // A service that gives one prekey to two.
      EXPECT_TRUE(from->device.connect(c.pair.bob.address(), bundle.registration, *verify(bundle),
                                       from->tape, start));
    EXPECT_EQ(c.read(carol, "hello"), std::nullopt);
    c.pair.alice.name = "dave";
    return c.read(dave, "hello");
  }};
  all[Error::too_far_ahead] = {[](Case& c) {
                                 for (int i = 0; i < 20; ++i)
                                   EXPECT_TRUE(c.pair.alice.write(c.pair.bob, "lost"));
                                 return c.read(c.pair.alice, "after many");
                               },
                               [](Case&) {}, with([](DeviceLimits& limits) {
                                 limits.sessions.ratchet.max_forward_jump = 10;
                               })};
  all[Error::exhausted] = {[](Case& c) { return c.read_first("carol", false, as_it_is); },
                           [](Case&) {},
                           with([](DeviceLimits& limits) { limits.prekeys.max_last_resort = 0; })};
  all[Error::too_large] = {[](Case& c) {
    c.reopen(with([](DeviceLimits& limits) { limits.sessions.max_message_bytes = 40; }));
    return c.read();
  }};
  all[Error::identity_changed] = {
      [](Case& c) { return c.read_first("alice", true, as_it_is); },
      [](Case& c) {
        const auto shown = *c.pair.bob.device.offered_identity(c.pair.alice.address());
        auto tx = c.pair.bob.begin();
        EXPECT_TRUE(tx.accept_identity(c.pair.alice.address(), *shown) && std::move(tx).commit());
      }};
  all[Error::identity_in_use] = {
      [](Case& c) {
        EXPECT_EQ(c.read_first("carol", true, as_it_is), std::nullopt);
        return c.read_first("mallory", true, as_it_is);  // with the same identity
      },
      [](Case& c) {
        auto tx = c.pair.bob.begin();
        EXPECT_TRUE(tx.forget_account("carol") && std::move(tx).commit());
      }};
  all[Error::conflict] = {[](Case& c) {
    c.store.before_commit([&] {
      auto rows = *c.pair.bob.rows.share();
      auto twin = *Device::open(rows, storage_key());
      std::vector<std::uint8_t> out(max_message_size(1));
      EXPECT_TRUE(twin.encrypt(out, c.pair.alice.address(), bytes_of("x"), start));
    });
    c.store.next_commit(false, 0, Error::conflict);
    return c.read();
  }};
  all[Error::wrong_state] = {[](Case& c) {
    const auto inside = c.pair.bob.begin();
    return c.read();
  }};
  all[Error::consumed] = {[](Case& c) {
                            const Device moved = std::move(c.pair.bob.device);
                            return c.read();
                          },
                          [](Case& c) { c.reopen(); }};
  all[Error::invalid_argument] = {
      [](Case& c) { return c.decrypt(c.room, {"", DeviceId{1}}, c.tape); }};
  all[Error::buffer_too_small] = {[](Case& c) {
    return c.decrypt(MutableBytes(c.room).first(3), c.pair.alice.address(), c.tape);
  }};
  all[Error::buffers_overlap] = {
      [](Case& c) { return c.decrypt(c.letter.bytes, c.pair.alice.address(), c.tape); }};
  all[Error::entropy_failed] = {[](Case& c) {
    // It brings a new ratchet key.
    EXPECT_EQ(c.read(), std::nullopt);
    EXPECT_TRUE(c.pair.alice.read(c.pair.bob, *c.pair.bob.write(c.pair.alice, "and you?")));
    c.letter = *c.pair.alice.write(c.pair.bob, "the only copy");
    testing::FailingEntropy none;
    return c.decrypt(c.room, c.pair.alice.address(), none);
  }};
  all[Error::store_failed] = {[](Case& c) {
    c.store.next_commit(false, 0);
    return c.read();
  }};
  all[Error::outcome_unknown] = {[](Case& c) {
    c.store.next_commit(true, 1);
    return c.read();
  }};
  all[Error::rolled_back] = {
      [](Case& c) {
        auto old = *c.pair.bob.rows.clone();
        SwitchedStore store(c.pair.bob.rows);
        auto device = *Device::open(store, storage_key());
        EXPECT_TRUE(device.encrypt(c.room, c.pair.alice.address(), bytes_of("x"), start));
        store.set(old);
        return error_of(device.decrypt(c.room, c.pair.alice.address(), c.letter.kind,
                                       c.letter.bytes, c.tape, start));
      },
      [](Case& c) { c.reopen(); }};
  all[Error::not_set_up] = {[](Case& c) {
    auto copy = *c.pair.bob.rows.clone();
    auto device = *Device::open(copy, storage_key());
    EXPECT_TRUE(Device::erase(copy));
    return error_of(device.decrypt(c.room, c.pair.alice.address(), c.letter.kind, c.letter.bytes,
                                   c.tape, start));
  }};
  all[Error::corrupted] = {[](Case& c) {
    auto damaged = *c.pair.bob.rows.clone();
    auto device = *Device::open(damaged, storage_key());
    for (const auto& [key, value] : contents(damaged))
      if (key.starts_with("53")) write_raw(damaged, testing::unhex(key), std::nullopt);
    return error_of(device.decrypt(c.room, c.pair.alice.address(), c.letter.kind, c.letter.bytes,
                                   c.tape, start));
  }};
  all[Error::unsupported_version] = {[](Case& c) {
    c.letter.bytes.front() = 0x44;
    return c.read();
  }};
  return all;
}

/// These come of the machine, or of an older program; no test here brings them about.
constexpr std::array elsewhere{Error::out_of_memory, Error::backend_unavailable, Error::old_format};

TEST(Unopened, each_error_of_decrypt_stands_in_the_table_once) {
  const auto brought_about = rows();
  for (unsigned i = 0; i <= static_cast<unsigned>(Error::too_large); ++i) {
    const auto error = static_cast<Error>(i);
    const bool answered =
        brought_about.contains(error) || std::ranges::find(elsewhere, error) != elsewhere.end();
    EXPECT_EQ(std::ranges::count(unopened_rules, error, &UnopenedRule::error), answered ? 1 : 0)
        << name(error);
    if (!answered) {
      EXPECT_EQ(unopened(error), Unopened::keep) << name(error);
    }
  }
}

TEST(Unopened, what_is_kept_opens_when_nothing_stands_in_its_way_and_nothing_else_does) {
  for (const auto& [error, row] : rows()) {
    SCOPED_TRACE(name(error));
    Case c(row.limits);
    c.reopen(row.limits);
    ASSERT_EQ(row.refused(c), error);
    row.mend(c);
    // A message of another version waits for another program.
    const bool opens = unopened(error) == Unopened::keep && error != Error::unsupported_version;
    EXPECT_EQ(c.read() == std::nullopt, opens);
  }
}

/// Bob has another session with Alice, and hers is not the current one any more.
void begin_anew(Case& c) {
  ASSERT_TRUE(c.pair.alice.make_prekeys());
  ASSERT_TRUE(c.pair.bob.connect(c.pair.alice));
}

template <class Act>
void in_a_transaction(Case& c, Act&& act) {
  auto tx = c.pair.bob.begin();
  ASSERT_TRUE(act(tx, c.pair.alice.address()));
  ASSERT_TRUE(std::move(tx).commit());
}

/// What makes an honest message, sealed before, doubtful: each way that the table names.
struct Forgotten {
  const char* way;
  std::function<void(Case&)> happens;
  /// Before Bob has another session with Alice, it is told from a forgery.
  bool begins_anew = true;
  DeviceLimits limits{};
};

std::vector<Forgotten> forgotten() {
  std::vector<Forgotten> ways;
  ways.push_back({"its session was erased for its age",
                  [](Case& c) {
                    begin_anew(c);
                    c.pair.bob.now += SessionLimits{}.max_archived_age;
                    EXPECT_EQ(c.read(), Error::no_session) << "too old, and still here";
                    begin_anew(c);  // This erases it.
                  },
                  false});
  ways.push_back({"its session was erased for room", begin_anew, false,
                  with([](DeviceLimits& limits) { limits.sessions.max_archived = 0; })});
  ways.push_back({"its chain was dropped for room",
                  [](Case& c) {
                    Party &alice = c.pair.alice, &bob = c.pair.bob;
                    EXPECT_TRUE(bob.read(alice, *alice.write(bob, "of the same chain")));
                    EXPECT_TRUE(alice.read(bob, *bob.write(alice, "a turn")));
                    EXPECT_TRUE(bob.read(alice, *alice.write(bob, "and another")));
                  },
                  false, with([](DeviceLimits& limits) {
                    limits.sessions.ratchet.max_receiving_chains = 1;
                  })});
  ways.push_back({"erase_sessions", [](Case& c) {
                    in_a_transaction(c, [](Transaction& tx, const Address& alice) {
                      return tx.erase_sessions(alice);
                    });
                  }});
  ways.push_back({"forget", [](Case& c) {
                    in_a_transaction(
                        c, [](Transaction& tx, const Address& alice) { return tx.forget(alice); });
                  }});
  ways.push_back({"accept_identity", [](Case& c) {
                    c.other.emplace("alice", 91);  // Set up anew, with another identity.
                    in_a_transaction(c, [&](Transaction& tx, const Address& alice) {
                      return tx.accept_identity(alice, c.other->device.identity());
                    });
                  }});
  ways.push_back({"this device was lost and set up anew", [](Case& c) {
                    const auto identity = c.pair.bob.device.home().identity().duplicate();
                    c.fresh.emplace(*MemoryStore::create());
                    c.pair.bob.device = *Device::create(*c.fresh, storage_key(), identity,
                                                        DeviceId{1}, RegistrationId{102});
                  }});
  return ways;
}

TEST(Unopened, an_honest_message_of_what_is_kept_no_longer_is_as_doubtful_as_a_forgery) {
  for (const Forgotten& one : forgotten()) {
    SCOPED_TRACE(one.way);
    Case c(one.limits);
    c.reopen(one.limits);
    one.happens(c);
    if (one.begins_anew) {
      EXPECT_EQ(c.read(), Error::no_session) << "nothing else is there";
      if (c.other) {
        ASSERT_TRUE(c.other->make_prekeys());
        ASSERT_TRUE(c.pair.bob.connect(*c.other));
      } else {
        begin_anew(c);
      }
    }
    const auto refused = c.read();
    ASSERT_EQ(refused, Error::authentication_failed);
    EXPECT_EQ(unopened(*refused), Unopened::doubtful);
  }
}

TEST(Unopened, what_is_lost_or_doubtful_can_be_sent_again_in_a_new_session) {
  for (const auto& [error, row] : rows()) {
    const Unopened message = unopened(error);
    if (message != Unopened::lost && message != Unopened::doubtful) continue;
    if (error == Error::too_large) continue;
    SCOPED_TRACE(name(error));
    Case c(row.limits);
    c.reopen(row.limits);
    ASSERT_EQ(row.refused(c), error);
    Party& alice = c.pair.alice;
    alice.name = "alice";
    ASSERT_TRUE(alice.make_prekeys());
    ASSERT_TRUE(c.pair.bob.connect(alice));
    EXPECT_EQ(alice.read(c.pair.bob, *c.pair.bob.write(alice, "again, please")), "again, please");
    EXPECT_EQ(c.read(alice, "what I said"), std::nullopt);
  }
}

}  // namespace
}  // namespace sotto::session
