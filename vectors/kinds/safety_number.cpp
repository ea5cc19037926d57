// SPDX-License-Identifier: MIT OR Apache-2.0
// Safety numbers: what two people compare.
#include <sotto/safety_number.hpp>

#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

struct Comparison {
  std::uint8_t version;
  std::uint32_t iterations;
  Blob our_id, their_id;
  std::array<std::uint8_t, 32> ours, theirs;
  std::string digits;
  Blob scannable;

  static Comparison read(Fields& fields) {
    Comparison test{static_cast<std::uint8_t>(fields.number("version", 255)),
                    fields.number32("iterations"),
                    fields.hex("our_id"),
                    fields.hex("their_id"),
                    fields.hex_of<32>("our_identity"),
                    fields.hex_of<32>("their_identity"),
                    {},
                    {}};
    if (refused(fields)) return test;
    test.digits = fields.text("digits");
    test.scannable = fields.hex("scannable");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const SafetyNumberSide us{our_id, IdentityPublic(ours)}, them{their_id, IdentityPublic(theirs)};
    const auto number = safety_number(version, us, them, iterations);
    if (!number) return std::unexpected(number.error());
    const auto as_bytes = [](const auto& text) {
      return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    };
    checks.equal("digits", as_bytes(number->digits), as_bytes(digits));
    checks.equal("scannable", number->scannable, scannable);
    const auto from_their_side = safety_number(version, them, us, iterations);
    if (!from_their_side) return std::unexpected(from_their_side.error());
    checks.equal("digits of the other side", as_bytes(from_their_side->digits), as_bytes(digits));
    return {};
  }
};

constexpr Kind kinds[] = {{"safety_number", run_case<Comparison>}};

}  // namespace

std::span<const Kind> safety_number_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
