// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as the demo's own messages: what is accepted encodes to the same bytes again.
#include "demo/codec.hpp"
#include "demo/failure.hpp"
#include "demo/frames_file.hpp"
#include "input.hpp"

namespace {

using namespace sotto;

void same(const demo::Blob& again, Bytes bytes) {
  fuzz::require(std::ranges::equal(again, bytes), "what was read is written otherwise");
}

void try_frames(Bytes bytes) {
  try {
    demo::Blob again;
    for (const demo::Blob& frame : demo::parse_frames(bytes)) {
      demo::put_u32(again, static_cast<std::uint32_t>(frame.size()));
      demo::put(again, frame);
    }
    same(again, bytes);
  } catch (const demo::Failure& failure) {
    fuzz::require(failure.what()[0] != '\0', "a failure without a reason");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const std::uint8_t which = in.byte();
  const Bytes bytes = in.rest();
  switch (which % 3) {
    case 0:
      if (const auto letter = demo::decode_letter(bytes)) same(demo::encode(*letter), bytes);
      break;
    case 1:
      if (const auto content = demo::decode_content(bytes)) same(demo::encode(*content), bytes);
      break;
    default:
      try_frames(bytes);
      break;
  }
  return 0;
}
