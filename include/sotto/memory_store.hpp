// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store in memory: for tests, and for devices that forget everything with the process.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <sotto/store.hpp>

namespace sotto {

/// A handle on rows in memory. `share` gives another handle on the same rows for another thread;
/// `clone` gives a copy of the rows. The rows live as long as the last handle; a row that is erased
/// or replaced is wiped. A handle that was moved from answers `consumed`. In another process than
/// the one that made the handle, after a fork, every call answers `wrong_state`: the two would go
/// on with the same rows.
class MemoryStore final : public Store {
 public:
  /// An empty store. Errors: `out_of_memory`.
  [[nodiscard]] static Result<MemoryStore> create() noexcept;

  MemoryStore(MemoryStore&&) noexcept;
  MemoryStore& operator=(MemoryStore&&) noexcept;
  ~MemoryStore() override;

  /// Errors: `wrong_state` and `consumed`, as everything here; `out_of_memory`.
  [[nodiscard]] Result<MemoryStore> share() const noexcept;
  [[nodiscard]] Result<MemoryStore> clone() const noexcept;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  /// Wipes what this handle returned last, which is all that is left of a row that went.
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;

  /// Rows and bytes of keys and values held now; 0 where no call is possible.
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
