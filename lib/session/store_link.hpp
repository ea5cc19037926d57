// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a device finds its store when the store has moved, and sees that it is no more.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <sotto/store.hpp>

#include "base/process.hpp"
#include "session/store_contract.hpp"

namespace sotto::session {

/// Where a store stands now: the store writes it when it moves or ends.
struct StorePlace {
  StoreContract store;
  std::atomic<std::size_t> holders = 1;
  std::atomic<bool> entered = false;  ///< a device is inside
  base::Process process{};            ///< that has devices over it
};

/// One holder of a store's place.
class StoreLink {
 public:
  /// Errors: `wrong_state` (a process that was forked off from one with devices over it),
  /// `out_of_memory`.
  [[nodiscard]] static Result<StoreLink> to(Store& store) noexcept;

  StoreLink(StoreLink&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
  StoreLink& operator=(StoreLink&&) = delete;
  ~StoreLink() { release(place_); }

  /// False once it was moved from.
  [[nodiscard]] bool holds() const noexcept { return place_ != nullptr; }
  [[nodiscard]] bool alive() const noexcept { return place_->store.stands(); }
  /// It must be alive.
  [[nodiscard]] Store& store() const noexcept { return place_->store; }

  /// Be the only device inside, until `leave`. What a store returned is good until its next call,
  /// so no other device of it may call it meanwhile. Errors: `wrong_state` when one is inside, for
  /// nobody waits.
  [[nodiscard]] Result<void> enter() const noexcept {
    if (place_->entered.exchange(true, std::memory_order_acquire))
      return std::unexpected(Error::wrong_state);
    return {};
  }
  void leave() const noexcept { place_->entered.store(false, std::memory_order_release); }

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
    if (const auto entered = link->enter(); !entered) return std::unexpected(entered.error());
    return StoreVisit(*std::move(link));
  }

  StoreVisit(StoreVisit&&) noexcept = default;
  StoreVisit& operator=(StoreVisit&&) = delete;
  ~StoreVisit() {
    if (link_.holds()) link_.leave();
  }

  [[nodiscard]] Store& store() const noexcept { return link_.store(); }

 private:
  explicit StoreVisit(StoreLink&& link) noexcept : link_(std::move(link)) {}
  StoreLink link_;
};

}  // namespace sotto::session
