// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which keys of a receiver are over for good [RFC9605-9.3-2].
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "sframe/cipher.hpp"

namespace sotto::sframe {

/// The keys that opened frames and were let go of. Held again, one would begin with an empty
/// window, and all its frames would open a second time.
///
/// Where KIDs only rise, each of them is over, and so are all below the highest of those that are
/// not remembered any more. Where they come round, another key may have one of them later.
class PastKeys {
 public:
  static constexpr std::size_t most = 64;
  explicit PastKeys(bool kids_rise) noexcept : kids_rise_(kids_rise) {}

  using Mark = std::array<std::uint8_t, 8>;
  void remember(SframeKid kid, const Mark& mark) noexcept;
  [[nodiscard]] bool contain(SframeKid kid, const Cipher& cipher) const noexcept;

 private:
  struct Past {
    SframeKid kid{};
    Mark mark{};
  };
  bool kids_rise_;
  std::array<Past, most> past_{};  ///< a ring
  std::size_t count_ = 0;
  std::optional<SframeKid> forgotten_;  ///< the highest
};

}  // namespace sotto::sframe
