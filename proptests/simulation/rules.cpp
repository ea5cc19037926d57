// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rules.hpp"

#include <algorithm>

namespace sotto::prop::sim {
namespace {

constexpr std::array<NotMended, 4> list{{
    {{}, Fault::store_lies, "beside a second process that commits: seeds 401 and 782"},
    {{}, Fault::store_back_numbered, "a process that saw none of what is gone: seeds 80 and 246"},
    {{},
     Fault::rows_erased,
     "a prekey erased under an open device shows at the next open: seed 339"},
    {Rule::sent_lost, Fault::year_ahead, "a session is erased that is not yet old"},
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
