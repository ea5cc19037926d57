// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `RingrtcSender` is made of.
#pragma once

#include <limits>
#include <memory>
#include <utility>

#include "base/door.hpp"
#include "call/ringrtc_keys.hpp"

namespace sotto::call {

class RingrtcSealer {
 public:
  RingrtcSealer(RingrtcSecret&& secret, std::unique_ptr<RingrtcKeys> keys,
                std::uint32_t first_counter) noexcept
      : secret_(std::move(secret)), keys_(std::move(keys)), next_(first_counter) {}

  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes frame) noexcept;
  [[nodiscard]] Result<void> ratchet() noexcept;
  [[nodiscard]] Result<void> rekey(RingrtcSecret&& secret) noexcept;

  [[nodiscard]] const RingrtcSecret& secret() const noexcept { return secret_; }
  [[nodiscard]] std::uint8_t step() const noexcept { return step_; }
  [[nodiscard]] std::uint64_t next_counter() const noexcept { return next_; }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  static constexpr std::uint64_t last_counter = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] Result<void> take(RingrtcSecret&& secret, std::uint8_t step) noexcept;

  RingrtcSecret secret_;
  std::unique_ptr<RingrtcKeys> keys_;
  std::uint8_t step_ = 0;
  std::uint64_t next_;  ///< one beyond the last when there is none
  base::Door door_;
};

}  // namespace sotto::call
