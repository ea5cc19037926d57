// SPDX-License-Identifier: MIT OR Apache-2.0
/// A call of sotto's own driven by a byte script: whatever the network does, both ends stay within
/// one epoch of each other, open what they must and nothing else, and end with the same keys.
#include "call_talk.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  constexpr int most_events = 400;
  fuzz::Input in(data, size);
  prop::CallTalk talk(in.byte());
  for (int i = 0; i < most_events && !in.empty(); ++i) {
    const std::uint8_t what = in.byte();
    fuzz::require(talk.apply(what, in.byte()));
  }
  fuzz::require(talk.settle());
  return 0;
}
