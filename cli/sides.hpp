// SPDX-License-Identifier: MIT OR Apache-2.0
/// The two sides of a safety number as they are typed, and the number that they make.
#pragma once

#include <array>
#include <string>
#include <variant>

#include <sotto/account_number.hpp>
#include <sotto/safety_number.hpp>

#include "side_text.hpp"

namespace sotto::cli {

/// A number of either form.
class Number {
 public:
  explicit Number(const SafetyNumber& number) : number_(number) {}
  explicit Number(const AccountNumber& number) : number_(number) {}

  [[nodiscard]] std::array<char, 60> digits() const;
  /// What a code that can be scanned holds; a view of this object.
  [[nodiscard]] Bytes scannable() const;
  /// Errors: `unsupported_version`, `malformed`.
  [[nodiscard]] Result<SafetyComparison> compare(Bytes scanned) const;

 private:
  std::variant<SafetyNumber, AccountNumber> number_;
};

/// The number of two sides: `form` is 1, 2 or account. Throws a `std::invalid_argument` that says
/// in one line what cannot be read.
[[nodiscard]] Number number_of(const std::string& form, const SideText& ours,
                               const SideText& theirs);

}  // namespace sotto::cli
