// SPDX-License-Identifier: MIT OR Apache-2.0
/// What outlives the process that is killed: the relay's memory, shared with who judges.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sotto::crash {

inline constexpr std::size_t most_letters = 60'000;
inline constexpr std::size_t most_bytes = 320;

/// A message that was let out. `acknowledged` once its receiver said that it is stored.
struct Letter {
  std::uint8_t from;
  std::uint8_t kind;
  std::atomic<bool> acknowledged;
  std::uint16_t size;
  std::array<std::uint8_t, most_bytes> bytes;
};

struct Relay {
  std::atomic<std::uint32_t> count;
  std::atomic<std::int32_t> until_death;  ///< points left to live; negative: for ever
  std::atomic<std::uint32_t> points;      ///< passed in all
  std::atomic<std::uint32_t> torn_writes;
  std::atomic<std::uint32_t> died_in_files;  ///< deaths inside of SQLite
  std::array<char, 400> fault;               ///< what the child found wrong, as text
  std::array<Letter, most_letters> letters;
};

}  // namespace sotto::crash
