// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "session/rows.hpp"

namespace sotto::session {
namespace {

constexpr std::uint8_t format = 1;

/// Nobody can choose it: the digest is a sum of keyed hashes. The number sets apart commits that
/// leave the same rows.
Writer writer_of(const Head& first) noexcept {
  std::array<std::uint8_t, RowSum::size_bytes> digest;
  first.digest.write(digest);
  std::uint64_t value = first.number + first.mark;
  for (std::size_t i = 0; i < 8; ++i)
    value += static_cast<std::uint64_t>(digest[i]) << (56 - 8 * i);
  return Writer{std::max<std::uint64_t>(value, 1)};
}

}  // namespace

Head Head::next(Writer by, std::uint64_t mark_of_next, const RowSum& difference) const noexcept {
  Head made{number + 1, mark_of_next, by, past, digest};
  made.digest += difference;
  if (by == Writer{}) made.writer = writer_of(made);
  made.past.hand_over({writer, number}, made.writer);
  return made;
}

std::optional<bool> Head::has(const Reached& commit) const noexcept {
  return commit.writer == writer ? number >= commit.number : past.has(commit);
}

// Whoever was set back commits no more. So who has come further than the commit has come through
// it, and its writer stands here unless so many have committed since that it had to go.
bool Head::follows(const Head& before) const noexcept {
  if (number <= before.number) return false;
  return before.number == 0 || has({before.writer, before.number}).value_or(true);
}

void Head::seal(MutableBytes out, const RowKeys& keys, Revision expected) const noexcept {
  std::array<std::uint8_t, head_record_bytes> record{};
  base::Writer out_fields(record);
  out_fields.put_uint(format);
  out_fields.put_uint(number);
  out_fields.put_uint(mark);
  out_fields.put_uint(std::to_underlying(writer));
  for (const Reached& commit : past.all()) {
    if (commit == Reached{}) break;  // Behind the last there are zeros.
    out_fields.put_uint(std::to_underlying(commit.writer));
    out_fields.put_uint(commit.number);
  }
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
  head.writer = Writer{fields.uint<std::uint64_t>()};
  if (head.number == 0 || head.writer == Writer{}) return std::unexpected(Error::corrupted);
  bool ended = false;
  for (std::size_t i = 0; i < Past::most; ++i) {
    const Writer writer{fields.uint<std::uint64_t>()};
    const Reached commit{writer, fields.uint<std::uint64_t>()};
    ended = ended || commit == Reached{};
    const bool right = ended ? commit == Reached{}
                             : commit.writer != Writer{} && commit.writer != head.writer &&
                                   commit.number < head.number && head.past.append(commit);
    if (!right) return std::unexpected(Error::corrupted);
  }
  head.digest = RowSum(std::span(record).last<32>());
  return head;
}

}  // namespace sotto::session
