// SPDX-License-Identifier: MIT OR Apache-2.0
/// Padding of media frames to size classes, inside the encryption: the length of a compressed
/// speech frame tells what was said.
#pragma once

#include <cstddef>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto {

/// The size class of a frame of `size` bytes: the next multiple of 64 above it up to 256, of 256 up
/// to 4,096, of 1,024 beyond [MK-7-1]. Speech at constant quality falls into three classes.
[[nodiscard]] constexpr std::size_t padded_frame_size(std::size_t size) noexcept {
  std::size_t step = 64;
  if (size >= 256) step = 256;
  if (size >= 4096) step = 1024;
  return (size / step + 1) * step;
}

/// Write `frame` || 0x80 || zeros into `out`, which holds `padded_frame_size(frame.size())` bytes
/// and may start where `frame` does. Errors: `buffer_too_small`, `buffers_overlap`.
[[nodiscard]] Result<MutableBytes> pad_frame(MutableBytes out, Bytes frame) noexcept;

/// The frame in front of the padding of a frame that was opened. Which byte ends it takes the same
/// time wherever it stands. Errors: `malformed` (no padding, or not of a size class).
[[nodiscard]] Result<Bytes> unpad_frame(Bytes padded) noexcept;

}  // namespace sotto
