// SPDX-License-Identifier: MIT OR Apache-2.0
/// The programs of the properties: RapidCheck under GoogleTest.
///
/// The seed is printed first. RC_PARAMS="seed=S" repeats a run; RC_PARAMS="max_success=100000"
/// makes it a long one.
#include <cstdlib>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  // A bounded run by default: what is set from outside wins, and 0 keeps it so.
  setenv("RC_PARAMS", "max_success=600 max_size=80", 0);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
