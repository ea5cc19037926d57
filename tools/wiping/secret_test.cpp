// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every way in which a secret gives up its bytes.
#include <array>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/secret.hpp>

namespace sotto {
namespace {

constexpr std::array<std::uint8_t, 32> bytes{1, 2, 3};

TEST(WipedSecret, is_moved_assigned_and_turned_into_another) {
  Secret<struct OneRole, 32> one(bytes);
  Secret<struct OneRole, 32> moved = std::move(one);
  Secret<struct OneRole, 32> assigned(bytes);
  assigned = std::move(moved);
  const auto other = std::move(assigned).into<struct OtherRole>();
  EXPECT_EQ(other.expose()[2], 3);
}

}  // namespace
}  // namespace sotto
