// SPDX-License-Identifier: MIT OR Apache-2.0
/// Randomness and time, both handed in: the library draws neither by itself.
#pragma once

#include <chrono>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto {

/// A source of random bytes. The same calls with the same bytes give the same results, which is
/// what makes vectors, replays and fuzzing possible; an app hands in `SystemEntropy`.
class Entropy {
 public:
  virtual ~Entropy() = default;

  /// Fill all of `out`, or answer `entropy_failed`. Any other error counts as `entropy_failed` in
  /// the library: it says nothing of the message or the call that the bytes were for.
  [[nodiscard]] virtual Result<void> fill(MutableBytes out) noexcept = 0;

  /// For rooms of the library itself, which draw by this alone: `fill`, with `entropy_failed` for
  /// each error. An app has no use for it: the bytes are those of its own source.
  [[nodiscard]] Result<void> draw(MutableBytes out) noexcept {
    if (!fill(out)) return std::unexpected(Error::entropy_failed);
    return {};
  }
};

/// The operating system's generator. Safe after fork and from any thread.
class SystemEntropy final : public Entropy {
 public:
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override;
};

/// A moment by the caller's clock, in milliseconds since 1970-01-01 UTC. Only differences matter.
/// A clock that is back for one operation makes nothing expire in it; what is stored with that time
/// seems that much older afterwards.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace sotto
