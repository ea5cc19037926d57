// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a bundle: what is accepted is written by us in the canonical form, and read back.
#include "wire_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const Bytes bytes(data, size);
  const auto bundle = fuzz::read_and_restate<wire::parse_bundle>(bytes);
  if (!bundle) return 0;
  const fuzz::Buffer canonical = prop::restated(*bundle);
  fuzz::Buffer room(wire::max_bundle_bytes);
  const auto written = wire::write_bundle(room, *bundle);
  fuzz::require(written && std::ranges::equal(*written, canonical), "a bundle written otherwise");
  const auto again = wire::parse_bundle(*written);
  fuzz::require(again && *again == *bundle, "a bundle that reads otherwise");
  const MutableBytes short_room = MutableBytes(room).first(canonical.size() - 1);
  fuzz::require(!wire::write_bundle(short_room, *bundle), "a bundle in too little room");
  return 0;
}
