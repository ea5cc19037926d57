// SPDX-License-Identifier: MIT OR Apache-2.0
/// A clock at the ends of what it can read, in everything that takes the time: nothing overflows,
/// what is refused is refused for a time, and all goes on once the clock is right. Overflow itself
/// is for the build with sanitizers to find.
#include <array>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_service.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

constexpr milliseconds one{1};
constexpr std::array moments{Instant::min(), Instant::min() + one, Instant{}, Instant::max() - one,
                             Instant::max()};

DeviceLimits small() {
  DeviceLimits limits;
  limits.prekeys.batch = 4;
  limits.prekeys.low_water = 2;
  limits.sessions.max_unanswered_connects = 100;
  return limits;
}

/// Two who have spoken at a time, with something of each kind that has a time: archived sessions
/// and a pending one, skipped keys, prekeys that are uploaded, out and replaced.
struct Long {
  explicit Long(Instant then) {
    set(then);
    EXPECT_TRUE(alice.make_prekeys() && bob.make_prekeys());
    service.sync(alice);
    talk();
    EXPECT_TRUE(bob.write(alice, "late"));
    talk();
    static_cast<void>(alice.bundle());
    service.hand_out(1);
    EXPECT_TRUE(alice.connect(bob));
  }
  void set(Instant now) { alice.now = bob.now = now; }
  /// Alice begins anew, and Bob answers.
  void talk() {
    EXPECT_EQ(error_of(alice.connect(bob)), std::nullopt);
    EXPECT_EQ(bob.read(alice, *alice.write(bob, "hello")), "hello");
    EXPECT_EQ(alice.read(bob, *bob.write(alice, "hello yourself")), "hello yourself");
  }

  Party alice{"alice", 1, small()};
  Party bob{"bob", 2, small()};
  Service service;
};

/// What Alice does at a time, alone and in one transaction.
struct Deed {
  const char* name;
  std::function<std::optional<Error>(Long&)> act;
};

template <class Act>
Deed in_a_transaction(const char* name, Act act) {
  return {name, [act](Long& w) -> std::optional<Error> {
            auto tx = w.alice.begin();
            if (const auto done = error_of(act(w, tx))) return done;
            return error_of(std::move(tx).commit());
          }};
}

std::vector<Deed> deeds() {
  return {
      {"Device::connect", [](Long& w) { return error_of(w.alice.connect(w.bob)); }},
      {"Device::encrypt", [](Long& w) { return error_of(w.alice.write(w.bob, "text")); }},
      {"Device::decrypt",
       [](Long& w) {
         const auto letter = w.bob.write(w.alice, "text");
         return letter ? error_of(w.alice.read(w.bob, *letter)) : letter.error();
       }},
      in_a_transaction("connect",
                       [](Long& w, Transaction& tx) {
                         const auto bundle = *w.bob.bundle();
                         return tx.connect(w.bob.address(), bundle.registration,
                                           *verify(bundle.keys), w.alice.tape, w.alice.now);
                       }),
      in_a_transaction("encrypt",
                       [](Long& w, Transaction& tx) {
                         return tx.encrypt(w.bob.address(), bytes_of("text"), w.alice.now);
                       }),
      in_a_transaction("decrypt",
                       [](Long& w, Transaction& tx) {
                         const Letter letter = *w.bob.write(w.alice, "text");
                         std::vector<std::uint8_t> out(letter.bytes.size());
                         return whether(tx.decrypt(out, w.bob.address(), letter.kind, letter.bytes,
                                                   w.alice.tape, w.alice.now));
                       }),
      in_a_transaction(
          "info", [](Long& w, Transaction& tx) { return tx.info(w.bob.address(), w.alice.now); }),
      {"prekeys_to_upload and prekeys_uploaded",
       [](Long& w) {
         w.service.sync(w.alice);
         return std::optional<Error>();
       }},
      in_a_transaction("prekeys_to_upload after the store went back",
                       [](Long& w, Transaction& tx) {
                         return whether(
                             tx.prekeys_to_upload({.not_ours = true}, w.alice.tape, w.alice.now));
                       }),
      in_a_transaction("prekey_status",
                       [](Long& w, Transaction& tx) { return tx.prekey_status(w.alice.now); }),
      in_a_transaction("rotate_signed_prekey",
                       [](Long& w, Transaction& tx) {
                         return tx.rotate_signed_prekey(w.alice.tape, w.alice.now);
                       }),
      in_a_transaction("import_prekey",
                       [](Long& w, Transaction& tx) {
                         static std::uint32_t id = 0;
                         const auto identity = w.alice.device.home().identity().duplicate();
                         return tx.import_prekey(
                             *SignedPrekey::generate(SignedPrekeyId{++id}, identity, w.alice.tape),
                             w.alice.now);
                       }),
  };
}

TEST(ExtremeClock, is_taken_by_everything_that_takes_the_time) {
  std::vector<Instant> all(moments.begin(), moments.end());
  all.push_back(start);
  for (const Instant then : all) {
    SCOPED_TRACE(then.time_since_epoch().count());
    for (const Instant now : all) {
      SCOPED_TRACE(now.time_since_epoch().count());
      Long world(then);
      for (const Deed& deed : deeds()) {
        world.alice.now = now;
        const auto refused = deed.act(world);
        // A session that was not answered for too long does not send [SES-3-2].
        EXPECT_EQ(refused.value_or(Error::no_session), Error::no_session) << deed.name;
      }
      // The clock is right, and stays so.
      for (int day = 0; day < 4; ++day) {
        world.set(start + days(day));
        for (const Deed& deed : deeds()) {
          const auto refused = deed.act(world);
          EXPECT_EQ(refused.value_or(Error::no_session), Error::no_session) << deed.name;
        }
      }
      world.talk();
      EXPECT_TRUE(reached(world.service, world.alice));
      EXPECT_GE(world.alice.status()->one_time_left, 2U);
    }
  }
}

TEST(ExtremeClock, of_one_reading_destroys_nothing_at_once) {
  // [SES-6-4, SES-8-7]
  for (const Instant now : moments) {
    SCOPED_TRACE(now.time_since_epoch().count());
    Long world(start);
    const Bundle bundle = world.service.hand_out();
    const Letter late = *world.bob.write(world.alice, "late");
    world.alice.now = now;
    for (const Deed& deed : deeds()) static_cast<void>(deed.act(world));
    world.alice.now = start;
    EXPECT_EQ(world.alice.read(world.bob, late), "late");
    Party carol("carol", 3);
    EXPECT_EQ(reach(carol, world.alice, bundle), std::nullopt);
  }
}

}  // namespace
}  // namespace sotto::session
