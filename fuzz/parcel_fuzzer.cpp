// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as what lies at a broker or in a relay's file: what is read is written again as it
/// was.
#include "input.hpp"
#include "talk/parcel_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const sotto::Bytes bytes(data, size);
  if (const auto parcel = sotto::talk::decode_parcel(bytes))
    sotto::fuzz::require(std::ranges::equal(sotto::talk::encode(*parcel), bytes),
                         "a parcel reads as another one");
  return 0;
}
