// SPDX-License-Identifier: MIT OR Apache-2.0
/// The door of a transaction: every operation passes it, one at a time.
#pragma once

#include <utility>

#include <sotto/transaction.hpp>

#include "session/work.hpp"

namespace sotto::session {

/// One operation of a transaction, from its first line to its last. While it lives nobody else is
/// inside; nobody waits either.
class Inside {
 public:
  /// Errors: `consumed` (no transaction any more: committed, or moved from; or its store is no
  /// more), `wrong_state` (another thread is inside; or a forked process).
  [[nodiscard]] static Result<Inside> into(Transaction& transaction) noexcept {
    return into(transaction, &Work::enter);
  }
  /// To commit: also in a store that went back, or whose device was erased; otherwise as `into`.
  [[nodiscard]] static Result<Inside> at_the_end_of(Transaction& transaction) noexcept {
    return into(transaction, &Work::enter_at_the_end);
  }

  Inside(Inside&& other) noexcept : work_(std::exchange(other.work_, nullptr)) {}
  Inside& operator=(Inside&&) = delete;
  ~Inside() {
    if (work_ != nullptr) work_->leave();
  }

  [[nodiscard]] Work& operator*() const noexcept { return *work_; }
  [[nodiscard]] Work* operator->() const noexcept { return work_; }

 private:
  [[nodiscard]] static Result<Inside> into(Transaction& transaction,
                                           Result<void> (Work::*enter)() noexcept) noexcept {
    Work* const work = transaction.work_.get();
    if (work == nullptr) return std::unexpected(Error::consumed);
    if (const auto entered = (work->*enter)(); !entered) return std::unexpected(entered.error());
    return Inside(work);
  }

  explicit Inside(Work* work) noexcept : work_(work) {}
  Work* work_;
};

}  // namespace sotto::session
