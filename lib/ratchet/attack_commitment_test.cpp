// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether a ciphertext binds its sender to one key.
#include <array>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ratchet.hpp>

#include "crypto/hkdf.hpp"
#include "ratchet/message_keys.hpp"
#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

/// Signal's suite but for the size of the tag.
constexpr Suite with_tag(std::size_t mac_bytes) {
  Suite suite = signal_v3;
  suite.mac_bytes = mac_bytes;
  return suite;
}

MessageKeys keys(const Suite& suite, std::uint32_t i) {
  std::array<std::uint8_t, 32> seed{};
  for (std::size_t at = 0; at < 4; ++at) seed[at] = static_cast<std::uint8_t>(i >> (8 * at));
  return MessageKeys::derive(suite, MessageSeed(seed), crypto::zero_salt());
}

constexpr std::size_t ciphertext_bytes = 32;

/// A header of one byte, the ciphertext, the tag.
Buffer sealed(const Suite& suite, std::uint32_t key) {
  Buffer message(1 + ciphertext_bytes + suite.mac_bytes, 0x33);
  keys(suite, key).seal_into(message, 1, bytes_of("meet me at seven"), {});
  return message;
}

std::optional<Buffer> opened(const Suite& suite, std::uint32_t key, const Buffer& message) {
  Buffer out(ciphertext_bytes);
  const auto text =
      keys(suite, key).open(out, message, Bytes(message).subspan(1, ciphertext_bytes), {});
  if (!text) return std::nullopt;
  return Buffer(text->begin(), text->end());
}

// A known limit, pinned: with a tag of 8 bytes, one ciphertext for two keys takes some 2^32 tries
// of keys of one's own choice and the luck of the padding; here the tag has one byte, and 2^16
// tries do. What binds is the whole MAC: there the same pair of keys fails, as do all that were
// tried.
TEST(Attack, attack_R25_key_commitment) {
  ASSERT_EQ(signal_v3.mac_bytes, 8U);

  const Suite small = with_tag(1), full = with_tag(32);
  const Buffer weak = sealed(small, 0), strong = sealed(full, 0);
  ASSERT_EQ(opened(small, 0, weak), bytes_of("meet me at seven"));
  ASSERT_EQ(opened(full, 0, strong), bytes_of("meet me at seven"));
  ASSERT_TRUE(std::equal(weak.begin(), weak.end(), strong.begin()));
  std::optional<std::uint32_t> second;
  for (std::uint32_t key = 1; key < 1'000'000 && !second; ++key) {
    if (opened(small, key, weak)) second = key;
    ASSERT_FALSE(opened(full, key, strong)) << key;
  }
  ASSERT_TRUE(second) << "one byte binds?";
  EXPECT_NE(opened(small, *second, weak), bytes_of("meet me at seven"));
}

}  // namespace
}  // namespace sotto::ratchet
