// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is kept for each stream of one key, inline and bounded.
#pragma once

#include <array>
#include <cstddef>

#include <sotto/srtp.hpp>

#include "media/rtp_packet.hpp"

namespace sotto::media {

/// Up to `srtp_max_streams` states by SSRC [RFC3711-3.2.3-1]. A place once taken is never given up:
/// to forget a stream would be to let its counter start again under the same key.
template <class State>
class StreamTable {
 public:
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

  [[nodiscard]] bool full() const noexcept { return used_ == srtp_max_streams; }

  /// Give a place to a stream that has none. The table must not be full.
  State* add(Ssrc ssrc, const State& state) noexcept {
    names_[used_] = ssrc;
    states_[used_] = state;
    return &states_[used_++];
  }

 private:
  std::array<Ssrc, srtp_max_streams> names_{};
  std::array<State, srtp_max_streams> states_{};
  std::size_t used_ = 0;
};

}  // namespace sotto::media
