// SPDX-License-Identifier: MIT OR Apache-2.0
/// The roster that this member sees, and the ones it saw before.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "call/group_messages.hpp"

namespace sotto::call {

/// The members in the order of their written form, each once.
class Roster {
 public:
  /// Errors: those of `group_roster_hash`.
  [[nodiscard]] static Result<Roster> create(const CallId& id, std::uint64_t number,
                                             std::span<const MemberId> members) noexcept;

  [[nodiscard]] std::span<const MemberId> members() const noexcept {
    return {members_.get(), count_};
  }
  [[nodiscard]] bool contains(const MemberId& member) const noexcept;
  [[nodiscard]] const RosterName& name() const noexcept { return name_; }

 private:
  Roster() noexcept = default;
  std::unique_ptr<MemberId[]> members_;
  std::size_t count_ = 0;
  RosterName name_;
};

/// What is known of the roster that another member names.
enum class Sight : std::uint8_t { same, differs, ahead, unknown };

/// The last rosters that were ours, by name.
class RosterPast {
 public:
  void add(const RosterName& name) noexcept { names_[count_++ % names_.size()] = name; }
  /// How `said` looks beside them, the newest of which is `present` [GC-7-2].
  [[nodiscard]] Sight look_at(const RosterName& said, const RosterName& present) const noexcept;

 private:
  std::array<RosterName, 16> names_{};  ///< a ring
  std::size_t count_ = 0;
};

}  // namespace sotto::call
