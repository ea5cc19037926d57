// SPDX-License-Identifier: MIT OR Apache-2.0
/// An SRTP sender and receiver driven by a byte script: each packet opens once, forgeries change
/// nothing of what follows, no nonce seals twice. The first byte chooses between the line of a call
/// and one in any profile, with RTCP and with keys that come and go by their MKI.
#include "scripts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input in(data, size);
  const std::uint8_t first = in.byte();
  constexpr std::uint8_t keyed = 0x80;
  constexpr std::uint8_t crowded = 0xf0;
  if (first >= keyed && first < crowded) {
    const std::uint64_t seed = in.byte();
    prop::KeyedLine line(first - keyed, seed << 8);
    for (int i = 0; i < fuzz::most_events && !in.empty(); ++i)
      fuzz::require(line.apply(fuzz::keyed_event_of(in)));
    return 0;
  }
  prop::MediaLine line(first % 4, first < crowded ? 0 : srtp_max_streams - 4 + first % 8);
  for (int i = 0; i < fuzz::most_events && !in.empty(); ++i)
    fuzz::require(line.apply(fuzz::media_event_of(in)));
  return 0;
}
