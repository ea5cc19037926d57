// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rules.hpp"

#include <algorithm>

namespace sotto::prop::sim {
namespace {

constexpr std::array<NotMended, 2> list{{
    {Rule::sent_lost, Fault::year_ahead, "a session archived ahead of the clock is not tried"},
    {Rule::unproved_against_proof, Fault::bundle_of_another,
     "an identity out of a bundle yields to a person alone"},
}};

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
