// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of a chain's next steps, each made once [RFC9605-5.1-4].
#pragma once

#include <memory>
#include <optional>

#include <sotto/sframe.hpp>

#include "sframe/schedule.hpp"

namespace sotto::sframe {

/// What the steps behind the newest key of a chain follow from. A frame that names a step ahead is
/// tried under the key of that step, and nobody has vouched for the frame by then. The keys made
/// for the attempt therefore stay for the next one: what a forger costs is a derivation for each
/// step there is, not for each frame. They are erased when the chain passes them.
class StepsAhead {
 public:
  StepsAhead(const Suite& suite, SframeChain chain, SframeKid newest, SframeBaseKey&& key) noexcept
      : suite_(&suite), chain_(chain), newest_(newest), key_(std::move(key)) {}

  /// Whether `kid` is a later step of the same generation.
  [[nodiscard]] bool leads_to(SframeKid kid) const noexcept;
  [[nodiscard]] std::uint64_t steps_to(SframeKid kid) const noexcept {
    return std::to_underlying(kid) - std::to_underlying(newest_);
  }
  /// A copy of the keys of a later step, up to the one `steps_to` it that the caller's limit of
  /// work allows. Errors: `out_of_memory`; what was made until then stays.
  [[nodiscard]] Result<FrameKeys> keys_of(SframeKid kid) noexcept;
  /// A frame of that later step was opened: its keys and those before are erased. They were asked
  /// for before.
  void move_to(SframeKid kid) noexcept;

 private:
  using Made = std::optional<FrameKeys>;
  [[nodiscard]] Result<void> make_room(std::size_t steps) noexcept;

  const Suite* suite_;
  SframeChain chain_;
  SframeKid newest_;              ///< the step that the chain stands at
  SframeBaseKey key_;             ///< of the last step that was made, or of `newest_`
  std::unique_ptr<Made[]> made_;  ///< of the steps behind `newest_`, in order
  std::size_t count_ = 0;
  std::size_t room_ = 0;
};

}  // namespace sotto::sframe
