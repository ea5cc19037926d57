// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/fingerprint.hpp"

#include <algorithm>

namespace sotto::conversation {
namespace {

constexpr std::size_t half_digits = 30;
/// Bytes that make five digits, and the digits they make.
constexpr std::size_t chunk_bytes = 5;
constexpr std::size_t chunk_digits = 5;
constexpr std::uint64_t chunk_modulus = 100'000;

/// Thirty digits of the first thirty bytes: six numbers of five bytes, big-endian.
std::array<char, half_digits> half_of(const crypto::Sha512Digest& digest) noexcept {
  std::array<char, half_digits> digits;
  for (std::size_t chunk = 0; chunk < half_digits / chunk_digits; ++chunk) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < chunk_bytes; ++i)
      number = number << 8 | digest[chunk * chunk_bytes + i];
    number %= chunk_modulus;
    for (std::size_t i = chunk_digits; i-- > 0; number /= 10)
      digits[chunk * chunk_digits + i] = static_cast<char>('0' + number % 10);
  }
  return digits;
}

}  // namespace

std::array<char, 60> digits_of(const crypto::Sha512Digest& ours,
                               const crypto::Sha512Digest& theirs) noexcept {
  const auto our_digits = half_of(ours);
  const auto their_digits = half_of(theirs);
  std::array<char, 60> digits;
  // Both sides read the same digits: the half that is smaller as text comes first.
  const bool ours_first = our_digits < their_digits;
  std::ranges::copy(ours_first ? our_digits : their_digits, digits.begin());
  std::ranges::copy(ours_first ? their_digits : our_digits, digits.begin() + half_digits);
  return digits;
}

SafetyComparison compare_codes(Bytes our_code, Bytes scanned, std::size_t ours_at,
                               std::size_t theirs_at) noexcept {
  if (std::ranges::equal(our_code, scanned)) {
    // A person's number with themselves mirrors itself: then the two screens do agree.
    const bool mirrored = std::ranges::equal(our_code.subspan(ours_at, half_bytes),
                                             our_code.subspan(theirs_at, half_bytes));
    return mirrored ? SafetyComparison::same : SafetyComparison::our_own_code;
  }
  const bool us = std::ranges::equal(our_code.subspan(ours_at, half_bytes),
                                     scanned.subspan(theirs_at, half_bytes));
  const bool them = std::ranges::equal(our_code.subspan(theirs_at, half_bytes),
                                       scanned.subspan(ours_at, half_bytes));
  if (us) return them ? SafetyComparison::same : SafetyComparison::theirs_differs;
  return them ? SafetyComparison::ours_differs : SafetyComparison::both_differ;
}

}  // namespace sotto::conversation
