// SPDX-License-Identifier: MIT OR Apache-2.0
/// Members that are gone and may come back: were they forgotten, a server that drops a member and
/// brings it back could have all its frames opened a second time [GC-5-6].
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "call/group_peer.hpp"

namespace sotto::call {

/// The last `group_max_members` of whom a key came. Of any other there is nothing to remember, so
/// that nobody who is only named by a server takes the place of one who spoke.
class GroupDeparted {
 public:
  /// Room for `more` besides those here. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve(std::size_t more) noexcept {
    const std::size_t wanted = std::min(count_ + more, group_max_members);
    if (wanted <= room_) return {};
    const std::size_t room = std::min(std::max(wanted, 2 * room_), group_max_members);
    std::unique_ptr<Departed[]> list(new (std::nothrow) Departed[room]);
    if (!list) return std::unexpected(Error::out_of_memory);
    std::ranges::move(all(), list.get());
    list_ = std::move(list);
    room_ = room;
    return {};
  }

  /// There must be room. The one that went first makes room where there is none.
  void keep(const MemberId& who, GroupPeer&& peer) noexcept {
    if (!peer.is_known()) return;
    if (count_ == group_max_members) remove(all().begin());
    list_[count_++] = {who, std::move(peer)};
  }

  /// What is known of `who`: of a stranger nothing.
  [[nodiscard]] GroupPeer take(const MemberId& who) noexcept {
    const auto found = std::ranges::find(all(), who, &Departed::who);
    if (found == all().end()) return {};
    GroupPeer peer = std::move(found->peer);
    remove(found);
    return peer;
  }

  /// Keys that are held of them end like all others [GC-5-4].
  void limit(const GroupLeaves& leaves) noexcept {
    for (Departed& each : all()) each.peer.limit(leaves);
  }
  void forget(Instant now) noexcept {
    for (Departed& each : all()) each.peer.forget(now);
  }

 private:
  struct Departed {
    MemberId who;
    GroupPeer peer;
  };
  [[nodiscard]] std::span<Departed> all() noexcept { return {list_.get(), count_}; }
  void remove(std::span<Departed>::iterator place) noexcept {
    std::ranges::move(place + 1, all().end(), place);
    list_[--count_] = {};
  }

  std::unique_ptr<Departed[]> list_;  ///< in the order in which they went
  std::size_t count_ = 0;
  std::size_t room_ = 0;
};

}  // namespace sotto::call
