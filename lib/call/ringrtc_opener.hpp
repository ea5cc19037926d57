// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `RingrtcReceiver` is made of: the secrets of one sender, each with its steps and its
/// window.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "base/door.hpp"
#include "call/ringrtc_keys.hpp"
#include "call/ringrtc_window.hpp"

namespace sotto::call {

class RingrtcOpener {
 public:
  static constexpr std::size_t most_secrets = 5;
  static constexpr std::size_t most_old_steps = 5;
  static constexpr std::size_t most_remembered = 16;

  explicit RingrtcOpener(const RingrtcLimits& limits) noexcept : limits_(limits) {}

  [[nodiscard]] Result<void> add_secret(std::uint8_t step, RingrtcSecret&& secret) noexcept;
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes frame, Instant now) noexcept;
  [[nodiscard]] std::size_t secrets() const noexcept { return count_; }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  /// The first frame that opened under newer keys.
  struct Replaced {
    std::uint32_t counter;
    Instant at;
  };
  struct Step {
    std::uint8_t number = 0;
    std::unique_ptr<RingrtcKeys> keys;
    std::optional<Replaced> replaced;
  };
  /// Steps of one secret, the newest first; places behind `count` are empty.
  struct Steps {
    std::array<Step, 1 + most_old_steps> list;
    std::size_t count = 0;
  };
  struct Held {
    explicit Held(RingrtcSecret&& newest) noexcept : secret(std::move(newest)) {}
    [[nodiscard]] std::uint8_t head() const noexcept { return steps.list[0].number; }

    RingrtcSecret secret;  ///< of the newest step
    Steps steps;
    RingrtcWindow window;
    std::optional<Replaced> replaced;  ///< the whole secret, by one that was added later
  };
  /// A frame that was taken apart, and where it is to be opened to.
  struct Arrived {
    RingrtcFooter footer;
    Bytes ciphertext;
    MutableBytes out;
    Instant now;
  };
  /// What trying the secrets one after the other has come to.
  struct Trial {
    std::optional<Result<void>> decided;  ///< a MAC fitted: the frame is judged
    bool any_held = false;
    bool any_tried = false;
  };
  struct Remembered {
    std::uint8_t step = 0;
    RingrtcMemory memory;
  };

  [[nodiscard]] static Result<Arrived> take_apart(MutableBytes out, Bytes frame,
                                                  Instant now) noexcept;
  void try_known_steps(Trial& trial, const Arrived& arrived) noexcept;
  void try_later_steps(Trial& trial, const Arrived& arrived) noexcept;
  [[nodiscard]] static Result<void> open_with(Held& held, const Step& step,
                                              const Arrived& arrived) noexcept;
  [[nodiscard]] Result<void> open_ahead(Held& held, RingrtcSecret&& target, std::uint8_t steps,
                                        const Arrived& arrived) noexcept;
  [[nodiscard]] Result<Steps> make_steps(const Held& held, std::uint8_t steps,
                                         const Replaced& by) const noexcept;
  void settle(std::size_t place, const Arrived& arrived) noexcept;
  [[nodiscard]] bool is_too_old(const std::optional<Replaced>& replaced,
                                Instant now) const noexcept;
  [[nodiscard]] bool is_past(const std::optional<Replaced>& replaced, std::uint32_t counter,
                             Instant now) const noexcept;
  [[nodiscard]] bool is_at(std::uint8_t step, const RingrtcSecret& secret) const noexcept;
  [[nodiscard]] bool knows(std::uint8_t step, const RingrtcSecret& secret) const noexcept;
  void drop(std::size_t place) noexcept;

  RingrtcLimits limits_;
  std::array<std::unique_ptr<Held>, most_secrets> held_;  ///< oldest first
  std::size_t count_ = 0;
  std::array<Remembered, most_remembered> remembered_{};  ///< a ring
  std::size_t dropped_ = 0;
  base::Door door_;
};

}  // namespace sotto::call
