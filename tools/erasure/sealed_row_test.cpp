// SPDX-License-Identifier: MIT OR Apache-2.0
/// Of a row that was sealed, and of one that was unsealed, nothing stays behind on the stack.
#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sotto/secret.hpp>

#include "crypto/aes_gcm_siv.hpp"
#include "erasure/memory_scan.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Names = std::set<std::string>;

constexpr std::size_t tag_bytes = 16;

/// Secrets whose last block is no whole one, and one without.
template <std::size_t Size>
void row_leaves_nothing() {
  using Row = std::array<std::uint8_t, Size>;
  const auto draw = [](Row& row) {
    TapeEntropy tape(Size);
    static_cast<void>(tape.fill(row));
  };
  const auto needles = learn([&](Notes& notes) {
    Row row;
    draw(row);
    notes.add("row", row);
  });
  const auto cipher = *crypto::AesGcmSiv::create(std::array<std::uint8_t, 32>{1});
  const std::array<std::uint8_t, 12> nonce{};
  std::array<std::uint8_t, Size + tag_bytes> sealed{};
  deep_down([&] {
    Row row;
    draw(row);
    cipher.seal(sealed, nonce, row, {});
    wipe(row);
  });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where << "after sealing " << Size;
  deep_down([&] {
    Row row;
    EXPECT_TRUE(cipher.open(row, nonce, sealed, {}));
    wipe(row);
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where << "after unsealing " << Size;
}

TEST(SealedRow, leaves_nothing_on_the_stack) {
  row_leaves_nothing<13>();
  row_leaves_nothing<32>();
  row_leaves_nothing<63>();
  row_leaves_nothing<300 + 15>();
}

}  // namespace
}  // namespace sotto
