// SPDX-License-Identifier: MIT OR Apache-2.0
/// The one rule on where a packet may be written to.
#pragma once

#include <cstddef>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

#include "base/overlap.hpp"

namespace sotto::media {

/// The first `size` bytes of `out`, when they may take what is made of `packet`: they start where
/// it starts, or share nothing with it. Errors: `buffer_too_small`, `buffers_overlap`.
[[nodiscard]] inline Result<MutableBytes> usable_output(MutableBytes out, Bytes packet,
                                                        std::size_t size) noexcept {
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  const MutableBytes used = out.first(size);
  if (used.data() != packet.data() && base::overlap(used, packet))
    return std::unexpected(Error::buffers_overlap);
  return used;
}

}  // namespace sotto::media
