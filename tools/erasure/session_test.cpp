// SPDX-License-Identifier: MIT OR Apache-2.0
/// After each transaction of a device no secret that has served is anywhere in memory; after the
/// device itself, none at all: neither identity nor storage key, nor anything of sessions.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/snapshot.hpp>

#include "base/fields.hpp"
#include "crypto/hkdf.hpp"
#include "erasure/memory_scan.hpp"
#include "ratchet/message_keys.hpp"
#include "session/row_keys.hpp"
#include "session/work.hpp"
#include "testing/ratchet_image.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::session {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;
using Names = std::set<std::string>;

constexpr Instant now(std::chrono::milliseconds(1'000'000));

struct Letter {
  MessageKind kind;
  Buffer bytes;
};

/// One end. All it draws comes from its tape, so that a child process can draw the same.
struct End {
  End(std::string called, std::uint64_t seed) : name(std::move(called)), tape(seed) {}
  std::string name;
  TapeEntropy tape;
  MemoryStore rows = *MemoryStore::create();
  std::optional<Device> device;

  [[nodiscard]] Address address() const { return {name, DeviceId{1}}; }

  static StorageKey draw_key(Entropy& entropy) {
    return StorageKey::made_by([&](MutableBytes out) { static_cast<void>(entropy.fill(out)); });
  }
  void create() {
    DeviceLimits limits;
    limits.prekeys.batch = 2;
    const auto key = draw_key(tape);
    const auto identity = *IdentityKeyPair::generate(tape);
    device.emplace(*Device::create(rows, key, identity, DeviceId{1}, RegistrationId{1}, limits));
  }
  wire::DeviceBundle publish_bundle() {
    auto tx = *device->begin();
    EXPECT_TRUE(tx.replenish(tape) && tx.rotate_signed_prekey(tape, now));
    const auto bundle = *tx.bundle();
    return *bundle.release(*std::move(tx).commit());
  }
  Letter write(const End& to) {
    const std::array<std::uint8_t, 40> text{};
    Letter letter{MessageKind::signal, Buffer(max_message_size(text.size()))};
    const auto sealed = device->encrypt(letter.bytes, to.address(), text, now);
    EXPECT_TRUE(sealed);
    letter.kind = sealed->kind;
    letter.bytes.resize(sealed->bytes.size());
    return letter;
  }
  void read(const End& from, const Letter& letter) {
    Buffer out(letter.bytes.size());
    EXPECT_TRUE(device->decrypt(out, from.address(), letter.kind, letter.bytes, tape, now));
  }
};

struct Scene {
  explicit Scene(std::uint64_t seed) : alice("alice", seed), bob("bob", seed + 1) {}
  End alice, bob;
  wire::DeviceBundle bundle{};
  std::vector<Letter> sent;

  void meet() {
    alice.create();
    bob.create();
    bundle = bob.publish_bundle();
  }
  void connect() {
    EXPECT_TRUE(alice.device->connect(bob.address(), bundle.registration, *verify(bundle.keys),
                                      alice.tape, now));
  }
  void talk() {
    for (int i = 0; i < 3; ++i) sent.push_back(alice.write(bob));
    bob.read(alice, sent[0]);
    bob.read(alice, sent[2]);
    alice.read(bob, bob.write(alice));
  }
  /// All that ends without being stored, or is refused.
  void fail() {
    Buffer out(1000);
    {
      Transaction tx = *bob.device->begin();
      const std::array<std::uint8_t, 40> text{};
      EXPECT_TRUE(tx.encrypt(alice.address(), text, now));
      EXPECT_TRUE(tx.decrypt(out, alice.address(), sent[1].kind, sent[1].bytes, bob.tape, now));
      EXPECT_TRUE(tx.rotate_signed_prekey(bob.tape, now));
    }
    Letter forged = alice.write(bob);
    forged.bytes.back() ^= 1;
    EXPECT_FALSE(
        bob.device->decrypt(out, alice.address(), forged.kind, forged.bytes, bob.tape, now));
  }
};

/// What stands in a ratchet: root, ratchet key, and the chains.
struct Secrets {
  Buffer root, ratchet, sending, receiving;
  explicit Secrets(End& end, const End& with) {
    auto tx = *end.device->begin();
    const auto image =
        testing::image_of(*(*tx.work().peer(with.address()))->peer().current()->ratchet);
    const auto at = [&](std::size_t from) {
      const auto part = Bytes(image).subspan(testing::image_head_at + from, 32);
      return Buffer(part.begin(), part.end());
    };
    root = at(0);
    ratchet = at(32);
    sending = at(96);
    receiving = at(128 + 13 + 36);
  }
};

void tell_message(Notes& n, const std::string& name, ChainKey& chain) {
  n.add("chain before " + name, chain.expose());
  const auto seed = ratchet::step_chain(ratchet::signal_v3, chain);
  n.add("seed of " + name, seed.expose());
  const auto keys = ratchet::MessageKeys::derive(ratchet::signal_v3, seed, crypto::zero_salt());
  n.add("cipher key of " + name, keys.cipher_key());
  n.add("MAC key of " + name, keys.mac_key());
}

void tell(Notes& n, std::uint64_t seed) {
  Scene scene(seed);
  for (End* const end : {&scene.alice, &scene.bob}) {
    TapeEntropy next = end->tape;
    const auto key = End::draw_key(next);
    const auto identity = *IdentityKeyPair::generate(next);
    n.add("storage key of " + end->name, key.expose());
    n.add("identity of " + end->name, identity.secret_key().expose());
    n.add("row root of " + end->name,
          session::derive_row_root(key, identity, DeviceId{1}, Revision{}).expose());
  }
  scene.meet();
  {
    auto tx = *scene.bob.device->begin();
    const auto& keys = scene.bundle.keys;
    n.add("one-time prekey",
          tx.work().prekeys().one_time(keys.one_time->id)->keys.secret_key().expose());
    n.add("signed prekey",
          tx.work().prekeys().signed_prekey(keys.signed_prekey_id)->keys.secret_key().expose());
    TapeEntropy next = scene.alice.tape;
    n.add("base key", EphemeralKeyPair::generate(next)->secret_key().expose());
  }
  scene.connect();
  const Secrets first(scene.alice, scene.bob);
  n.add("first ratchet key", first.ratchet);
  n.add("chain of the prekey", first.receiving);
  ChainKey chain(Bytes(first.sending).first<32>());
  for (const char* const name : {"a0", "a1", "a2"}) tell_message(n, name, chain);
  n.add("chain of a", chain.expose());
  scene.talk();
  const Secrets alice(scene.alice, scene.bob), bob(scene.bob, scene.alice);
  n.add("root of alice", alice.root);
  n.add("ratchet key of alice", alice.ratchet);
  n.add("sending chain of alice", alice.sending);
  n.add("root of bob", bob.root);
  n.add("ratchet key of bob", bob.ratchet);
  n.add("sending chain of bob", bob.sending);
  TapeEntropy next = scene.bob.tape;
  n.add("dropped prekey", SignedPrekey::generate(SignedPrekeyId{9},
                                                 *IdentityKeyPair::generate(scene.alice.tape), next)
                              ->keys.secret_key()
                              .expose());
}

// The storage key is none of them: it served to open one row.
const Names for_life{"row root of alice", "identity of alice", "row root of bob",
                     "identity of bob"};

Names with(Names names, const Names& more) {
  names.insert(more.begin(), more.end());
  return names;
}

TEST(Erasure, devices_keep_what_is_to_come_and_then_nothing) {
  const auto needles = learn([](Notes& n) { tell(n, 970); });
  auto scene = std::make_unique<std::optional<Scene>>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] {
    scene->emplace(970);
    (*scene)->meet();
  });
  EXPECT_EQ(found(), for_life) << where;

  deep_down([&] { (*scene)->connect(); });
  EXPECT_EQ(found(),
            with(for_life, {"first ratchet key", "chain of the prekey", "chain before a0"}))
      << where;

  const Names talked =
      with(for_life, {"root of alice", "ratchet key of alice", "sending chain of alice",
                      "root of bob", "ratchet key of bob", "sending chain of bob",
                      "chain of the prekey", "chain of a", "seed of a1"});
  deep_down([&] { (*scene)->talk(); });
  EXPECT_EQ(found(), talked) << where;

  deep_down([&] { (*scene)->fail(); });
  Names unchanged = talked;
  unchanged.erase("sending chain of alice");  // The forged one was a message of hers before.
  EXPECT_EQ(found(), unchanged) << where;

  deep_down([&] {
    (*scene)->alice.device.reset();
    (*scene)->bob.device.reset();
  });
  EXPECT_EQ(found(), Names{}) << where << "the rows are there still, and sealed";
}

TEST(Erasure, a_snapshot_leaves_no_more_than_the_device_has) {
  const auto drawn = [] {
    TapeEntropy tape(979);
    return SnapshotKey::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
  };
  const auto needles = learn([&](Notes& n) {
    tell(n, 980);
    n.add("snapshot key", drawn().expose());
  });
  auto scene = std::make_unique<std::optional<Scene>>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] {
    scene->emplace(980);
    (*scene)->meet();
    (*scene)->connect();
    (*scene)->talk();
  });
  const Names before = found();
  Buffer peer, prekeys;
  deep_down([&] {
    Transaction tx = *(*scene)->bob.device->begin();
    const auto key = drawn();
    const auto pending = *save_peer(tx, (*scene)->alice.address(), key);
    const auto more = *save_prekeys(tx, key);
    const auto committed = *std::move(tx).commit();
    peer.resize(pending.size());
    prekeys.resize(more.size());
    ASSERT_TRUE(pending.release(committed, peer));
    ASSERT_TRUE(more.release(committed, prekeys));
  });
  EXPECT_EQ(found(), before) << where;
  // Into an empty store of the same device: its key and identity are drawn again.
  deep_down([&] {
    End& bob = (*scene)->bob;
    bob.device.reset();
    bob.rows = *MemoryStore::create();
    bob.tape = TapeEntropy(981);
    bob.create();
    Transaction tx = *bob.device->begin();
    const auto key = drawn();
    ASSERT_TRUE(restore_peer(tx, (*scene)->alice.address(), peer, key));
    ASSERT_TRUE(restore_prekeys(tx, prekeys, key));
    ASSERT_TRUE(std::move(tx).commit());
  });
  EXPECT_EQ(found(), before) << where;
  deep_down([&] {
    (*scene)->alice.device.reset();
    (*scene)->bob.device.reset();
  });
  EXPECT_EQ(found(), Names{}) << where;
}

}  // namespace
}  // namespace sotto::session
