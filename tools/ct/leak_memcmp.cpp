// SPDX-License-Identifier: MIT OR Apache-2.0
/// Must be reported: a comparison of secrets that stops at the first difference.
#include <array>
#include <cstring>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

[[gnu::noinline]] bool leaks_by_comparing(Bytes a, Bytes b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return false;
  return true;
}

}  // namespace

int main() {
  std::array<std::uint8_t, 32> a{1};
  std::array<std::uint8_t, 32> b{1};
  ct::make_secret(a);
  const bool own = leaks_by_comparing(a, b);
  const bool standard = std::memcmp(a.data(), b.data(), a.size()) == 0;
  std::printf("%d %d\n", own, standard);
  return 0;
}
