// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who may use an object that spends numbers: one thread at a time, in the process that made it.
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

#include <sotto/error.hpp>

#include "base/process.hpp"

namespace sotto::base {

/// The door of an object. Two threads that are inside at once, or two processes that go on with
/// copies of one object, would seal two messages under one number. Nobody waits at the door.
class Door {
 public:
  /// One who is inside, from the first line of a function to its last.
  class Visit {
   public:
    explicit Visit(std::atomic<bool>& occupied) noexcept : occupied_(&occupied) {}
    Visit(Visit&& other) noexcept : occupied_(std::exchange(other.occupied_, nullptr)) {}
    Visit& operator=(Visit&&) = delete;
    ~Visit() {
      if (occupied_ != nullptr) occupied_->store(false, std::memory_order_release);
    }

   private:
    std::atomic<bool>* occupied_;
  };

  /// Errors: `wrong_state` (another thread is inside, or this process was forked from the one that
  /// made the object).
  [[nodiscard]] Result<Visit> enter() noexcept {
    if (!process_.here() || occupied_.exchange(true, std::memory_order_acquire))
      return std::unexpected(Error::wrong_state);
    return Visit(occupied_);
  }

 private:
  Process process_;
  std::atomic<bool> occupied_ = false;
};

/// What `use` makes of the object that a public one holds, which has a `door`. Errors: `consumed`
/// (the public object was moved from), and as `Door::enter`.
template <class Held, class Use>
[[nodiscard]] std::invoke_result_t<Use, Held&> inside(const std::unique_ptr<Held>& held,
                                                      Use&& use) noexcept {
  if (held == nullptr) return std::unexpected(Error::consumed);
  const auto visit = held->door().enter();
  if (!visit) return std::unexpected(visit.error());
  return std::forward<Use>(use)(*held);
}

}  // namespace sotto::base
