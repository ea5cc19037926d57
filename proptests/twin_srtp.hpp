// SPDX-License-Identifier: MIT OR Apache-2.0
/// The books of SRTP without its cryptography: indices as whole numbers, what was seen as a set.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include <sotto/srtp.hpp>

namespace sotto::prop {

/// What a sender has spent.
class TwinSender {
 public:
  /// Ends a stream; `reported` when it sent reports.
  void end(std::uint32_t ssrc, bool reported) {
    if (spent_.erase(ssrc) != 0 || reported) ended_.insert(ssrc);
  }
  [[nodiscard]] bool ended(std::uint32_t ssrc) const { return ended_.contains(ssrc); }
  /// Another key. Those that were ended may come back under one that is new, and then no earlier
  /// one may. False when it is one of these.
  bool follow(bool is_new) {
    if (!is_new && forgot_) return false;
    if (is_new && !ended_.empty()) {
      ended_.clear();
      forgot_ = true;
    }
    return true;
  }

  /// The index under which `seq` must be sealed [RFC 3711 §3.3.1], or why it must not be.
  Result<std::uint64_t> spend(std::uint32_t ssrc, std::uint16_t seq) {
    if (ended_.contains(ssrc)) return std::unexpected(Error::counter_reused);
    const auto stream = spent_.find(ssrc);
    if (stream == spent_.end()) {
      if (spent_.size() == srtp_max_streams) return std::unexpected(Error::too_many_streams);
      spent_[ssrc] = {seq};
      return seq;
    }
    const std::uint64_t newest = *stream->second.rbegin();
    // The first index above the newest that carries `seq`, or the last one below it.
    std::uint64_t index = newest + 1;
    while (index % 65'536 != seq) ++index;
    const bool late = index >= 65'536 && newest - (index - 65'536) < srtp_replay_window;
    if (late) index -= 65'536;
    if (index > newest && index - newest >= 32'768) return std::unexpected(Error::counter_reused);
    if (!stream->second.insert(index).second) return std::unexpected(Error::counter_reused);
    return index;
  }

 private:
  std::map<std::uint32_t, std::set<std::uint64_t>> spent_;
  std::set<std::uint32_t> ended_;
  bool forgot_ = false;
};

/// What a receiver has seen.
class TwinReceiver {
 public:
  /// Why the genuine packet with this index would be refused; nothing when it opens.
  [[nodiscard]] std::optional<Error> refusal(std::uint32_t ssrc, std::uint64_t index) const {
    const auto stream = seen_.find(ssrc);
    if (stream == seen_.end()) {
      if (seen_.size() == srtp_max_streams) return Error::too_many_streams;
      // A stream is looked for in its first round and behind it.
      if (!found(index % 65'536, index)) return Error::authentication_failed;
      return {};
    }
    const std::uint64_t newest = *stream->second.rbegin();
    const std::uint64_t guess = nearest(newest, index % 65'536);
    const bool late = guess <= newest && newest - guess >= srtp_replay_window;
    if (late ? guess == index : stream->second.contains(guess)) return Error::replayed;
    if (found(guess, index)) return {};
    return late ? Error::replayed : Error::authentication_failed;
  }

  /// Whether a packet stands where its number is taken for first.
  [[nodiscard]] bool plain_to_see(std::uint32_t ssrc, std::uint64_t index) const {
    const auto stream = seen_.find(ssrc);
    return stream != seen_.end() && nearest(*stream->second.rbegin(), index % 65'536) == index;
  }

  void opened(std::uint32_t ssrc, std::uint64_t index) { seen_[ssrc].insert(index); }
  /// Ends a stream. Returns whether it was there.
  bool end(std::uint32_t ssrc) { return seen_.erase(ssrc) != 0; }

 private:
  /// Whether a packet that is guessed to stand at `guess` is found to stand at `index`: there, or a
  /// few rounds ahead.
  static bool found(std::uint64_t guess, std::uint64_t index) {
    for (std::size_t rounds = 0; rounds <= srtp_rollover_search; ++rounds)
      if (guess + rounds * 65'536 == index) return true;
    return false;
  }

  /// The index nearest to `newest` that carries `seq`; of two as near the one in the same round.
  static std::uint64_t nearest(std::uint64_t newest, std::uint64_t seq) {
    const auto round = static_cast<std::int64_t>(newest / 65'536);
    const auto distance = [&](std::int64_t in_round) {
      return std::abs(in_round * 65'536 + static_cast<std::int64_t>(seq) -
                      static_cast<std::int64_t>(newest));
    };
    std::int64_t best = round;
    for (const std::int64_t other : {round - 1, round + 1})
      if (other >= 0 && distance(other) < distance(best)) best = other;
    return static_cast<std::uint64_t>(best) * 65'536 + seq;
  }

  std::map<std::uint32_t, std::set<std::uint64_t>> seen_;
};

}  // namespace sotto::prop
