// SPDX-License-Identifier: MIT OR Apache-2.0
/// The header that every message carries in the open.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/error.hpp>
#include <sotto/keys.hpp>

#include "base/reader.hpp"
#include "base/writer.hpp"

namespace sotto::ratchet {

/// HEADER(dh_pair, pn, n) [DR-2.6-1] [DR-3.1-7].
struct Header {
  RatchetPublic dh;      ///< the sender's ratchet key
  std::uint32_t pn = 0;  ///< how far its previous sending chain went, as its suite counts
  std::uint32_t n = 0;   ///< number of the message in its chain

  /// dh(32) || pn(4, big-endian) || n(4, big-endian): every 40 bytes are one header.
  static constexpr std::size_t encoded_bytes = 40;

  void write(base::Writer& writer) const noexcept;

  /// Errors: `malformed`.
  [[nodiscard]] static Result<Header> read(base::Reader& reader) noexcept;

  friend bool operator==(const Header&, const Header&) = default;
};

}  // namespace sotto::ratchet
