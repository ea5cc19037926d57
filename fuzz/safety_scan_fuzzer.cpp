// SPDX-License-Identifier: MIT OR Apache-2.0
/// Anything is scanned, of either form. The first byte says which code is ours. What is taken is of
/// exactly our form, and its halves decide.
#include <array>
#include <optional>

#include <sotto/account_number.hpp>

#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;

/// A digest of ours: of no hash, so that a fuzzer can write it.
Buffer half(std::uint8_t first) {
  Buffer bytes(32);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

/// A code of these halves, said plainly.
Buffer code_of(std::uint8_t form, const Buffer& ours, const Buffer& theirs) {
  Buffer code;
  const auto add = [&](const Buffer& part) { code.insert(code.end(), part.begin(), part.end()); };
  if (form == 0) {
    add({'s', 'o', 't', 't', 'o', '-', 'a', 'n', 1});
    add(ours);
  } else {
    add({0x08, form, 0x12, 0x22, 0x0a, 0x20});
    add(ours);
    add({0x1a, 0x22, 0x0a, 0x20});
  }
  add(theirs);
  return code;
}

Result<SafetyComparison> compared(std::uint8_t form, const Buffer& ours, Bytes scanned) {
  if (form == 0) {
    AccountNumber number{};
    std::ranges::copy(ours, number.scannable.begin());
    return compare_account_number(number, scanned);
  }
  SafetyNumber number{};
  std::ranges::copy(ours, number.scannable.begin());
  return compare_safety_number(number, scanned);
}

SafetyComparison expected(bool us_same, bool them_same) {
  if (us_same) return them_same ? SafetyComparison::same : SafetyComparison::theirs_differs;
  return them_same ? SafetyComparison::ours_differs : SafetyComparison::both_differ;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const std::uint8_t form = in.byte() % 3;
  const Buffer ours = half(0x20), theirs = half(0x60);
  const Buffer code = code_of(form, ours, theirs);
  const Bytes scanned = in.rest();

  const auto told = compared(form, code, scanned);
  const std::size_t first = form == 0 ? 9 : 6, second = form == 0 ? 41 : 42;
  if (!told) {
    require(told.error() == Error::malformed || told.error() == Error::unsupported_version,
            "refused for another reason");
  }
  if (scanned.size() != code.size()) {
    require(!told, "a code of another size is taken");
    return 0;
  }
  const Buffer shows(scanned.begin() + static_cast<std::ptrdiff_t>(first),
                     scanned.begin() + static_cast<std::ptrdiff_t>(first + 32));
  const Buffer holds(scanned.begin() + static_cast<std::ptrdiff_t>(second),
                     scanned.begin() + static_cast<std::ptrdiff_t>(second + 32));
  const bool of_our_form = std::ranges::equal(code_of(form, shows, holds), scanned);
  require(told.has_value() == of_our_form, "taken is what has our form");
  if (!told) return 0;
  if (std::ranges::equal(code, scanned)) {
    require(*told == SafetyComparison::our_own_code, "our own code is not known");
  } else {
    require(*told == expected(holds == ours, shows == theirs), "the wrong side differs");
  }
  return 0;
}
