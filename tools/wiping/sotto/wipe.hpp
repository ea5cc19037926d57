// SPDX-License-Identifier: MIT OR Apache-2.0
/// Found in front of the product's header of this name by programs that record wipes: each call
/// of `wipe` tells where it stands and what it zeroes.
#pragma once

#include <cstring>
#include <source_location>

#include <sotto/bytes.hpp>

// The product's own function, under another name.
#define wipe wipe_as_the_product_does
#include "../../../include/sotto/wipe.hpp"
#undef wipe

namespace sotto::testing {

/// Wipe `bytes` as the product does, and note what was there before and after.
void record_wipe(MutableBytes bytes, const std::source_location& where) noexcept;

}  // namespace sotto::testing

namespace sotto {

inline void wipe(MutableBytes bytes,
                 const std::source_location& where = std::source_location::current()) noexcept {
  testing::record_wipe(bytes, where);
}

}  // namespace sotto
