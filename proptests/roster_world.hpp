// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lists of one user, honest and forged, shown in any order to two who look on. The property and
/// the fuzzer drive the same one.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "roster_onlooker.hpp"

namespace sotto::prop {

/// One thing that happens.
using RosterStep = std::array<std::uint8_t, 4>;

class RosterWorld {
 public:
  /// A line of lists, of any length up to 23, and after it others: another list 0 with followers,
  /// forks off the line, forged followers.
  struct Beginning {
    PlainLists lists;
    std::size_t tip;
  };
  [[nodiscard]] static Beginning beginning(std::uint64_t seed) {
    Beginning made{PlainLists(seed * 1000), 0};
    PlainLists& lists = made.lists;
    const auto pick = [&](std::uint64_t i) { return static_cast<std::uint32_t>(seed + i * 67); };
    static_cast<void>(lists.begin(seed));
    for (std::uint64_t i = 0; i < seed * 11 % 24; ++i)
      static_cast<void>(lists.grow(lists.size() - 1, pick(i)));
    made.tip = lists.size() - 1;
    static_cast<void>(lists.begin(seed + 1));
    for (std::uint64_t i = 0; i < 2; ++i) static_cast<void>(lists.grow(lists.size() - 1, pick(i)));
    for (std::uint64_t i = 0; i < 6; ++i) {
      static_cast<void>(lists.grow(made.tip * i / 6, pick(i + 5)));
      static_cast<void>(lists.grow(lists.size() - 1, pick(i + 3)));
      lists.forge(made.tip * i / 5, pick(i));
    }
    return made;
  }

  explicit RosterWorld(const Beginning& beginning)
      : lists_(beginning.lists),
        onlookers_{Onlooker(lists_), Onlooker(lists_)},
        tip_(beginning.tip) {}
  RosterWorld(const RosterWorld&) = delete;
  RosterWorld& operator=(const RosterWorld&) = delete;
  ~RosterWorld() = default;

  /// Empty, or what is wrong.
  [[nodiscard]] std::string apply(const RosterStep& step) {
    const auto [what, which, more, who] = step;
    Onlooker& onlooker = onlookers_[who % onlookers_.size()];
    const std::uint32_t pick = more * 256U + who;
    constexpr std::string_view other = "the library makes another list";
    now_ += std::chrono::minutes(10 * (more % 32)) - std::chrono::minutes(5 * (which % 16));
    switch (what % 16) {
      case 0:
      case 1:
        return grow(some_list(which), pick) ? "" : std::string(other);
      case 2:
      case 3:
      case 4:
        for (std::uint32_t i = 0; i <= which % 7U; ++i)
          if (!grow(tip_, pick + i * 67)) return std::string(other);
        return "";
      case 5:
        if (lists_.size() < most_lists) lists_.forge(some_list(which), pick);
        return "";
      case 6:
        if (which % 4 != 0 || lists_.size() >= most_lists) return "";
        return lists_.begin(more) ? "" : std::string(other);
      case 7:
        return onlooker.shown(jumble(which, more), now_, false);
      case 8:
        return onlooker.fetched(now_);
      case 9:
        return onlooker.restart();
      case 10:
        return which % 4 == 0 ? onlooker.compared() : "";
      case 11:
      case 12:
        return onlooker.told_of(which == 0 ? std::nullopt : std::optional(some_list(which)),
                                now_ + std::chrono::minutes(2 * more) - std::chrono::hours(6),
                                now_);
      default:
        return onlooker.shown(chain_to(some_list(which), more), now_, more % 8 == 0);
    }
  }

 private:
  static constexpr std::size_t most_lists = 100;

  /// The tip of the longest line, mostly; any other list sometimes.
  [[nodiscard]] std::size_t some_list(std::uint8_t which) const {
    return which % 2 == 0 ? tip_ : which / 2U % lists_.size();
  }
  [[nodiscard]] bool grow(std::size_t parent, std::uint32_t pick) {
    if (lists_.size() >= most_lists) return true;
    const std::size_t before = lists_.size();
    const bool good = lists_.grow(parent, pick);
    if (lists_.size() > before && parent == tip_) tip_ = before;
    return good;
  }
  /// Some of the lists that lead to `list`, up to it.
  [[nodiscard]] std::vector<std::size_t> chain_to(std::size_t list, std::uint8_t more) const {
    const auto path = lists_.path(list);
    const std::size_t start = more % 2 == 0 ? 0 : more / 2U % path.size();
    std::vector<std::size_t> chain(path.begin() + static_cast<std::ptrdiff_t>(start), path.end());
    if (chain.size() > roster_max_chain) chain.resize(roster_max_chain);
    return chain;
  }
  /// Lists that mostly are not in a row.
  [[nodiscard]] std::vector<std::size_t> jumble(std::uint8_t which, std::uint8_t more) const {
    std::vector<std::size_t> chain;
    for (std::uint32_t i = 0; i < which % 4U; ++i) chain.push_back((more + i) % lists_.size());
    return chain;
  }

  PlainLists lists_;
  std::array<Onlooker, 2> onlookers_;
  std::size_t tip_;
  Instant now_{std::chrono::hours(24 * 365)};
};

}  // namespace sotto::prop
