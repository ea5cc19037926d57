// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/sent_streams.hpp"

namespace sotto::media {
namespace {

/// A sender has one key at a time.
constexpr KeySet present_key = 1;

/// The index for `seq`. A number is taken for a late one where a window reaches back to it, for the
/// next one elsewhere. Errors: `counter_reused`, `exhausted`.
Result<PacketIndex> unspent_index(const ReplayWindow& spent, std::uint16_t seq) noexcept {
  const PacketIndex newest = spent.newest();
  const auto behind = static_cast<std::uint16_t>(newest.seq() - seq);
  if (behind >= srtp_replay_window) return following_index(newest, seq);
  if (behind > newest.value) return std::unexpected(Error::counter_reused);  // before the first
  const PacketIndex late{newest.value - behind};
  if (!spent.accepts(late)) return std::unexpected(Error::counter_reused);
  return late;
}

}  // namespace

SentStreams::SentStreams(std::size_t most, const First& first, const KeyPrint& key) noexcept
    : first_(first), streams_(most), reports_(most), new_key_(keys_.add(key)) {
}

template <class State>
Result<State*> SentStreams::begin(StreamTable<State>& table, Ssrc ssrc,
                                  const State& state) noexcept {
  if (ended_.barred(ssrc) != 0) return std::unexpected(Error::counter_reused);
  if (table.full()) {
    // Of a stream that has sealed nothing under the present key, which is new, nothing needs to be
    // remembered while this key lasts; that it was forgotten is, in case an earlier one comes back.
    const auto over = [&](const State& other) { return other.era != era_; };
    if (!new_key_ || !table.erase_one(over)) return std::unexpected(Error::too_many_streams);
    forgot_ = true;
  }
  return table.add(ssrc, state);
}

Result<PacketIndex> SentStreams::spend(const RtpHeader& header) noexcept {
  Stream* stream = streams_.find(header.ssrc);
  if (stream == nullptr) {
    const auto begun = begin(streams_, header.ssrc, Stream{std::nullopt, first_.roc, era_});
    if (!begun) return std::unexpected(begun.error());
    stream = *begun;
  }
  const auto index = stream->spent ? unspent_index(*stream->spent, header.seq)
                                   : PacketIndex::of(stream->first_roc, header.seq);
  if (!index) return index;
  if (stream->spent)
    stream->spent->commit(*index);
  else
    stream->spent.emplace(*index);
  stream->era = era_;
  return index;
}

Result<PacketIndex> SentStreams::spend_control(Ssrc ssrc) noexcept {
  Reports* reports = reports_.find(ssrc);
  if (reports == nullptr) {
    const auto begun = begin(reports_, ssrc, Reports{first_.control, era_});
    if (!begun) return std::unexpected(begun.error());
    reports = *begun;
  }
  // 2^31 - 1 is the last [RFC3711-3.4-2].
  if (reports->next > last_control_index) return std::unexpected(Error::exhausted);
  reports->era = era_;
  return PacketIndex{reports->next++};
}

Result<std::uint32_t> SentStreams::rollover(Ssrc ssrc) noexcept {
  const Stream* const stream = streams_.find(ssrc);
  if (stream == nullptr || !stream->spent) return std::unexpected(Error::invalid_argument);
  return stream->spent->newest().roc();
}

Result<void> SentStreams::set_rollover(Ssrc ssrc, std::uint32_t roc) noexcept {
  Stream* stream = streams_.find(ssrc);
  if (stream == nullptr) {
    const auto begun = begin(streams_, ssrc, Stream{std::nullopt, first_.roc, era_});
    if (!begun) return std::unexpected(begun.error());
    stream = *begun;
  }
  if (stream->spent) return std::unexpected(Error::counter_reused);
  stream->first_roc = roc;
  return {};
}

Result<void> SentStreams::remove(Ssrc ssrc) noexcept {
  const Stream* const stream = streams_.find(ssrc);
  const bool spent = (stream != nullptr && stream->spent) || reports_.find(ssrc) != nullptr;
  if (spent && !ended_.add(ssrc, present_key)) return std::unexpected(Error::exhausted);
  streams_.erase(ssrc);
  reports_.erase(ssrc);
  return {};
}

Result<void> SentStreams::follow(const KeyPrint& key) noexcept {
  const bool had = keys_.holds(key);
  if (had && forgot_) return std::unexpected(Error::counter_reused);
  new_key_ = !had && keys_.add(key);
  ++era_;
  if (new_key_ && ended_.release(present_key)) forgot_ = true;
  return {};
}

}  // namespace sotto::media
