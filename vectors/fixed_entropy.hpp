// SPDX-License-Identifier: MIT OR Apache-2.0
/// Randomness that a file of vectors gives.
#pragma once

#include <algorithm>
#include <utility>

#include <sotto/entropy.hpp>

#include "vectors/fields.hpp"

namespace sotto::vectors {

/// Hands out the given bytes once, and fails at their end: a draw too many is seen, and `used_up`
/// shows one too few.
class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(Blob bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (out.size() > bytes_.size() - used_) return std::unexpected(Error::entropy_failed);
    std::ranges::copy(Bytes(bytes_).subspan(used_, out.size()), out.begin());
    used_ += out.size();
    return {};
  }

  [[nodiscard]] bool used_up() const noexcept { return used_ == bytes_.size(); }

 private:
  Blob bytes_;
  std::size_t used_ = 0;
};

}  // namespace sotto::vectors
