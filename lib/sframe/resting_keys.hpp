// SPDX-License-Identifier: MIT OR Apache-2.0
/// What was opened under keys that were let go of, and may be held again [RFC9605-9.3-2].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "sframe/past_keys.hpp"
#include "sframe/window.hpp"

namespace sotto::sframe {

/// The key is gone from memory, its window stays. Held again, it goes on where it was.
class RestingKeys {
 public:
  static constexpr std::size_t most = 16;
  struct Resting {
    SframeKid kid{};
    PastKeys::Mark mark{};
    Window window;
    std::uint64_t forgeries = 0;
  };

  /// The oldest is over for good when there are too many; so is `key` where there is no memory.
  void put(const Resting& key, PastKeys& past) noexcept;
  /// Null for a key that does not rest here.
  [[nodiscard]] const Resting* find(SframeKid kid, const Cipher& cipher) const noexcept;
  /// Whether another key of this KID rests here.
  [[nodiscard]] bool rests_another(SframeKid kid, const Cipher& cipher) const noexcept;
  /// It is held again.
  void take_out(SframeKid kid, const Cipher& cipher) noexcept;

 private:
  std::unique_ptr<std::array<Resting, most>> all_;  ///< oldest first
  std::size_t count_ = 0;
};

}  // namespace sotto::sframe
