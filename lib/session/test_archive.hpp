// SPDX-License-Identifier: MIT OR Apache-2.0
/// Somebody whose archive fills, for the tests of this room.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {

/// Bob begins again and again with Alice, who holds the limits under test. What counts is Alice's
/// list; Bob keeps 40 whatever hers are.
struct Begun {
  explicit Begun(const SessionLimits& limits = {}) : alice(1, limits), bob(2) {}

  /// A session that Bob began, which is Alice's current one; established if she saw that he got
  /// her answer.
  EphemeralPublic begin(bool established = false) {
    EXPECT_TRUE(bob.connect(alice, false));
    EXPECT_TRUE(alice.receive(bob.send("begin")));
    EXPECT_TRUE(bob.receive(alice.send("answer")));
    if (established) {
      EXPECT_TRUE(alice.receive(bob.send("established")));
    }
    return alice.peer->current()->base_key;
  }
  [[nodiscard]] std::vector<EphemeralPublic> archived() const {
    std::vector<EphemeralPublic> keys;
    for (std::size_t i = 0; i < alice.peer->archived_count(); ++i)
      keys.push_back(alice.peer->archived(i).base_key);
    return keys;
  }
  void later(std::chrono::milliseconds time) {
    alice.now += time;
    bob.now += time;
  }
  Person alice;
  Person bob;
};

/// Somebody with sessions archived at 0, in a current one that can be used again and again.
struct Aging : Begun {
  Aging() : Begun(hundred_ms()) {
    first = begin(true);
    second = begin(true);
    begin(true);
    EXPECT_EQ(archived(), (std::vector{second, first}));
  }
  static SessionLimits hundred_ms() {
    SessionLimits limits;
    limits.max_archived_age = std::chrono::milliseconds(100);
    return limits;
  }
  void touch() { ASSERT_TRUE(alice.receive(bob.send("touch"))); }
  [[nodiscard]] Instant archived_at(std::size_t i) const {
    return alice.peer->archived(i).archived;
  }
  EphemeralPublic first, second;
};

}  // namespace sotto::session
