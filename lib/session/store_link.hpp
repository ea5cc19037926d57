// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a device finds its store when the store has moved, and sees that it is no more.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <sotto/store.hpp>

#include "session/store_contract.hpp"

namespace sotto::session {

/// Where a store stands now: the store writes it when it moves or ends.
struct StorePlace {
  StoreContract store;
  std::atomic<std::size_t> holders = 1;
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

  /// One holder less; the last one frees it.
  static void release(StorePlace* place) noexcept;

 private:
  explicit StoreLink(StorePlace* place) noexcept : place_(place) {}
  StorePlace* place_;
};

}  // namespace sotto::session
