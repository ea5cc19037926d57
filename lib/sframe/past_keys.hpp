// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which keys of a receiver are over for good [RFC9605-9.3-2].
#pragma once

#include <array>
#include <cstddef>

#include <sotto/sframe.hpp>

namespace sotto::sframe {

/// The keys that opened frames and were let go of. Held again, one would begin with an empty
/// window, and all its frames would open a second time.
class PastKeys {
 public:
  static constexpr std::size_t most = 64;

  void remember(SframeKid kid) noexcept;
  [[nodiscard]] bool contain(SframeKid kid) const noexcept;

 private:
  std::array<SframeKid, most> kids_{};  ///< a ring
  std::size_t count_ = 0;
};

}  // namespace sotto::sframe
