// SPDX-License-Identifier: MIT OR Apache-2.0
/// Another thread while somebody is inside a call, for tests.
#pragma once

#include <functional>
#include <thread>
#include <utility>

#include <sotto/entropy.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::testing {

/// Does something once in another thread while somebody waits for randomness, and thus is inside.
class Meanwhile final : public Entropy {
 public:
  explicit Meanwhile(std::function<void()> act) : act_(std::move(act)) {}
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (act_) std::jthread(std::exchange(act_, nullptr)).join();
    return tape_.fill(out);
  }

 private:
  std::function<void()> act_;
  TapeEntropy tape_{5};
};

}  // namespace sotto::testing
