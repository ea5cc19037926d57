// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where secrets leak without anybody breaking a key: memory left behind, a debug path. What memory
/// holds after an operation is looked for in tools/erasure, time in tools/ct, what must not compile
/// in tools/compile_fail.
#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/keys.hpp>
#include <sotto/snapshot.hpp>

#include "ratchet/skipped_keys.hpp"
#include "session/growing.hpp"

namespace sotto::session {
namespace {

using Key = Secret<struct KeyRole, 32>;

Key key(std::uint8_t fill) {
  return Key::made_by([&](MutableBytes out) { std::ranges::fill(out, fill); });
}

bool holds(Bytes bytes, std::uint8_t fill) {
  return std::ranges::find(bytes, fill) != bytes.end();
}

/// Where the bytes of `Watched` go that are about to be given back.
std::vector<std::uint8_t>* freed = nullptr;

/// A key that shows, at its end, what the place it stands in still holds.
struct Watched {
  explicit Watched(std::uint8_t fill) noexcept : secret(key(fill)) {}
  Watched(Watched&&) noexcept = default;
  Watched& operator=(Watched&&) noexcept = default;
  ~Watched() {
    if (freed == nullptr) return;
    // Before the key wipes itself: what is seen is what a move left behind.
    const Bytes here = secret.expose();
    freed->insert(freed->end(), here.begin(), here.end());
  }
  Key secret;
};

TEST(Attack, attack_I04_wipe_moved_realloc_erased_node_of_secrets) {
  alignas(Key) std::array<std::uint8_t, sizeof(Key)> place;
  auto* const first = new (place.data()) Key(key(0xa1));
  const Key moved = std::move(*first);
  EXPECT_FALSE(holds(place, 0xa1)) << "moved from";
  *first = key(0xa2);
  ASSERT_TRUE(holds(place, 0xa2));
  *first = key(0xa3);
  EXPECT_FALSE(holds(place, 0xa2)) << "written over";
  first->~Key();
  EXPECT_FALSE(holds(place, 0xa3)) << "destroyed";
}

TEST(Attack, attack_I04_wipe_moved_realloc_erased_node_of_a_growing_row) {
  std::vector<std::uint8_t> seen;
  Growing<Watched> row;
  ASSERT_TRUE(row.reserve(1));
  for (std::uint8_t i = 0; i < 4; ++i) row.append(Watched(0xb1));
  freed = &seen;
  ASSERT_TRUE(row.reserve(100));  // It moves to another place.
  EXPECT_GE(seen.size(), 4 * 32U);
  EXPECT_FALSE(holds(seen, 0xb1)) << "left behind by growing";
  seen.clear();
  row.erase(1);  // The later ones move up; the last place is given back.
  EXPECT_EQ(seen.size(), 32U);
  EXPECT_FALSE(holds(seen, 0xb1)) << "left behind by erasing";
  freed = nullptr;
}

TEST(Attack, attack_I04_wipe_moved_realloc_erased_node_of_a_skipped_key) {
  ratchet::SkippedKey slots[2];
  slots[0].kept = true;
  slots[0].seed.fill(0xc1);
  slots[1] = std::move(slots[0]);
  EXPECT_FALSE(holds(slots[0].seed, 0xc1)) << "moved from";
  EXPECT_TRUE(holds(slots[1].seed, 0xc1));
  slots[1].erase();
  EXPECT_FALSE(holds(slots[1].seed, 0xc1)) << "taken";
  alignas(ratchet::SkippedKey) std::array<std::uint8_t, sizeof(ratchet::SkippedKey)> place;
  auto* const last = new (place.data()) ratchet::SkippedKey;
  last->seed.fill(0xc2);
  ASSERT_TRUE(holds(place, 0xc2));
  last->~SkippedKey();
  EXPECT_FALSE(holds(place, 0xc2)) << "destroyed";
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept Iterable = requires(const T& value) { value.begin(); };

/// Neither printed, compared, copied, iterated nor turned into bytes by the way.
template <class T>
consteval bool is_silent() {
  return !Printable<T> && !Iterable<T> && !std::equality_comparable<T> &&
         !std::three_way_comparable<T> && !std::copyable<T> && !std::is_convertible_v<T, Bytes> &&
         !std::is_convertible_v<T, std::string> && !std::is_convertible_v<T, bool>;
}
static_assert(is_silent<RootKey>() && is_silent<ChainKey>() && is_silent<ratchet::MessageSeed>());
static_assert(is_silent<StorageKey>() && is_silent<SnapshotKey>());
static_assert(is_silent<IdentityKeyPair>() && is_silent<OneTimePrekey>() &&
              is_silent<SignedPrekey>());
static_assert(is_silent<Device>() && is_silent<Transaction>() && is_silent<Ratchet>());
static_assert(!is_silent<IdentityPublic>(), "public keys may be compared");
static_assert(!is_silent<std::string>());

// What gtest prints of a value without an operator is its bytes: a secret never gets there, for it
// cannot be compared.
TEST(Attack, attack_I06_debug_print_secret_of_no_kind) {
  EXPECT_TRUE(is_silent<RootKey>());
  EXPECT_FALSE(is_silent<Revision>());
  EXPECT_EQ(name(Error::corrupted), "corrupted");
}

}  // namespace
}  // namespace sotto::session
