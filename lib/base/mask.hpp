// SPDX-License-Identifier: MIT OR Apache-2.0
/// Choosing by a secret bit.
#pragma once

namespace sotto::base {

/// All ones when `bit` is 1, zero when it is 0. The empty assembler statement hides from the
/// compiler that there are only these two: clang 19 at -O2 turns a choice by a mask that it sees
/// through back into a branch.
[[nodiscard]] inline unsigned mask_of(unsigned bit) noexcept {
  unsigned mask = 0U - bit;  // NOLINT(misc-const-correctness): the next line writes it
  asm("" : "+r"(mask));
  return mask;
}

}  // namespace sotto::base
