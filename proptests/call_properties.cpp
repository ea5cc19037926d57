// SPDX-License-Identifier: MIT OR Apache-2.0
/// sotto's own calls under a hostile network.
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "call_talk.hpp"
#include "generators.hpp"

namespace sotto::prop {
namespace {

using Events = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

/// [MK-6-1] [MK-6-3] [MK-6-4] [MK-6-5] [MK-6-6]
RC_GTEST_PROP(Call, ends_that_rekey_stay_together, ()) {
  const auto event = rc::gen::pair(within<std::uint8_t>(0, 255), within<std::uint8_t>(0, 255));
  const auto events = *rc::gen::resize(200, rc::gen::container<Events>(event));
  CallTalk talk(*within<std::uint64_t>(0, 1000));
  for (const auto& [what, which] : events) {
    const auto wrong = talk.apply(what, which);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
  const auto wrong = talk.settle();
  if (!wrong.empty()) RC_FAIL(wrong);
  RC_CLASSIFY(talk.epoch() >= 2, "two epochs or more");
  RC_CLASSIFY(talk.epoch() >= 5, "five epochs or more");
}

}  // namespace
}  // namespace sotto::prop
