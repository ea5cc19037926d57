// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store in memory: for tests, and for devices that forget everything with the process.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <sotto/store.hpp>

namespace sotto {

/// A handle on rows in memory. `share` makes another handle on the same rows, for another thread;
/// `clone` copies the rows. The rows live as long as their last handle. A row that is erased or
/// replaced is wiped. A handle that was moved from answers `consumed`. In a forked process every
/// call answers `wrong_state`, because parent and child would go on with the same rows.
class MemoryStore final : public Store {
 public:
  /// An empty store. Errors: `out_of_memory`.
  [[nodiscard]] static Result<MemoryStore> create() noexcept;

  MemoryStore(MemoryStore&&) noexcept;
  MemoryStore& operator=(MemoryStore&&) noexcept;
  ~MemoryStore() override;

  /// Another handle on the same rows. Errors: `wrong_state`, `consumed`, `out_of_memory`.
  [[nodiscard]] Result<MemoryStore> share() const noexcept;
  /// A handle on a copy of the rows. Errors: `wrong_state`, `consumed`, `out_of_memory`.
  [[nodiscard]] Result<MemoryStore> clone() const noexcept;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  /// As `Store::purge`: wipes what this handle returned last, since nothing else is left of erased
  /// rows. Errors: `wrong_state`, `consumed`.
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;

  /// The number of rows, and of bytes in their keys and values. 0 where calls answer an error.
  [[nodiscard]] std::size_t rows() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Rows;
  struct Handle;
  [[nodiscard]] Result<void> ready() const noexcept;
  explicit MemoryStore(std::unique_ptr<Handle> handle) noexcept;
  std::unique_ptr<Handle> handle_;
};

}  // namespace sotto
