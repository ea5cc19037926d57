// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/system_random.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <unistd.h>

#include <sotto/secret.hpp>

namespace sotto::crypto {
namespace {

/// What one call gives at most [POSIX.1-2024: GETENTROPY_MAX].
constexpr std::size_t most_bytes = 256;

}  // namespace

int system_random(MutableBytes out) noexcept {
  for (MutableBytes rest = out; !rest.empty();) {
    const MutableBytes part = rest.first(std::min(rest.size(), most_bytes));
    if (getentropy(part.data(), part.size()) != 0) {
      const int why = errno;
      wipe(out);
      return why != 0 ? why : EIO;
    }
    rest = rest.subspan(part.size());
  }
  return 0;
}

}  // namespace sotto::crypto
