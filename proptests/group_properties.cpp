// SPDX-License-Identifier: MIT OR Apache-2.0
/// Group calls whose members come and go.
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "group_talk.hpp"

namespace sotto::prop {
namespace {

using Events = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

/// [GC-4-1] [GC-4-2] [GC-4-3] [GC-5-1] [GC-5-4] [GC-6-1]
RC_GTEST_PROP(Group, members_hear_who_they_should, ()) {
  const auto event = rc::gen::pair(within<std::uint8_t>(0, 255), within<std::uint8_t>(0, 255));
  const auto events = *rc::gen::resize(400, rc::gen::container<Events>(event));
  GroupTalk talk(*within<std::uint64_t>(0, 1000));
  for (const auto& [what, which] : events) {
    const auto wrong = talk.apply(what, which);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
  const auto wrong = talk.settle();
  if (!wrong.empty()) RC_FAIL(wrong);
  RC_CLASSIFY(talk.figures().eavesdropped > 0, "who had left heard something before the switch");
  RC_CLASSIFY(talk.figures().refused > 20, "more than 20 frames were refused");
}

}  // namespace
}  // namespace sotto::prop
