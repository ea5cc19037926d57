// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store as its contract has it, whatever the app's own answers: an error that the contract does
/// not name says nothing of the message or the call that the store was asked for.
#pragma once

#include <sotto/store.hpp>

namespace sotto::session {

/// Another store, with `store_failed` for each error that a device could take for something else,
/// and for each row that is not one that was asked for.
class StoreContract final : public Store {
 public:
  explicit StoreContract(Store& under) noexcept : under_(&under) {}
  /// Stand over the same store where it is now; over none.
  void set(Store* under) noexcept { under_ = under; }
  [[nodiscard]] bool stands() const noexcept { return under_ != nullptr; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;
  [[nodiscard]] Result<void> begin_reading() noexcept override;
  void end_reading() noexcept override;

 private:
  Store* under_;
};

}  // namespace sotto::session
