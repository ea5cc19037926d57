// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rules.hpp"

#include <algorithm>

namespace sotto::prop::sim {
namespace {

constexpr std::array<NotMended, 5> list{{
    {{}, Fault::store_back_numbered, "set back with its number: seeds 80, 181 and 246, not judged"},
    {{}, Fault::store_lies, "a number comes twice after a lie: seed 317, not judged"},
    {{}, Fault::rows_erased, "an erased device is told as not set up: seeds 42 and 339"},
    {Rule::false_error, Fault::two_transactions, "at once: identity_in_use: seed 346, not judged"},
    {Rule::sent_lost, Fault::year_ahead, "a session archived ahead of the clock is not tried"},
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
