// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is kept for each stream of one end, bounded, in memory that is taken once.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include <sotto/srtp.hpp>

#include "media/rtp_packet.hpp"

namespace sotto::media {

/// States by SSRC [RFC3711-3.2.3-1]. A place is given up only by who knows that the stream's
/// counter cannot start again under the same key.
template <class State>
class StreamTable {
 public:
  /// Room for `most` streams; for none when there is no memory.
  explicit StreamTable(std::size_t most) noexcept
      : names_(new(std::nothrow) Ssrc[most]), states_(new(std::nothrow) State[most]) {
    if (names_ != nullptr && states_ != nullptr) most_ = most;
  }

  [[nodiscard]] bool has_room() const noexcept { return most_ > 0; }
  [[nodiscard]] bool full() const noexcept { return used_ == most_; }

  /// The state of a stream, or null.
  [[nodiscard]] State* find(Ssrc ssrc) noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (names_[i] == ssrc) return &states_[i];
    return nullptr;
  }

  /// Give each state to `take`.
  template <class Take>
  void each(Take&& take) noexcept {
    for (std::size_t i = 0; i < used_; ++i) take(states_[i]);
  }
  template <class Take>
  void each(Take&& take) const noexcept {
    for (std::size_t i = 0; i < used_; ++i) take(states_[i]);
  }

  /// Whether the state of some stream is `over`.
  template <class Over>
  [[nodiscard]] bool any(Over&& over) const noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (over(states_[i])) return true;
    return false;
  }

  /// Give a place to a stream that has none. The table must not be full.
  State* add(Ssrc ssrc, const State& state) noexcept {
    names_[used_] = ssrc;
    states_[used_] = state;
    return &states_[used_++];
  }

  /// Give up the place of a stream, if it has one.
  void erase(Ssrc ssrc) noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (names_[i] == ssrc) return erase_at(i);
  }

  /// Give up the place of some stream whose state is `over`. Returns whether there was one.
  template <class Over>
  bool erase_one(Over&& over) noexcept {
    for (std::size_t i = 0; i < used_; ++i)
      if (over(states_[i])) {
        erase_at(i);
        return true;
      }
    return false;
  }

 private:
  void erase_at(std::size_t place) noexcept {
    --used_;
    names_[place] = names_[used_];
    states_[place] = states_[used_];
  }

  std::unique_ptr<Ssrc[]> names_;    // NOLINT(*-avoid-c-arrays)
  std::unique_ptr<State[]> states_;  // NOLINT(*-avoid-c-arrays)
  std::size_t most_ = 0;
  std::size_t used_ = 0;
};

}  // namespace sotto::media
