// SPDX-License-Identifier: MIT OR Apache-2.0
/// An SRTP sender and receiver driven by a byte script: each packet opens once, forgeries change
/// nothing of what follows, no nonce seals twice.
#include "scripts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input in(data, size);
  const std::uint8_t seed = in.byte();
  prop::MediaLine line(seed % 4, seed < 0xf0 ? 0 : 28 + seed % 8);
  for (int i = 0; i < fuzz::most_events && !in.empty(); ++i)
    fuzz::require(line.apply(fuzz::media_event_of(in)));
  return 0;
}
