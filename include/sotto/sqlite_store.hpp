// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store in an SQLite database. In a library of its own, sotto-sqlite.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <sotto/store.hpp>

namespace sotto {

/// A connection to a database file in WAL mode with synchronous commits: what `commit` reported
/// done outlives a crash of the process and of the system. Any number of processes may open the
/// same file. Erased rows are overwritten in the database (secure_delete); in its log they are
/// until `purge`, or until the last connection closes.
class SqliteStore final : public Store {
 public:
  /// Open or make the database at `path` (UTF-8, zero-terminated). Errors: `store_failed` (also for
  /// a file that is something else), `unsupported_version`, `out_of_memory`.
  [[nodiscard]] static Result<SqliteStore> open(const char* path) noexcept;

  SqliteStore(SqliteStore&&) noexcept;
  SqliteStore& operator=(SqliteStore&&) noexcept;
  ~SqliteStore() override;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;

 private:
  struct Connection;
  explicit SqliteStore(std::unique_ptr<Connection> connection) noexcept;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sotto
