// SPDX-License-Identifier: MIT OR Apache-2.0
// In a build without an archive.
#include "crypto/boring_linked.hpp"

const sotto::crypto::Boring* sotto_linked_boring() noexcept {
  return nullptr;
}
