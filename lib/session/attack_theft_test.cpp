// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a thief of the whole state gets: nothing of before, and of later only until the ratchet has
/// turned once; and what two living copies of one state come to.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/fields.hpp"
#include "ratchet/image.hpp"
#include "ratchet/message_keys.hpp"
#include "session/device_record.hpp"
#include "session/test_devices.hpp"
#include "session/test_service.hpp"
#include "session/work.hpp"
#include "testing/ratchet_image.hpp"
#include "wire/frame.hpp"

namespace sotto::session {
namespace {

using ratchet::signal_v3;
using testing::error_of;
using testing::hex;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;

/// The ratchet of a party's current session, as bytes.
Buffer ratchet_of(Party& party, const Party& with) {
  auto tx = party.begin();
  return testing::image_of(*(*tx.work().peer(with.address()))->peer().current()->ratchet);
}

/// The secrets of a ratchet, and the seeds of the messages that its chains come to next.
std::vector<std::string> secrets_of(const Buffer& image, std::size_t seeds_ahead) {
  base::Fields fields(Bytes(image).subspan(testing::image_head_at));
  std::vector<std::string> secrets;
  const auto add = [&](Bytes secret) { secrets.push_back(hex(secret)); };
  const auto add_chain = [&](Bytes key) {
    add(key);
    ChainKey chain(key.first<32>());
    for (std::size_t i = 0; i < seeds_ahead; ++i)
      add(ratchet::step_chain(signal_v3, chain).expose());
  };
  add(fields.view(32));  // root
  add(fields.view(32));  // ratchet key
  static_cast<void>(fields.view(32));
  add_chain(fields.view(32));  // sending
  static_cast<void>(fields.view(12));
  for (int chains = fields.uint<std::uint8_t>(); chains > 0; --chains) {
    static_cast<void>(fields.view(36));
    add_chain(fields.view(32));
    static_cast<void>(fields.view(16));
  }
  EXPECT_FALSE(fields.failed());
  return secrets;
}

/// All that a thief finds who has the store and its key: every row in the plain, and the bytes of
/// the file as they are.
std::string loot(Party& party) {
  const auto own = *device_row_sealer(storage_key());
  const Bytes device = (**party.rows.get(device_row().bytes())).value;
  const auto keys = *RowKeys::create(DeviceRecord::open(device, storage_key(), own)->root);
  std::string found;
  for (const auto& [name, value] : contents(party.rows)) {
    const auto sealed = testing::unhex(value);
    Buffer plain(sealed.size() - Sealer::overhead_bytes);
    const Sealer& sealer = name == "44" ? own : keys->sealer();
    EXPECT_TRUE(sealer.open(plain, sealed, testing::unhex(name)));
    found += hex(plain) + ' ' + value + ' ';
  }
  return found;
}

TEST(Attack, attack_R19_fs_after_leak_of_all_that_is_stored) {
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  const auto bundle = *bob.bundle();
  const auto one_time = hex(
      bob.begin().work().prekeys().one_time(bundle.keys.one_time->id)->keys.secret_key().expose());
  ASSERT_TRUE(alice.device.connect(bob.address(), bundle.registration, *verify(bundle.keys),
                                   alice.tape, start));
  ASSERT_NE(loot(bob).find(one_time), std::string::npos) << "the search finds nothing";

  // A talk of some turns, out of order; what Bob holds is noted before each message that he reads.
  std::vector<Letter> opened;
  std::vector<std::string> spent;
  const auto read = [&](const Letter& letter, std::string_view text) {
    if (bob.info(alice)->can_send)
      for (auto& secret : secrets_of(ratchet_of(bob, alice), 4)) spent.push_back(std::move(secret));
    ASSERT_EQ(bob.read(alice, letter), text);
    opened.push_back(letter);
  };
  for (int turn = 0; turn < 5; ++turn) {
    const auto a = *alice.write(bob, "a"), b = *alice.write(bob, "b"), c = *alice.write(bob, "c");
    read(a, "a");
    read(c, "c");
    read(b, "b");
    for (auto& secret : secrets_of(ratchet_of(bob, alice), 0)) spent.push_back(std::move(secret));
    ASSERT_TRUE(bob.write(alice, "lost"));
    ASSERT_EQ(alice.read(bob, *bob.write(alice, "back")), "back");
  }
  const auto late = *alice.write(bob, "late");
  read(*alice.write(bob, "last"), "last");

  // What has to be there still: the chains of messages to come, and the seed of the late one.
  const auto now = secrets_of(ratchet_of(bob, alice), 0);
  const std::string stolen = loot(bob);
  for (const auto& secret : now) EXPECT_NE(stolen.find(secret), std::string::npos);
  std::string seed_of_late;
  {
    const auto image = ratchet_of(bob, alice);
    seed_of_late = hex(Bytes(image).last(32));  // The one page, with one key.
  }
  std::size_t gone = 0;
  for (const auto& secret : spent) {
    if (std::ranges::find(now, secret) != now.end() || secret == seed_of_late) continue;
    EXPECT_EQ(stolen.find(secret), std::string::npos) << "a secret of before is there still";
    ++gone;
  }
  EXPECT_GT(gone, 100U);
  EXPECT_EQ(stolen.find(one_time), std::string::npos);

  // And by the front door: the copy opens what is to come, and nothing of before.
  auto copy = *bob.rows.clone();
  auto thief = *Device::open(copy, storage_key());
  TapeEntropy tape(66);
  const auto open = [&](const Letter& letter) {
    Buffer out(letter.bytes.size());
    return error_of(thief.decrypt(out, alice.address(), letter.kind, letter.bytes, tape, start));
  };
  for (const Letter& letter : opened) {
    const auto refused = open(letter);
    // Of a chain that is not kept any more nothing is known, not even that it was.
    EXPECT_TRUE(refused == Error::replayed || refused == Error::authentication_failed);
  }
  EXPECT_EQ(open(late), std::nullopt);
  EXPECT_EQ(open(*alice.write(bob, "to come")), std::nullopt);
}

/// Listens with a copy of somebody's ratchet, and follows with every state that he can get to.
class Listener {
 public:
  explicit Listener(Buffer image) { states_.push_back(std::move(image)); }

  /// Whether any of his states opens a message to or from the one he stole from.
  bool opens(const Letter& letter) {
    const auto message = wire::parse_signal_message(letter.bytes);
    if (!message) return false;
    bool opened = false;
    for (std::size_t i = states_.size(); i > 0; --i)
      opened = receives(states_[i - 1], *message) || sends(states_[i - 1], *message) || opened;
    return opened;
  }

 private:
  bool receives(const Buffer& image, const wire::SignalMessage& message) {
    const auto state = *testing::load_image(image);
    // Whether the owner sent anything under this key he does not know: he tries as if.
    if (!state->knows(message.ratchet_key)) static_cast<void>(state->next_message());
    auto plan =
        state->plan({message.ratchet_key, message.previous_counter, message.counter}, start);
    Buffer out(message.ciphertext.size());
    if (!plan || !plan->keys().open(out, message.whole, message.ciphertext,
                                    state->receiving_associated_data()))
      return false;
    if (!state->prepare(*plan, tape_)) return true;
    state->commit(*std::move(plan));
    auto next = testing::image_of(*state);
    if (states_.size() < most_states && std::ranges::find(states_, next) == states_.end())
      states_.push_back(std::move(next));
    return true;
  }
  static bool sends(const Buffer& image, const wire::SignalMessage& message) {
    const auto state = *testing::load_image(image);
    for (int n = 0; n < 20; ++n) {
      const auto outgoing = *state->next_message();
      Buffer out(message.ciphertext.size());
      if (outgoing.keys.open(out, message.whole, message.ciphertext,
                             state->sending_associated_data()))
        return true;
    }
    return false;
  }

  // More than he ever gets: only a ratchet that does not heal fills it.
  static constexpr std::size_t most_states = 32;

  TapeEntropy tape_{666};
  std::vector<Buffer> states_;
};

TEST(Attack, attack_R20_pcs_after_leak_heals_with_a_round_trip) {
  for (const bool bob_speaks_first : {true, false}) {
    Pair pair;
    if (bob_speaks_first) {
      ASSERT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "x")), "x");
    }
    Listener thief(ratchet_of(pair.bob, pair.alice));
    const auto to_bob = [&] {
      const auto letter = *pair.alice.write(pair.bob, "to bob");
      const bool heard = thief.opens(letter);
      EXPECT_EQ(pair.bob.read(pair.alice, letter), "to bob");
      return heard;
    };
    const auto to_alice = [&] {
      const auto letter = *pair.bob.write(pair.alice, "to alice");
      const bool heard = thief.opens(letter);
      EXPECT_EQ(pair.alice.read(pair.bob, letter), "to alice");
      return heard;
    };

    // What the theft does give, or this would show nothing.
    if (bob_speaks_first) {
      EXPECT_TRUE(to_alice());
    }
    EXPECT_TRUE(to_bob());
    // Bob has turned with a key that was not there to be stolen.
    for (int trip = 0; trip < 10; ++trip) {
      EXPECT_FALSE(to_alice()) << trip;
      EXPECT_FALSE(to_alice()) << trip;
      EXPECT_FALSE(to_bob()) << trip;
      EXPECT_FALSE(to_bob()) << trip;
    }
  }
}

TEST(Attack, attack_R21_clone_detect_over_one_store) {
  Pair pair;
  auto rows = *pair.bob.rows.share();
  auto twin = *Device::open(rows, storage_key());
  Buffer a(max_message_size(3)), b(max_message_size(3));
  auto one = pair.bob.begin();
  auto two = *twin.begin();
  const auto first = one.encrypt(pair.alice.address(), bytes_of("one"), start);
  const auto second = two.encrypt(pair.alice.address(), bytes_of("two"), start);
  ASSERT_TRUE(first && second);
  const auto committed = std::move(one).commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(error_of(std::move(two).commit()), Error::conflict);
  EXPECT_EQ(error_of(second->release(*committed, b)), Error::invalid_argument);
  // It goes on behind what the other has stored.
  ASSERT_TRUE(twin.encrypt(b, pair.alice.address(), bytes_of("two"), start));
  const auto message = first->release(*committed, a);
  ASSERT_TRUE(message);
  EXPECT_EQ(
      pair.alice.read(pair.bob, {message->kind, {message->bytes.begin(), message->bytes.end()}}),
      "one");
}

// A known limit, pinned: nothing here can keep files from being copied. The peer takes one message
// of each number, and the turn of the ratchet parts the copies.
TEST(Attack, attack_R21_clone_detect_over_two_stores) {
  Pair pair;
  ASSERT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "x")), "x");
  Party copy("bob", 2);
  copy.rows = *pair.bob.rows.clone();
  copy.restart();
  copy.tape = TapeEntropy(77);

  const auto one = *pair.bob.write(pair.alice, "one"), two = *copy.write(pair.alice, "two");
  const auto number = [](const Letter& letter) {
    return wire::parse_signal_message(letter.bytes)->counter;
  };
  ASSERT_EQ(number(one), number(two));
  EXPECT_EQ(pair.alice.read(pair.bob, one), "one");
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, two)), Error::replayed);

  // Both open the answer; then each has a key of its own, and Alice follows the first she hears.
  const auto answer = *pair.alice.write(pair.bob, "answer");
  EXPECT_EQ(pair.bob.read(pair.alice, answer), "answer");
  EXPECT_EQ(copy.read(pair.alice, answer), "answer");
  const auto of_one = *pair.bob.write(pair.alice, "one"), of_two = *copy.write(pair.alice, "two");
  EXPECT_EQ(pair.alice.read(pair.bob, of_one), "one");
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, of_two)), Error::authentication_failed);
  const auto next = *pair.alice.write(pair.bob, "next");
  EXPECT_EQ(error_of(copy.read(pair.alice, next)), Error::authentication_failed);
  EXPECT_EQ(pair.bob.read(pair.alice, next), "next");
}

/// Alice begins a session, and its first message never arrives; a thief copies her store. Then both
/// erase their sessions, and she begins another by prekeys made since.
struct NeverArrived {
  Pair pair;
  Party thief{"alice", 7};

  explicit NeverArrived(bool with_one_time) {
    EXPECT_TRUE(pair.alice.connect(pair.bob, with_one_time));
    EXPECT_TRUE(pair.alice.write(pair.bob, "withheld"));
    thief.rows = *pair.alice.rows.clone();
    thief.restart();
    for (const auto& [party, other] :
         {std::pair(&pair.alice, &pair.bob), {&pair.bob, &pair.alice}}) {
      auto tx = party->begin();
      EXPECT_TRUE(tx.erase_sessions(other->address()));
      EXPECT_TRUE(std::move(tx).commit());
    }
    renew(pair.bob);
    talk();
  }
  static void renew(Party& party) { EXPECT_TRUE(party.make_prekeys()); }
  void talk() {
    EXPECT_TRUE(pair.alice.connect(pair.bob));
    EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "new")), "new");
    EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "yes")), "yes");
  }
  Result<std::string> steal() {
    return pair.bob.read(pair.alice, *thief.write(pair.bob, "it is I"));
  }
};

// Pinned: nothing of that session was used up, and nobody knows that it is over.
TEST(Attack, attack_S30_stolen_session_that_never_arrived) {
  for (const bool with_one_time : {false, true}) {
    NeverArrived world(with_one_time);
    EXPECT_EQ(world.steal(), "it is I");
    const Letter next = *world.pair.bob.write(world.pair.alice, "for Alice alone");
    EXPECT_EQ(world.thief.read(world.pair.bob, next), "for Alice alone");
  }
}

TEST(Attack, attack_S30_stolen_session_that_never_arrived_ends_with_its_prekeys) {
  for (const bool with_one_time : {false, true}) {
    NeverArrived world(with_one_time);
    Party& bob = world.pair.bob;
    bob.limits.prekeys.overlap = std::chrono::milliseconds(0);
    bob.restart();
    for (int i = 0; i < 2; ++i) world.renew(bob);
    bob.limits = {};
    bob.restart();
    EXPECT_EQ(bob.status()->signed_prekeys, 1U);
    EXPECT_EQ(error_of(world.steal()), Error::unknown_prekey);
    const Letter next = *bob.write(world.pair.alice, "for Alice alone");
    EXPECT_EQ(world.pair.alice.read(bob, next), "for Alice alone");
    world.talk();
  }
}

// The same by way of a service.
TEST(Attack, attack_S30_stolen_session_that_never_arrived_ends_with_prekeys_at_a_service) {
  Party bob("bob", 2), alice("alice", 1), thief("alice", 7);
  Service service;
  service.sync(bob);
  ASSERT_TRUE(alice.device.connect(bob.address(), RegistrationId{1}, *verify(service.hand_out()),
                                   alice.tape, alice.now));
  thief.rows = *alice.rows.clone();
  thief.restart();
  const auto steal = [&] { return error_of(bob.read(alice, *thief.write(bob, "it is I"))); };
  bob.limits.prekeys.overlap = std::chrono::milliseconds(0);
  bob.restart();
  for (int i = 0; i < 2; ++i) {
    auto tx = bob.begin();
    ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, bob.now));
    ASSERT_TRUE(std::move(tx).commit());
    service.sync(bob);
  }
  EXPECT_EQ(steal(), Error::unknown_prekey);
  EXPECT_TRUE(reached(service, bob));
}

}  // namespace
}  // namespace sotto::session
