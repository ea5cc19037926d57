// SPDX-License-Identifier: MIT OR Apache-2.0
/// A fuzzer's bytes taken from the front as small values, and the verdict on what they did.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::fuzz {

using Buffer = std::vector<std::uint8_t>;

/// Never fails: what is not there reads as zeros.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] Bytes rest() const { return rest_; }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }

  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }

  /// At most `n` bytes, as they are.
  Bytes take(std::size_t n) {
    const Bytes taken = rest_.first(std::min(n, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  /// `N` bytes, zeros where there are none.
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    std::ranges::copy(take(N), out.begin());
    return out;
  }

 private:
  Bytes rest_;
};

/// Ends the process, which is a finding, when there is something to complain about.
inline void require(const std::string& complaint) {
  if (complaint.empty()) return;
  std::fprintf(stderr, "finding: %s\n", complaint.c_str());
  std::abort();
}

inline void require(bool good, const char* complaint) {
  if (!good) require(std::string(complaint));
}

/// Whether an output is as a failure must leave it: as it was before (all `mark`) or zeroed.
inline bool untouched_or_zeroed(Bytes out, std::uint8_t mark) {
  return std::ranges::all_of(out, [&](auto byte) { return byte == mark || byte == 0; });
}

}  // namespace sotto::fuzz

/// What every target defines: one input, nothing kept from it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
