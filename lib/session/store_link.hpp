// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a device finds its store when the store has moved, and sees that it is no more.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <sotto/store.hpp>

#include "base/door.hpp"
#include "session/store_contract.hpp"

namespace sotto::session {

/// Where a store stands now: the store writes it when it moves or ends.
struct StorePlace {
  StoreContract store;
  std::atomic<std::size_t> holders = 1;
  base::Door door{};  ///< one device is inside at a time
};

/// One holder of a store's place.
class StoreLink {
 public:
  /// Errors: `out_of_memory`.
  [[nodiscard]] static Result<StoreLink> to(Store& store) noexcept;

  StoreLink(StoreLink&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
  StoreLink& operator=(StoreLink&&) = delete;
  ~StoreLink() { release(place_); }

  [[nodiscard]] bool alive() const noexcept { return place_->store.stands(); }
  /// It must be alive.
  [[nodiscard]] Store& store() const noexcept { return place_->store; }

  /// Be the only device inside. What a store returned is good until its next call, so no other
  /// device of it may call it meanwhile. The link outlives the visit. Errors: as `Door::enter`.
  [[nodiscard]] Result<base::Door::Visit> enter() const noexcept { return place_->door.enter(); }

  /// One holder less; the last one frees it.
  static void release(StorePlace* place) noexcept;

 private:
  explicit StoreLink(StorePlace* place) noexcept : place_(place) {}
  StorePlace* place_;
};

/// A stay inside a store, to the end of a block.
class StoreVisit {
 public:
  /// Errors: as `StoreLink::enter`, `out_of_memory`.
  [[nodiscard]] static Result<StoreVisit> to(Store& store) noexcept {
    auto link = StoreLink::to(store);
    if (!link) return std::unexpected(link.error());
    auto inside = link->enter();
    if (!inside) return std::unexpected(inside.error());
    return StoreVisit(*std::move(link), *std::move(inside));
  }

  [[nodiscard]] Store& store() const noexcept { return link_.store(); }

 private:
  StoreVisit(StoreLink&& link, base::Door::Visit&& inside) noexcept
      : link_(std::move(link)), inside_(std::move(inside)) {}
  StoreLink link_;
  base::Door::Visit inside_;  // behind the link, so that it goes first
};

}  // namespace sotto::session
