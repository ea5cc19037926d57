// SPDX-License-Identifier: MIT OR Apache-2.0
/// A book of timers as bytes [TM-5-1]:
///
///   version(1) = 1  latest(8)  count(2)
///   each: id(16)  type(1)  flags(1)  seconds(4)  deadline(8)     in the order of (deadline, id)
///
/// Flags: 1 ours, 2 read, 4 closed.
#include <algorithm>
#include <tuple>

#include "conversation/content_fields.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t flag_ours = 1;
constexpr std::uint8_t flag_read = 2;
constexpr std::uint8_t flag_closed = 4;
constexpr std::uint8_t all_flags = flag_ours | flag_read | flag_closed;

std::uint8_t flags_of(const RunningTimer& entry) noexcept {
  return static_cast<std::uint8_t>((entry.ours ? flag_ours : 0) | (entry.read ? flag_read : 0) |
                                   (entry.closed ? flag_closed : 0));
}

/// What a book can come to hold.
bool is_sound(const RunningTimer& entry) noexcept {
  const TimerSetting setting{.type = entry.type, .seconds = entry.seconds, .set_at = {}};
  if (entry.type == TimerType::off || !is_valid(setting) || !conversation::has_form(entry.deadline))
    return false;
  if (entry.type == TimerType::after_send && entry.read) return false;
  return !entry.closed || (entry.type == TimerType::seen_once && entry.read && !entry.ours);
}

bool ascend(std::span<const RunningTimer> entries) noexcept {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const RunningTimer& a = entries[i - 1];
    const RunningTimer& b = entries[i];
    if (std::tie(a.deadline, a.id) >= std::tie(b.deadline, b.id)) return false;
  }
  return true;
}

}  // namespace

Result<MutableBytes> TimerBook::write(MutableBytes out) const noexcept {
  if (out.size() < head_bytes + count_ * entry_bytes)
    return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  writer.put_uint(version);
  conversation::put(writer, latest_);
  writer.put_uint(static_cast<std::uint16_t>(count_));
  for (const RunningTimer& entry : running()) {
    writer.put(entry.id.bytes());
    writer.put_uint(std::to_underlying(entry.type));
    writer.put_uint(flags_of(entry));
    writer.put_uint(entry.seconds);
    conversation::put(writer, entry.deadline);
  }
  return writer.finish();
}

Result<TimerBook> TimerBook::restore(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const auto written = fields.uint<std::uint8_t>();
  if (!bytes.empty() && written != version) return std::unexpected(Error::unsupported_version);
  TimerBook book;
  book.latest_ = conversation::take_instant(fields);
  const std::size_t count = fields.uint<std::uint16_t>();
  if (fields.failed() || !conversation::has_form(book.latest_) || count > max_running ||
      fields.remaining() != count * entry_bytes)
    return std::unexpected(Error::malformed);
  if (!book.reserve(count)) return std::unexpected(Error::out_of_memory);
  for (std::size_t i = 0; i < count; ++i) {
    RunningTimer entry;
    entry.id = fields.public_value<MessageId>();
    entry.type = static_cast<TimerType>(fields.uint<std::uint8_t>());
    const auto flags = fields.uint<std::uint8_t>();
    entry.ours = (flags & flag_ours) != 0;
    entry.read = (flags & flag_read) != 0;
    entry.closed = (flags & flag_closed) != 0;
    entry.seconds = fields.uint<std::uint32_t>();
    entry.deadline = conversation::take_instant(fields);
    if ((flags & ~all_flags) != 0 || !is_sound(entry) || book.find(entry.id) != nullptr)
      return std::unexpected(Error::malformed);
    book.entries_[book.count_++] = entry;
  }
  if (!ascend(book.running())) return std::unexpected(Error::malformed);
  return book;
}

}  // namespace sotto
