// SPDX-License-Identifier: MIT OR Apache-2.0
/// Entropy for tests: the same seed gives the same bytes for ever. Never for an app.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/entropy.hpp>

namespace sotto::testing {

/// A tape of bytes that a seed determines (SplitMix64).
class TapeEntropy final : public Entropy {
 public:
  explicit TapeEntropy(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    for (std::uint8_t& byte : out) byte = next();
    drawn_ += out.size();
    return {};
  }

  /// Bytes handed out so far.
  [[nodiscard]] std::size_t drawn() const noexcept { return drawn_; }

 private:
  std::uint8_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint8_t>((z ^ (z >> 31)) >> 24);
  }

  std::uint64_t state_;
  std::size_t drawn_ = 0;
};

/// Works for `calls` fills and fails from then on, having written half of what was asked. As an
/// app's own source may, it says why by an error that is none of a source's: whoever hands that on
/// accuses a peer.
class FailingEntropy final : public Entropy {
 public:
  explicit FailingEntropy(std::size_t calls = 0, std::uint64_t seed = 1) noexcept
      : left_(calls), tape_(seed) {}

  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (left_ > 0) {
      --left_;
      return tape_.fill(out);
    }
    static_cast<void>(tape_.fill(out.first(out.size() / 2)));
    return std::unexpected(Error::replayed);
  }

 private:
  std::size_t left_;
  TapeEntropy tape_;
};

/// The broken generator that answers with one byte for ever.
class ConstantEntropy final : public Entropy {
 public:
  explicit ConstantEntropy(std::uint8_t byte) noexcept : byte_(byte) {}
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    for (std::uint8_t& b : out) b = byte_;
    return {};
  }

 private:
  std::uint8_t byte_;
};

}  // namespace sotto::testing
