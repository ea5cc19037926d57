// SPDX-License-Identifier: MIT OR Apache-2.0
/// Three devices and a hostile network, driven by a byte script: the library and the slow twin of
/// spec/model agree on every result and on everything stored. Seven bytes an event: what, who,
/// whom, and a number.
#include "input.hpp"
#include "session_world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  // Bounds the time of one input.
  constexpr int most_events = 80;
  fuzz::Input in(data, size);
  prop::Tally tally;
  prop::SessionWorld world(in.byte(), tally);
  for (int i = 0; i < most_events && !in.empty(); ++i) {
    const prop::SessionEvent event{in.byte(), in.byte(), in.byte(), in.number(4)};
    try {
      world.apply(event);
    } catch (const prop::Difference& difference) {
      fuzz::require(prop::describe(event) + ": " + difference.what);
    }
  }
  return 0;
}
