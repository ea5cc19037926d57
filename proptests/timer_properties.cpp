// SPDX-License-Identifier: MIT OR Apache-2.0
/// The book of timers beside its slow twin, under clocks that nobody would buy; and the
/// messenger's, which follows them.
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "clocked_talk.hpp"
#include "generators.hpp"
#include "timer_talk.hpp"

namespace sotto::prop {
namespace {

/// [TM-2-1] [TM-2-2] [TM-3-1] [TM-3-3] [TM-3-4] [TM-3-5] [TM-4-1] [TM-4-2] [TM-5-1]
RC_GTEST_PROP(TimerBook, due_when_its_history_says, ()) {
  using Event = std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>;
  const auto event = rc::gen::tuple(within<std::uint8_t>(0, 255), within<std::uint8_t>(0, 255),
                                    within<std::uint16_t>(0, 65535));
  const auto events = *rc::gen::resize(200, rc::gen::container<std::vector<Event>>(event));
  TimerTalk talk;
  for (const auto& [what, which, how] : events) {
    const auto wrong = talk.apply(what, which, how);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
}

/// [CV-5-5] [CV-5-6] [CV-5-7]
RC_GTEST_PROP(ClockedBook, goes_by_all_that_its_clock_showed, ()) {
  using Event = std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>;
  const auto event = rc::gen::tuple(within<std::uint8_t>(0, 255), within<std::uint8_t>(0, 255),
                                    within<std::uint16_t>(0, 65535));
  const auto events = *rc::gen::resize(120, rc::gen::container<std::vector<Event>>(event));
  ClockedTalk talk;
  for (const auto& [what, which, how] : events) {
    const auto wrong = talk.apply(what, which, how);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
}

}  // namespace
}  // namespace sotto::prop
