// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `SframeReceiver` is made of: the keys of one sender, each with its window
/// [RFC9605-4.4.1-1]. A KID gets its window when its key is first held and keeps it: whatever is
/// added, let go of or stepped to later, it begins no second one [RFC9605-9.3-2].
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "base/door.hpp"
#include "sframe/cipher.hpp"
#include "sframe/past_keys.hpp"
#include "sframe/resting_keys.hpp"
#include "sframe/steps_ahead.hpp"
#include "sframe/window.hpp"

namespace sotto::sframe {

class Opener {
 public:
  static constexpr std::size_t most_keys = 16;

  Opener(const Suite& suite, const SframeLimits& limits) noexcept
      : suite_(&suite), limits_(limits), past_(limits.kid_bits == 64) {}

  [[nodiscard]] Result<void> add_key(SframeKid kid, SframeBaseKey&& key,
                                     std::optional<SframeChain> chain) noexcept;
  [[nodiscard]] Result<void> erase_key(SframeKid kid) noexcept;
  void let_go() noexcept;
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes metadata, Bytes frame,
                                          Instant now) noexcept;
  [[nodiscard]] std::size_t keys() const noexcept { return count_; }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  struct Held {
    Held(SframeKid named, Cipher&& set_up) noexcept : kid(named), cipher(std::move(set_up)) {}

    SframeKid kid;
    Cipher cipher;
    Window window;
    std::uint64_t forgeries = 0;
    std::optional<Instant> replaced;  ///< since when a newer key is in use
    /// Of the newest key of a chain: what its next steps follow from.
    std::unique_ptr<StepsAhead> ahead;
  };
  /// A frame that was taken apart, and where it is to be opened to.
  struct Arrived {
    SframeHeader header;
    Cipher::Frame frame;
    Bytes sealed;
    MutableBytes out;
  };

  [[nodiscard]] Result<std::unique_ptr<Held>> make(SframeKid kid, FrameKeys&& keys) const noexcept;
  [[nodiscard]] Result<Arrived> take_apart(MutableBytes out, Bytes metadata,
                                           Bytes frame) const noexcept;
  [[nodiscard]] Result<void> open_with(Held& held, const Arrived& arrived) const noexcept;
  [[nodiscard]] Result<void> open_ahead(Held& head, const Arrived& arrived) noexcept;
  void move_chain(Held& head, std::unique_ptr<Held> newest) noexcept;
  [[nodiscard]] static Result<void> count_forgery(Held& held, Error error) noexcept;
  [[nodiscard]] Held* find(SframeKid kid) const noexcept;
  [[nodiscard]] Held* find_head(SframeKid kid, Instant now) const noexcept;
  [[nodiscard]] bool is_past(const Held& held, Instant now) const noexcept;
  [[nodiscard]] bool is_over(const Held& held) const noexcept;
  [[nodiscard]] std::size_t place_of(SframeKid kid) const noexcept;
  void insert(std::size_t place, std::unique_ptr<Held> held) noexcept;
  void drop(std::size_t place) noexcept;
  void settle(SframeKid opened, Instant now) noexcept;

  const Suite* suite_;
  SframeLimits limits_;
  std::array<std::unique_ptr<Held>, most_keys> held_;  ///< oldest first [RFC9605-5-1]
  std::size_t count_ = 0;
  PastKeys past_;
  RestingKeys resting_;
  base::Door door_;
};

}  // namespace sotto::sframe
