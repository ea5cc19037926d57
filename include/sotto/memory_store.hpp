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
/// `clone` gives a copy of the rows. The rows live as long as the last handle. A handle that was
/// moved from answers `consumed`.
class MemoryStore final : public Store {
 public:
  /// An empty store. Errors: `out_of_memory`.
  [[nodiscard]] static Result<MemoryStore> create() noexcept;

  MemoryStore(MemoryStore&&) noexcept;
  MemoryStore& operator=(MemoryStore&&) noexcept;
  ~MemoryStore() override;

  [[nodiscard]] Result<MemoryStore> share() const noexcept;
  [[nodiscard]] Result<MemoryStore> clone() const noexcept;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;

  /// Rows and bytes of keys and values held now.
  [[nodiscard]] std::size_t rows() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Rows;
  struct Handle;
  explicit MemoryStore(std::unique_ptr<Handle> handle) noexcept;
  std::unique_ptr<Handle> handle_;
};

}  // namespace sotto
