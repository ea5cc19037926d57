// SPDX-License-Identifier: MIT OR Apache-2.0
/// One of the two people: keys, conversation and call, in a process of its own.
#pragma once

#include <cstdint>
#include <string>

#include <sotto/call.hpp>

#include "demo/halt.hpp"

namespace sotto::demo {

struct PartyOptions {
  CallSide side = CallSide::caller;
  std::uint16_t tcp_port = 0;
  std::uint16_t udp_port = 0;
  std::string text_path;     ///< the caller's lines
  std::string wav_path;      ///< what this person says in the call
  std::string frames_path;   ///< where its Opus frames are kept, for the comparison afterwards
  std::string heard_path;    ///< where the sound it heard is written, as WAV
  std::string pattern_path;  ///< where it is written which frames it heard, '1' or '0' each
  std::string store_path;    ///< this person's device: a database, and its key beside it
  std::string history_path;  ///< where the callee writes the lines that its database holds
  Halt halt;                 ///< where it is to be killed
  /// Least time between two packets; 0: as fast as the other side takes them.
  std::uint32_t pace_ms = 0;
};

/// Runs one side to its end. Orders: `finish`, to the caller, for a last message.
void run_party(const PartyOptions& options);

}  // namespace sotto::demo
