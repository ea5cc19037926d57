// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a device on libsignal-protocol-c keeps what it keeps: rows of bytes by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "session/peers/signal_c.hpp"

namespace sotto::peers {

/// The rows of device 1 of `peer`, and those with a number: "session/bob.1", "one-time/17".
[[nodiscard]] inline std::string row_name(std::string_view kind, std::string_view peer) {
  return std::string(kind).append("/").append(peer).append(".1");
}
[[nodiscard]] inline std::string row_name(std::string_view kind, std::uint32_t number) {
  return std::string(kind).append("/").append(std::to_string(number));
}

/// Let `store` read and write `state`, which must outlive it. Negative: the library's error.
[[nodiscard]] int attach_rows(signal_protocol_store_context* store, SignalC::State& state);

}  // namespace sotto::peers
