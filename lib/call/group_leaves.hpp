// SPDX-License-Identifier: MIT OR Apache-2.0
/// Until when a key opens that somebody who left may know [GC-5-4].
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <sotto/group_call.hpp>

namespace sotto::call {

/// The last rosters that somebody was missing from, and when they came.
class GroupLeaves {
 public:
  void add(std::uint64_t roster, Instant now) noexcept {
    if (count_ == list_.size()) {
      std::ranges::move(std::span(list_).subspan(1), list_.begin());
      --count_;
    }
    list_[count_++] = {roster, now};
  }

  /// When a generation ends all knowers of which were in roster `since`: counted from the first
  /// leave behind it. (From a later one if more than 16 came since: it is that late, never without
  /// an end.)
  [[nodiscard]] std::optional<Instant> end_of(std::uint64_t since) const noexcept {
    const auto known = std::span(list_).first(count_);
    const auto first =
        std::ranges::find_if(known, [&](const Leave& leave) { return leave.roster > since; });
    if (first == known.end()) return std::nullopt;
    return first->at + group_leave_limit;
  }

 private:
  struct Leave {
    std::uint64_t roster;
    Instant at;
  };
  std::array<Leave, 16> list_{};  ///< oldest first
  std::size_t count_ = 0;
};

}  // namespace sotto::call
