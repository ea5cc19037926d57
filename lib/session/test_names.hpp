// SPDX-License-Identifier: MIT OR Apache-2.0
/// What people do with names, for the tests of this room. Each is a transaction of its own.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/transaction.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {

inline Result<void> accept(Party& who, const Address& name, const IdentityPublic& identity) {
  auto tx = who.begin();
  if (const auto accepted = tx.accept_identity(name, identity); !accepted) return accepted;
  EXPECT_TRUE(std::move(tx).commit());
  return {};
}

inline Result<std::size_t> rename(Party& who, std::string_view from, std::string_view to) {
  auto tx = who.begin();
  const auto renamed = tx.rename_account(from, to);
  if (renamed) {
    EXPECT_TRUE(std::move(tx).commit());
  }
  return renamed;
}

}  // namespace sotto::session
