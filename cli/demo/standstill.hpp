// SPDX-License-Identifier: MIT OR Apache-2.0
/// Tells processes that wait for one another from processes that a busy machine keeps waiting.
#pragma once

#include <cstdint>
#include <vector>

#include "demo/process.hpp"

namespace sotto::demo {

class Standstill {
 public:
  /// Looks of one after another at which nobody had used the processor. No count of seconds: who
  /// wants to run and may not does not sleep.
  static constexpr int looks = 60;

  /// Look at `processes`, some 50 ms after the last look. True once all of them have slept through
  /// that many looks, so that nothing will wake any of them.
  [[nodiscard]] bool seen(const std::vector<Process*>& processes);

 private:
  std::vector<std::int64_t> used_ns_;
  int quiet_ = 0;
};

}  // namespace sotto::demo
