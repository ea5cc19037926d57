// SPDX-License-Identifier: MIT OR Apache-2.0
/// The numbers that a sender has spent, stream by stream: under one key none comes twice.
#pragma once

#include <cstdint>
#include <optional>

#include <sotto/error.hpp>

#include "media/ended_streams.hpp"
#include "media/key_history.hpp"
#include "media/packet_index.hpp"
#include "media/replay_window.hpp"
#include "media/rtp_packet.hpp"
#include "media/stream_table.hpp"

namespace sotto::media {

class SentStreams {
 public:
  /// What streams begin at [RFC3711-3.3.1-1] [RFC3711-3.4-2].
  struct First {
    std::uint32_t roc = 0;
    std::uint32_t control = 0;
  };

  /// Room for `most` streams of RTP and as many of RTCP, under a first key.
  SentStreams(std::size_t most, const First& first, const KeyPrint& key) noexcept;

  /// Whether there was memory for them.
  [[nodiscard]] bool has_room() const noexcept {
    return streams_.has_room() && reports_.has_room();
  }

  /// Choose the index of a packet and spend it: the next that carries its number, or one a little
  /// behind the newest that was left out [RFC3711-3.3.1-10]. Errors: `counter_reused` (also: its
  /// stream was ended), `exhausted`, `too_many_streams`.
  [[nodiscard]] Result<PacketIndex> spend(const RtpHeader& header) noexcept;
  /// The same of an RTCP packet.
  [[nodiscard]] Result<PacketIndex> spend_control(Ssrc ssrc) noexcept;

  /// As `SrtpSender::rollover`, `set_rollover` and `remove_stream`.
  [[nodiscard]] Result<std::uint32_t> rollover(Ssrc ssrc) noexcept;
  [[nodiscard]] Result<void> set_rollover(Ssrc ssrc, std::uint32_t roc) noexcept;
  [[nodiscard]] Result<void> remove(Ssrc ssrc) noexcept;

  /// Another key from the next packet on; all numbers go on [RFC3711-3.3.1-6]. Under a key that is
  /// new here, streams that seal nothing give up their places to others, and those that were ended
  /// may come back [RFC3711-3.3.1-9]. Errors: `counter_reused` (an earlier key, of whose streams
  /// some were forgotten since).
  [[nodiscard]] Result<void> follow(const KeyPrint& key) noexcept;

 private:
  struct Stream {
    std::optional<ReplayWindow> spent;  ///< its newest indices; nothing before the first packet
    std::uint32_t first_roc = 0;
    std::uint64_t era = 0;  ///< the key it last served under
  };
  struct Reports {
    std::uint32_t next = 0;  ///< the next index of a source of RTCP
    std::uint64_t era = 0;
  };

  /// The state of a stream that has none yet. Errors: as `spend`.
  template <class State>
  [[nodiscard]] Result<State*> begin(StreamTable<State>& table, Ssrc ssrc,
                                     const State& state) noexcept;

  First first_;
  StreamTable<Stream> streams_;
  StreamTable<Reports> reports_;
  EndedStreams ended_;
  KeyHistory keys_;
  std::uint64_t era_ = 0;  ///< how often the key changed
  bool new_key_ = true;    ///< the present one never served here before
  bool forgot_ = false;    ///< what some stream spent under an earlier one
};

}  // namespace sotto::media
