// SPDX-License-Identifier: MIT OR Apache-2.0
/// Tables of errors: every row is a way in which a public function fails. tools/check_errors.py
/// compares the rows with what the headers say.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "testing/error_faults.hpp"

namespace sotto::testing {

/// One way to fail. `act` prepares, lets the scene watch, and then makes the one call.
template <class Scene>
struct ErrorRow {
  const char* function;
  Error error;
  Fault fault;
  const char* situation;
  std::optional<Error> (*act)(Scene&);
};

/// Make each row fail in a scene of its own: by this error, whose text addresses whoever is at
/// fault, and nothing changes.
template <class Scene>
void provoke_each(std::span<const ErrorRow<Scene>> rows) {
  for (const ErrorRow<Scene>& row : rows) {
    const std::string where = std::string(row.function) + ", " + row.situation;
    Scene scene;
    EXPECT_EQ(row.act(scene), row.error) << where;
    EXPECT_TRUE(may_blame(row.error, row.fault))
        << where << ": the text of " << name(row.error) << " addresses somebody else";
    scene.expect_unchanged(where);
  }
}

}  // namespace sotto::testing
