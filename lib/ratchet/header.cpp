// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/header.hpp"

namespace sotto::ratchet {

void Header::write(base::Writer& writer) const noexcept {
  writer.put(dh.bytes());
  writer.put_uint(pn);
  writer.put_uint(n);
}

Result<Header> Header::read(base::Reader& reader) noexcept {
  const auto dh = reader.take_public<RatchetPublic>();
  const auto pn = reader.take_uint<std::uint32_t>();
  const auto n = reader.take_uint<std::uint32_t>();
  if (!dh || !pn || !n) return std::unexpected(Error::malformed);
  return Header{*dh, *pn, *n};
}

}  // namespace sotto::ratchet
