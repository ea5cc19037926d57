// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/entropy.hpp>

#include "crypto/system_random.hpp"

namespace sotto {

// libsodium's generator would end the process when the system refuses.
Result<void> SystemEntropy::fill(MutableBytes out) noexcept {
  if (crypto::system_random(out) != 0) return std::unexpected(Error::entropy_failed);
  return {};
}

}  // namespace sotto
