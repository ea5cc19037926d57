// SPDX-License-Identifier: MIT OR Apache-2.0
/// The numbers that the demo's processes told, and what they show of the call.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sotto::demo {

/// By the key that each number was told under.
struct Told {
  std::map<std::string, std::uint64_t> events;  ///< how often
  std::map<std::string, std::uint64_t> sums;
  std::map<std::string, std::vector<std::uint64_t>> values;  ///< in order

  void note(const std::string& key, std::uint64_t value) {
    ++events[key];
    sums[key] += value;
    values[key].push_back(value);
  }
  [[nodiscard]] std::uint64_t last(const std::string& key) { return values[key].back(); }
};

/// One line of the summary: what is claimed, whether it held, and the numbers compared.
struct Claim {
  std::string what;
  bool held;
  std::string detail;
};

/// What the call's numbers show.
[[nodiscard]] std::vector<Claim> call_claims(Told& told);

}  // namespace sotto::demo
