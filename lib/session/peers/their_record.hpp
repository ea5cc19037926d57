// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the tests look up in a session record of theirs: protobuf, 1 current session { 13 base key
/// }.
#pragma once

#include <optional>

#include <sotto/keys.hpp>
#include <sotto/wire.hpp>

namespace sotto::peers {

/// The field of this number and the wire type of bytes; nothing when it is not there.
[[nodiscard]] inline std::optional<Bytes> bytes_field(Bytes message, std::uint64_t wanted) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < message.size() && shift < 64; shift += 7) {
      const std::uint8_t byte = message[at++];
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.size()) {
    const std::uint64_t tag = varint();
    const std::uint64_t value = varint();
    if ((tag & 7) != 2) continue;
    if (value > message.size() - at) return std::nullopt;
    if (tag >> 3 == wanted) return message.subspan(at, value);
    at += value;
  }
  return std::nullopt;
}

/// The base key of their current session.
[[nodiscard]] inline std::optional<EphemeralPublic> their_base_key(Bytes record) {
  const auto current = bytes_field(record, 1);
  const auto key = current ? bytes_field(*current, 13) : std::nullopt;
  if (!key) return std::nullopt;
  const auto read = wire::from_signal_key<EphemeralPublic>(*key);
  if (!read) return std::nullopt;
  return *read;
}

}  // namespace sotto::peers
