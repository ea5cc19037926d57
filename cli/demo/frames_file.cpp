// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/frames_file.hpp"

#include "demo/failure.hpp"
#include "demo/wav.hpp"
#include "file.hpp"

namespace sotto::demo {

void write_frames(const std::string& path, const std::vector<Blob>& frames) {
  Blob bytes;
  for (const Blob& frame : frames) {
    put_u32(bytes, static_cast<std::uint32_t>(frame.size()));
    put(bytes, frame);
  }
  cli::write_file(path, bytes);
}

std::vector<Blob> parse_frames(Bytes bytes) {
  std::vector<Blob> frames;
  Cursor cursor(bytes);
  while (!cursor.rest().empty()) {
    const auto size = cursor.take_u32();
    const auto frame = size ? cursor.take(*size) : std::nullopt;
    if (!frame) throw Failure("the file of frames is cut short");
    frames.emplace_back(frame->begin(), frame->end());
  }
  return frames;
}

std::vector<Blob> read_frames(const std::string& path) {
  return parse_frames(read_file(path, std::size_t{1} << 30));
}

}  // namespace sotto::demo
