// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is known of a list, as a row [RO-6-1]:
///
///   version(1) = 1  user(32)  compared(1)  number compared(8)  hash of list 0(32)
///   marks(1), each: hash(32) change(1) since(8)  size(2), the newest list; zeros when there is
///   none
///
/// and a watch: version(1) = 1  waiting(1)  number(8)  hash(32)  since(8).
#include <algorithm>
#include <utility>

#include <sotto/known_roster.hpp>
#include <sotto/roster_watch.hpp>

#include "conversation/roster_form.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

std::uint64_t count_of(Instant at) noexcept {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

bool is_time(Instant at) noexcept {
  return at.time_since_epoch().count() >= 0;
}

Result<RosterMark> take_mark(base::Fields& fields) noexcept {
  RosterMark mark;
  mark.hash = fields.public_value<RosterHash>();
  const auto change = fields.uint<std::uint8_t>();
  mark.since = Instant(fields.milliseconds());
  if (change < std::to_underlying(RosterChangeKind::added) ||
      change > std::to_underlying(RosterChangeKind::replaced) || !is_time(mark.since))
    return std::unexpected(Error::malformed);
  mark.change = static_cast<RosterChangeKind>(change);
  return mark;
}

/// A flag and a value that is zero without it.
template <class T>
bool fits(std::uint8_t flag, const T& value) noexcept {
  return flag == 1 || (flag == 0 && value == T{});
}

}  // namespace

std::size_t KnownRoster::saved_bytes() const noexcept {
  return 1 + 32 + 1 + 8 + 32 + 1 + mark_count_ * mark_bytes + 2 +
         (newest_ ? newest_->size_bytes() : 0);
}

Result<MutableBytes> KnownRoster::save(MutableBytes out) const noexcept {
  if (out.size() < saved_bytes()) return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put(user_.bytes());
  writer.put_uint(static_cast<std::uint8_t>(compared_ ? 1 : 0));
  writer.put_uint(compared_.value_or(0));
  writer.put(root_.bytes());
  writer.put_uint(static_cast<std::uint8_t>(mark_count_));
  for (const RosterMark& mark : marks()) {
    writer.put(mark.hash.bytes());
    writer.put_uint(std::to_underlying(mark.change));
    writer.put_uint(count_of(mark.since));
  }
  const std::size_t list_bytes = newest_ ? newest_->size_bytes() : 0;
  writer.put_uint(static_cast<std::uint16_t>(list_bytes));
  const MutableBytes room = writer.claim(list_bytes);
  if (newest_) {
    if (const auto put = newest_->write(room); !put) return put;
  }
  return writer.finish();
}

Result<KnownRoster> KnownRoster::load(Bytes unsealed) noexcept {
  base::Fields fields(unsealed);
  const auto written = fields.uint<std::uint8_t>();
  if (!unsealed.empty() && written != version) return std::unexpected(Error::unsupported_version);
  KnownRoster known(fields.public_value<UserId>());
  const auto compared = fields.uint<std::uint8_t>();
  const auto number = fields.uint<std::uint64_t>();
  known.root_ = fields.public_value<RosterHash>();
  known.mark_count_ = fields.uint<std::uint8_t>();
  if (!fits(compared, number) || known.mark_count_ > roster_history)
    return std::unexpected(Error::malformed);
  for (RosterMark& mark : std::span(known.marks_).first(known.mark_count_)) {
    const auto taken = take_mark(fields);
    if (!taken) return std::unexpected(taken.error());
    mark = *taken;
  }
  const Bytes list = fields.view(fields.uint<std::uint16_t>());
  if (!fields.finished()) return std::unexpected(Error::malformed);
  if (compared == 1) known.compared_ = number;
  if (list.empty()) {
    if (known.mark_count_ != 0 || compared != 0 || known.root_ != RosterHash{})
      return std::unexpected(Error::malformed);
    return known;
  }
  const auto parts = read_roster(list);
  if (!parts) return std::unexpected(parts.error());
  const Roster newest(*parts);
  known.newest_ = newest;
  if (!known.holds_together(newest)) return std::unexpected(Error::malformed);
  return known;
}

bool KnownRoster::holds_together(const Roster& newest) const noexcept {
  const RosterParts& parts = newest.parts();
  const std::uint64_t most_marks = std::min<std::uint64_t>(parts.number, roster_history - 1) + 1;
  if (parts.user != user_ || mark_count_ != most_marks || compared_.value_or(0) > parts.number)
    return false;
  if (parts.number == 0 && !conversation::begins_anew(parts)) return false;
  const auto known = marks();
  const bool from_the_root = mark_count_ - 1 == parts.number;
  return known.back().hash == newest.hash() &&
         (known.size() < 2 || known[known.size() - 2].hash == parts.previous) &&
         (!from_the_root ||
          (known.front().hash == root_ && known.front().change == RosterChangeKind::added));
}

std::array<std::uint8_t, RosterWatch::saved_bytes> RosterWatch::save() const noexcept {
  std::array<std::uint8_t, saved_bytes> bytes{};
  base::Writer writer(bytes);
  writer.put_uint(version);
  if (!unseen_) return bytes;
  writer.put_uint(std::uint8_t{1});
  writer.put_uint(unseen_->number);
  writer.put(unseen_->hash.bytes());
  writer.put_uint(count_of(unseen_since_));
  return bytes;
}

Result<RosterWatch> RosterWatch::load(Bytes unsealed, std::chrono::milliseconds grace) noexcept {
  base::Fields fields(unsealed);
  const auto written = fields.uint<std::uint8_t>();
  if (!unsealed.empty() && written != version) return std::unexpected(Error::unsupported_version);
  const auto waiting = fields.uint<std::uint8_t>();
  RosterClaim unseen;
  unseen.number = fields.uint<std::uint64_t>();
  unseen.hash = fields.public_value<RosterHash>();
  const Instant since(fields.milliseconds());
  const bool good = fields.finished() && is_time(since) && fits(waiting, unseen) &&
                    fits(waiting, since) && (waiting == 0 || unseen != RosterClaim{});
  if (!good) return std::unexpected(Error::malformed);
  RosterWatch watch(grace);
  if (waiting == 1) watch.unseen_ = unseen;
  watch.unseen_since_ = since;
  return watch;
}

}  // namespace sotto
