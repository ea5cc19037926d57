// SPDX-License-Identifier: MIT OR Apache-2.0
/// The byte in front of everything: message version in the high half, newest spoken in the low.
#pragma once

#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/wire.hpp>

namespace sotto::wire {

struct Versions {
  std::uint8_t message;
  std::uint8_t current;
};

/// The versions of `bytes`, which must have a first byte and no more than `max_message_bytes`; only
/// the high half decides. Errors: `malformed`, `unsupported_version` (not `oldest` to `newest`).
[[nodiscard]] inline Result<Versions> read_versions(Bytes bytes, std::uint8_t oldest,
                                                    std::uint8_t newest) noexcept {
  if (bytes.empty() || bytes.size() > max_message_bytes) return std::unexpected(Error::malformed);
  const Versions versions{static_cast<std::uint8_t>(bytes[0] >> 4),
                          static_cast<std::uint8_t>(bytes[0] & 0x0f)};
  if (versions.message < oldest || versions.message > newest)
    return std::unexpected(Error::unsupported_version);
  return versions;
}

}  // namespace sotto::wire
