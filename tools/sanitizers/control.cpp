// SPDX-License-Identifier: MIT OR Apache-2.0
/// Faults on purpose, of which the sanitizers must report each. Ends with 0 when it lives on.
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

int main(int argc, char** argv) {
  const std::string_view fault = argc > 1 ? argv[1] : "";
  volatile int many = argc + 6;
  const auto heap = std::make_unique<volatile unsigned char[]>(static_cast<std::size_t>(many));
  volatile unsigned char* const bytes = heap.get();
  if (fault == "heap-buffer-overflow") bytes[many] = 1;
  if (fault == "heap-use-after-free") {
    auto* const freed = static_cast<volatile unsigned char*>(std::malloc(8));
    std::free(const_cast<unsigned char*>(freed));
    freed[many - 8] = 1;
  }
  if (fault == "signed integer overflow") many = many + (INT_MAX - 1);
  if (fault == "shift exponent") many = 1 << (many + 30);
  return 0;
}
