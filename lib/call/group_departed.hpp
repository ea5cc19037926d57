// SPDX-License-Identifier: MIT OR Apache-2.0
/// Members that are gone and may come back: were they forgotten, a server that drops a member and
/// brings it back could have all its frames opened a second time [GC-5-6].
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "call/group_peer.hpp"

namespace sotto::call {

/// The last 32.
class GroupDeparted {
 public:
  void keep(const MemberId& who, GroupPeer&& peer) noexcept {
    list_[count_++ % list_.size()] = {who, std::move(peer)};
  }

  /// What is known of `who`: of a stranger nothing.
  [[nodiscard]] GroupPeer take(const MemberId& who) noexcept {
    const auto known = std::span(list_).first(std::min(count_, list_.size()));
    const auto found = std::ranges::find(known, who, &Departed::who);
    if (found == known.end()) return {};
    GroupPeer peer = std::move(found->peer);
    *found = {};
    return peer;
  }

 private:
  struct Departed {
    MemberId who;
    GroupPeer peer;
  };
  std::array<Departed, 32> list_{};  ///< a ring
  std::size_t count_ = 0;
};

}  // namespace sotto::call
