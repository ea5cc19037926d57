// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstring>

#include <sotto/frame_padding.hpp>

#include "base/mask.hpp"
#include "base/overlap.hpp"
#include "base/verdict.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t end_mark = 0x80;
constexpr std::size_t longest = std::size_t{1} << 30;

/// 1 when `byte` is zero, else 0.
unsigned is_zero(std::uint8_t byte) noexcept {
  return (static_cast<unsigned>(byte) - 1U) >> 31;
}

}  // namespace

Result<MutableBytes> pad_frame(MutableBytes out, Bytes frame) noexcept {
  if (frame.size() > longest) return std::unexpected(Error::buffer_too_small);
  const std::size_t size = padded_frame_size(frame.size());
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  const MutableBytes padded = out.first(size);
  if (!frame.empty() && frame.data() != padded.data()) {
    if (base::overlap(padded, frame)) return std::unexpected(Error::buffers_overlap);
    std::memcpy(padded.data(), frame.data(), frame.size());
  }
  const MutableBytes padding = padded.subspan(frame.size());
  std::memset(padding.data(), 0, padding.size());
  padding.front() = end_mark;
  return padded;
}

Result<Bytes> unpad_frame(Bytes padded) noexcept {
  if (padded.empty() || padded.size() > longest ||
      padded_frame_size(padded.size() - 1) != padded.size())
    return std::unexpected(Error::malformed);
  // From the end: `behind` stays all ones while there were only zeros. The mark lies within one
  // step of the end, but how far the loop runs must not tell where.
  unsigned behind = base::mask_of(1);
  unsigned length = 0;
  unsigned found = 0;
  for (std::size_t i = padded.size(); i-- > 0;) {
    const unsigned marked =
        behind & base::mask_of(is_zero(static_cast<std::uint8_t>(padded[i] ^ end_mark)));
    length |= marked & static_cast<unsigned>(i);
    found |= marked;
    behind &= base::mask_of(is_zero(padded[i]));
  }
  if (!base::verdict(found & 1U)) return std::unexpected(Error::malformed);
  const std::size_t size = base::revealed(length);
  if (padded_frame_size(size) != padded.size()) return std::unexpected(Error::malformed);
  return padded.first(size);
}

}  // namespace sotto
