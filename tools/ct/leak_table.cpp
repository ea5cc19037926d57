// SPDX-License-Identifier: MIT OR Apache-2.0
/// Must be reported: a table looked up at a secret place, as a byte-wise AES would.
#include <array>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

std::array<std::uint8_t, 256> table;

[[gnu::noinline]] std::uint8_t leaks_by_index(std::uint8_t secret) {
  return table[secret];
}

}  // namespace

int main() {
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(i * 7);
  std::uint8_t secret[1] = {3};
  ct::make_secret(secret);
  std::uint8_t found[1] = {leaks_by_index(secret[0])};
  ct::publish(found);
  std::printf("%d\n", found[0]);
  return 0;
}
