// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/header.hpp"

#include <bit>
#include <optional>

namespace sotto {
namespace sframe {
namespace {

constexpr std::uint64_t inline_limit = 8;  // Smaller values stand in the config byte itself.
constexpr unsigned extended = 8;           // X or Y, as it stands in its half of that byte.

std::size_t bytes_of(std::uint64_t value) noexcept {
  return value < inline_limit ? 0 : (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
}

/// Its half of the config byte.
unsigned half_of(std::uint64_t value) noexcept {
  return value < inline_limit ? static_cast<unsigned>(value)
                              : extended | (static_cast<unsigned>(bytes_of(value)) - 1);
}

MutableBytes put(MutableBytes out, std::uint64_t value) noexcept {
  const std::size_t size = bytes_of(value);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
  return out.subspan(size);
}

/// The number that `half` announces, taken from the front of `rest`; nothing when there are too few
/// bytes, or more than the number needs.
std::optional<std::uint64_t> take(unsigned half, Bytes& rest) noexcept {
  if ((half & extended) == 0) return half;
  const std::size_t size = (half & 7) + 1;
  if (rest.size() < size) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : rest.first(size)) value = value << 8 | byte;
  rest = rest.subspan(size);
  if (bytes_of(value) != size) return std::nullopt;
  return value;
}

}  // namespace

std::size_t header_size(SframeKid kid, std::uint64_t counter) noexcept {
  return 1 + bytes_of(std::to_underlying(kid)) + bytes_of(counter);
}

void write_header(MutableBytes out, SframeKid kid, std::uint64_t counter) noexcept {
  out[0] = static_cast<std::uint8_t>(half_of(std::to_underlying(kid)) << 4 | half_of(counter));
  put(put(out.subspan(1), std::to_underlying(kid)), counter);
}

}  // namespace sframe

Result<SframeHeader> parse_sframe_header(Bytes frame) noexcept {
  if (frame.empty()) return std::unexpected(Error::malformed);
  const unsigned config = frame[0];
  Bytes rest = frame.subspan(1);
  const auto kid = sframe::take(config >> 4, rest);
  if (!kid) return std::unexpected(Error::malformed);
  const auto counter = sframe::take(config & 15, rest);
  if (!counter) return std::unexpected(Error::malformed);
  return SframeHeader{SframeKid{*kid}, *counter, frame.size() - rest.size()};
}

}  // namespace sotto
