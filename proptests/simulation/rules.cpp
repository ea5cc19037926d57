// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rules.hpp"

#include <algorithm>

namespace sotto::prop::sim {
namespace {

/// None. What the library does not promise is no violation: docs/threat_model.md, limits 18 (rows
/// altered under an open device), 20 and 21 (stores that went back) and 23 (clocks).
constexpr std::array<NotMended, 0> list{};

}  // namespace

std::span<const NotMended> not_mended_yet() noexcept {
  return list;
}

const NotMended* known(const Violation& violation) noexcept {
  const auto found = std::ranges::find_if(not_mended_yet(), [&](const NotMended& entry) {
    return (!entry.rule || *entry.rule == violation.rule) &&
           violation.struck.test(index_of(entry.fault));
  });
  return found == not_mended_yet().end() ? nullptr : &*found;
}

}  // namespace sotto::prop::sim
