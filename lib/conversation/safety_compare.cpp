// SPDX-License-Identifier: MIT OR Apache-2.0
// Nothing here is secret: a code is shown to whoever sees the screen.
#include <algorithm>
#include <array>

#include "conversation/fingerprint.hpp"

namespace sotto {
namespace {

/// Where a scannable code says what: version at 1, ours from 6, theirs from 42. All else is fixed.
constexpr std::size_t version_at = 1;
constexpr std::size_t ours_at = 6;
constexpr std::size_t theirs_at = 42;
constexpr std::size_t between = 4;  ///< the two heads of a half: field and size, twice

}  // namespace

// [SN-2-1, SN-2-2]
Result<SafetyComparison> compare_safety_number(const SafetyNumber& ours, Bytes scanned) noexcept {
  const Bytes code = ours.scannable;
  if (scanned.size() <= version_at || scanned[0] != code[0])
    return std::unexpected(Error::malformed);
  if (scanned[version_at] != code[version_at]) return std::unexpected(Error::unsupported_version);
  if (scanned.size() != code.size()) return std::unexpected(Error::malformed);
  for (const std::size_t half : {ours_at, theirs_at})
    if (!std::ranges::equal(scanned.subspan(half - between, between),
                            code.subspan(half - between, between)))
      return std::unexpected(Error::malformed);
  return conversation::compare_codes(code, scanned, ours_at, theirs_at);
}

}  // namespace sotto
