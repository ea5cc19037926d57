// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/head.hpp"

#include <array>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "session/rows.hpp"

namespace sotto::session {
namespace {

constexpr std::uint8_t format = 1;

}  // namespace

void Head::seal(MutableBytes out, const RowKeys& keys, Revision expected) const noexcept {
  std::array<std::uint8_t, head_record_bytes> record;
  base::Writer writer(record);
  writer.put_uint(format);
  writer.put_uint(number);
  writer.put_uint(mark);
  digest.write(std::span(record).last<32>());
  keys.sealer().seal(out, record, head_row().bytes(), static_cast<std::uint64_t>(expected));
}

Result<Head> Head::open(Bytes sealed, const RowKeys& keys) noexcept {
  std::array<std::uint8_t, head_record_bytes> record;
  if (!sealed.empty() && sealed.size() != sealed_head_bytes)
    return std::unexpected(Error::corrupted);
  if (const auto opened = keys.sealer().open(record, sealed, head_row().bytes()); !opened)
    return std::unexpected(opened.error());
  base::Fields fields(record);
  const auto written = fields.uint<std::uint8_t>();
  if (written > format) return std::unexpected(Error::unsupported_version);
  if (written != format) return std::unexpected(Error::corrupted);
  Head head;
  head.number = fields.uint<std::uint64_t>();
  head.mark = fields.uint<std::uint64_t>();
  head.digest = RowSum(std::span(record).last<32>());
  if (head.number == 0) return std::unexpected(Error::corrupted);
  return head;
}

}  // namespace sotto::session
