// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a WAV file of the demo: sound of a bounded length, or a reason.
#include "demo/failure.hpp"
#include "demo/wav.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  try {
    const auto samples = demo::parse_wav(Bytes(data, size));
    fuzz::require(!samples.empty(), "a recording of nothing");
    // At 8 kHz in one channel, two bytes become six samples.
    fuzz::require(samples.size() <= size * 3, "more sound than the file can hold");
  } catch (const demo::Failure& failure) {
    fuzz::require(failure.what()[0] != '\0', "a failure without a reason");
  }
  return 0;
}
