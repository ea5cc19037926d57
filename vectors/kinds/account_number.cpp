// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers of accounts, and scanned codes of either form (spec/safety_numbers.md) [SN-1-1, SN-2-1,
// SN-2-2, SN-3-1, SN-3-2, SN-3-3].
#include <sotto/account_number.hpp>

#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

struct NumberOfAccounts {
  std::uint32_t iterations;
  UserId our_user, their_user;
  std::vector<AccountDevice> ours, theirs;
  std::string digits;
  Blob scannable;

  static std::vector<AccountDevice> read_devices(Fields& fields, std::string_view key) {
    std::vector<AccountDevice> devices;
    for (Fields* one : fields.objects(key)) {
      const std::uint32_t number = one->number32("device");
      devices.push_back({number, IdentityPublic(one->hex_of<32>("identity"))});
    }
    return devices;
  }

  static NumberOfAccounts read(Fields& fields) {
    NumberOfAccounts test{fields.number32("iterations"),
                          UserId(fields.hex_of<32>("our_user")),
                          UserId(fields.hex_of<32>("their_user")),
                          read_devices(fields, "our_devices"),
                          read_devices(fields, "their_devices"),
                          {},
                          {}};
    if (refused(fields)) return test;
    test.digits = fields.text("digits");
    test.scannable = fields.hex("scannable");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const AccountSide us{our_user, ours}, them{their_user, theirs};
    const auto number = account_number(us, them, iterations);
    if (!number) return std::unexpected(number.error());
    checks.require(std::string(number->digits.begin(), number->digits.end()) == digits,
                   "other digits");
    checks.equal("scannable", number->scannable, scannable);
    const auto from_their_side = account_number(them, us, iterations);
    if (!from_their_side) return std::unexpected(from_their_side.error());
    checks.require(from_their_side->digits == number->digits, "other digits at the other side");
    return {};
  }
};

struct Scan {
  Blob ours, scanned;
  std::string outcome;

  static Scan read(Fields& fields) {
    Scan test{fields.hex("ours"), fields.hex("scanned"), {}};
    if (test.ours.size() != AccountNumber{}.scannable.size() &&
        test.ours.size() != SafetyNumber{}.scannable.size())
      fields.wrong("ours", "is no code");
    if (!refused(fields)) test.outcome = fields.text("outcome");
    return test;
  }

  /// With ours, of which form it is.
  [[nodiscard]] Result<SafetyComparison> compared(Bytes other) const {
    if (ours.size() == AccountNumber{}.scannable.size()) {
      AccountNumber number{};
      std::ranges::copy(ours, number.scannable.begin());
      return compare_account_number(number, other);
    }
    SafetyNumber number{};
    std::ranges::copy(ours, number.scannable.begin());
    return compare_safety_number(number, other);
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    checks.require(compared(ours).has_value(), "ours is no code");
    const auto told = compared(scanned);
    if (!told) return std::unexpected(told.error());
    constexpr std::string_view names[] = {"same", "ours_differs", "theirs_differs", "both_differ",
                                          "our_own_code"};
    checks.require(names[static_cast<std::size_t>(*told)] == outcome, "another outcome");
    return {};
  }
};

constexpr Kind kinds[] = {{"account_number", run_case<NumberOfAccounts>},
                          {"safety_scan", run_case<Scan>}};

}  // namespace

std::span<const Kind> account_number_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
