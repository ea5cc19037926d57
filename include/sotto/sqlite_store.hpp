// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store in an SQLite database. In a library of its own, sotto-sqlite.
#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sotto/store.hpp>

struct sqlite3;  // SQLite's own name for an open database.

namespace sotto {

namespace store {
struct Connection;
}

/// The path of a file, in UTF-8: a literal, a string, a view or a std::filesystem::path.
class SqlitePath {
 public:
  // NOLINTBEGIN(*-explicit-*): it is there to be made of these
  SqlitePath(const char* path) noexcept : text_(path == nullptr ? "" : path) {}
  SqlitePath(std::string_view path) noexcept : text_(path) {}
  SqlitePath(const std::string& path) noexcept : text_(path) {}
  template <class Path>
    requires requires(const Path& path) {
      { path.native() } -> std::same_as<const std::string&>;
    }
  SqlitePath(const Path& path) noexcept : text_(path.native()) {}
  // NOLINTEND(*-explicit-*)

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// How a database is opened.
struct SqliteOptions {
  /// Whether to make a store where there is none. Without it, `open` answers `not_set_up`.
  bool create_if_missing = true;
  /// How long a call waits for another connection's commit, at most a day. What still waits then
  /// fails: `store_failed`, "database is locked".
  std::chrono::milliseconds busy_timeout{5'000};
  /// Gets what stood in the way when `open` fails, as `Store::failure`: zero-terminated and cut.
  std::span<char> failure{};
};

/// A connection to a database file in WAL mode with synchronous commits: what `commit` reported
/// done outlives a crash of the process and of the system. Any number of processes may open the
/// same file. A new file, and the log beside it, can be read and written by its owner only (0600).
///
/// Erased rows are overwritten in the database, but their bytes may stay in the log, and in parts
/// where SQLite moved rows between pages, until `purge`.
///
/// A connection must not cross a fork: in another process than the one that opened it, every call
/// answers `wrong_state`, and the destructor leaves SQLite's memory and files alone. A process that
/// was forked while a store was open in its parent cannot open a store itself: SQLite would believe
/// in locks that it does not hold. It can after exec.
class SqliteStore final : public Store {
 public:
  /// Open or make the database at `path`. A file that is not a store of this library is left
  /// untouched; of a store that could not be made, an empty file or empty tables may be left, which
  /// the next `open` takes. A store that needs no file is `MemoryStore`.
  /// Errors: `invalid_argument` (an empty path, ":memory:", a path with a zero in it, a timeout out
  /// of range), `not_set_up` (see `create_if_missing`), `store_failed` (`SqliteOptions::failure`
  /// tells a missing folder, a missing permission, a file of somebody else, a full disk and a lock
  /// apart), `corrupted` (the database is damaged), `unsupported_version` (made by a later
  /// version), `wrong_state` (forked, see above), `out_of_memory`.
  [[nodiscard]] static Result<SqliteStore> open(SqlitePath path,
                                                const SqliteOptions& options = {}) noexcept;

  /// Keep rows in a database that the app has opened: in tables `sotto_1_rows` and
  /// `sotto_1_commits` of its main database, which are made where they are missing.
  ///
  /// The app keeps the handle: it outlives the store, serves no other thread during a call, is not
  /// in a transaction when `commit` or `purge` is called (`wrong_state`), and does not close. The
  /// database goes over to WAL mode, which is refused where SQLite cannot do it; the connection is
  /// set to `secure_delete = ON` and at least `synchronous = FULL`, and must stay so. The busy
  /// handler stays the app's. `purge` runs VACUUM over the whole database.
  /// Errors: as `open`; `invalid_argument` also for no handle, `wrong_state` also while a
  /// transaction is open.
  [[nodiscard]] static Result<SqliteStore> over(sqlite3* database,
                                                const SqliteOptions& options = {}) noexcept;

  SqliteStore(SqliteStore&&) noexcept;
  SqliteStore& operator=(SqliteStore&&) noexcept;
  ~SqliteStore() override;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;

  /// When the disk fails in the middle of a commit, what was written of it is overwritten by an
  /// empty commit, so that it cannot come back after a restart; then `store_failed` is certain.
  /// While that fails too, the answer is `outcome_unknown`.
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;

  /// VACUUM, and a checkpoint that empties the log. It writes the whole database twice, in as much
  /// memory as the database is large, and does nothing when nothing was committed since the last.
  /// It waits for nobody: `conflict` while another connection reads or writes, and the log may then
  /// be longer than before. Pages that the file system has freed or copied are beyond it.
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;
  [[nodiscard]] std::string_view failure() const noexcept override;

 private:
  explicit SqliteStore(std::unique_ptr<store::Connection> connection) noexcept;
  [[nodiscard]] static Result<SqliteStore> made(std::unique_ptr<store::Connection> connection,
                                                Result<void> opened,
                                                const SqliteOptions& options) noexcept;
  [[nodiscard]] Result<void> ready(std::string_view call) noexcept;
  std::unique_ptr<store::Connection> connection_;
};

}  // namespace sotto
