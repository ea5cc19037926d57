// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/entropy.hpp>

#include "crypto/sodium_ready.hpp"

namespace sotto {

Result<void> SystemEntropy::fill(MutableBytes out) noexcept {
  if (!crypto::sodium_ready()) return std::unexpected(Error::entropy_failed);
  if (!out.empty()) randombytes_buf(out.data(), out.size());
  return {};
}

}  // namespace sotto
