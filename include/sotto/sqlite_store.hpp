// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store in an SQLite database, in the library sotto-sqlite.
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

/// The path of a file, in UTF-8: a literal, a string, a view or a std::filesystem::path. It views
/// what it was made of, which may end with the statement. So it is made where it is used: a path
/// that has a name, or is copied, does not compile there (and std::move, which makes it compile, is
/// wrong).
class SqlitePath {
 public:
  // NOLINTBEGIN(*-explicit-*): its purpose is to be made of these
  SqlitePath(const char* path) noexcept : text_(path == nullptr ? "" : path) {}
  SqlitePath(std::string_view path) noexcept : text_(path) {}
  SqlitePath(const std::string& path) noexcept : text_(path) {}
  template <class Path>
    requires requires(const Path& path) {
      { path.native() } -> std::same_as<const std::string&>;
    }
  SqlitePath(const Path& path) noexcept : text_(path.native()) {}
  // NOLINTEND(*-explicit-*)
  SqlitePath(const SqlitePath&) = delete;
  SqlitePath& operator=(const SqlitePath&) = delete;
  ~SqlitePath() = default;

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// How a database is opened.
struct SqliteOptions {
  /// Whether to make a new store if there is none at the path. With `false`, the answer is then
  /// `not_set_up`. Hand in `false` for a store that must exist, so that a wrong path does not
  /// become a new and empty store.
  bool create_if_missing = true;
  /// How long a call waits for another connection's commit, at most a day. After that the call
  /// answers `store_failed`, and `Store::failure` says that the database is locked.
  std::chrono::milliseconds busy_timeout{5'000};
  /// Where to write why `open` or `over` failed: the text of `Store::failure`, zero-terminated, and
  /// cut if there is no room for it.
  std::span<char> failure{};
};

/// A connection to a database file, in WAL mode with synchronous commits: what `commit` reported
/// done outlives a crash of the process and of the system. Any number of processes may open the
/// same file. A new file and its log can be read and written by their owner only (mode 0600).
///
/// An erased row is overwritten in the database. Its bytes may stay in the log, and in pages from
/// which SQLite moved the row, until `purge`.
///
/// A connection works in the process that opened it. In a forked process every call answers
/// `wrong_state`, and the destructor leaves SQLite's memory and files as they are. A process that
/// was forked while its parent had a store open cannot open a store before exec, because SQLite
/// would count on locks that the child does not hold. After a move, calls on the old object answer
/// `consumed`.
///
/// While a store is open, its process opens, copies or deletes the file by no other means than
/// SQLite: closing any other descriptor of the file drops SQLite's locks. When the file, its log or
/// its index (`-wal`, `-shm`) was deleted or replaced meanwhile, by whomever, or the file was given
/// a second name (a hard link), `commit` and `purge` answer `store_failed` and store nothing, and
/// `outcome_unknown` when it happened during the commit. After that every call answers
/// `store_failed`, and a device whose commit met that answers `outcome_unknown`: close both, and
/// open them again. What is written over the bytes of a file in its place is not noticed.
///
/// To copy a store, run `VACUUM INTO` or SQLite's backup functions over a connection to the file;
/// others may have it open meanwhile. SQLite gives the copy the mode that the umask allows. The
/// other way is to copy the files while nothing in any process has the database open: the file, and
/// its log if one is there, under the name of the copy with `-wal`. The log holds the newest
/// commits after a crash, and wherever the last to close the file was a connection that only read
/// it. A copy without it is a store of the past, whose device would use keys again. When a store is
/// opened and closed, and nobody else has the file open, no log is left.
class SqliteStore final : public Store {
 public:
  /// Open the store at `path`, and make it first if it is missing and `create_if_missing` says so.
  /// A file that is not a store of this library is left untouched. If making a store fails, an
  /// empty file or empty tables may remain, which the next `open` uses. A store without a file is a
  /// `MemoryStore`.
  /// Errors: `invalid_argument` (an empty path, ":memory:", a path with a zero byte, a timeout out
  /// of range), `not_set_up` (there is no store, and `create_if_missing` is false), `store_failed`
  /// (`SqliteOptions::failure` says why: a missing folder or permission, a file of another program,
  /// a full disk, a lock), `corrupted` (the database is damaged), `unsupported_version` (a later
  /// version of the library made the store), `wrong_state` (a forked process, see above),
  /// `out_of_memory`.
  [[nodiscard]] static Result<SqliteStore> open(SqlitePath&& path,
                                                const SqliteOptions& options = {}) noexcept;

  /// Keep rows in a database that the app has opened, in the tables `sotto_1_rows` and
  /// `sotto_1_commits` of its main database. The tables are made if they are missing and
  /// `create_if_missing` says so.
  ///
  /// The app owns the handle. It closes the handle after the store has ended, and uses it in no
  /// other thread during a call of the store, nor do two stores over one handle. No transaction is
  /// open on the handle when `commit` or `purge` is called; otherwise these answer `wrong_state`,
  /// and a device's commit answers `store_failed`. No statement is in use; otherwise `purge`
  /// answers `wrong_state`, and a commit answers `store_failed` if another connection has committed
  /// since that statement began. Nor does a transaction or statement of the app's read over this
  /// handle when a device is created, opened or erased: the rows that it shows may be old, and
  /// these answer `wrong_state`. The database is switched to WAL mode, which fails where SQLite
  /// does not support it. The connection is set to `secure_delete = ON` and at least `synchronous =
  /// FULL`; the app leaves that so. The busy handler is the app's. `purge`, which
  /// a messenger's `tick` calls too, runs VACUUM over the whole database: SQLite may number the
  /// rows of the app's own tables anew then, but for tables with an INTEGER PRIMARY KEY. What
  /// another store made by `open` in the same database is not seen through the handle.
  ///
  /// A call that the app interrupts (with a progress handler or `sqlite3_interrupt`) or forbids
  /// (with an authorizer) fails, and ends its transaction all the same. If the app keeps it even
  /// from that, each call tries again, and until it succeeds answers `outcome_unknown`, or
  /// `store_failed` if there is no commit in doubt. What the app writes over its handle meanwhile
  /// belongs to that transaction, and is rolled back with it; after a reading it is kept. Errors:
  /// `invalid_argument` (no handle, or a timeout out of range), `not_set_up`, `store_failed`,
  /// `corrupted`, `unsupported_version`, `wrong_state` (the app is inside a transaction),
  /// `out_of_memory`.
  [[nodiscard]] static Result<SqliteStore> over(sqlite3* database,
                                                const SqliteOptions& options = {}) noexcept;

  SqliteStore(SqliteStore&&) noexcept;
  SqliteStore& operator=(SqliteStore&&) noexcept;
  ~SqliteStore() override;

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;

  /// As `Store::commit`. If the disk fails in the middle of a commit, the parts that were written
  /// are overwritten by an empty commit, so that they cannot come back after a restart; the answer
  /// is then `store_failed`. If that fails too, the answer is `outcome_unknown`. Errors: as
  /// `Store::commit`.
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;

  /// VACUUM, then a checkpoint that empties the log. This writes the whole database twice, and
  /// takes as much memory as the database is large. It does nothing if nothing was committed since
  /// the last `purge`. It does not wait: while another connection reads or writes, the answer is
  /// `conflict`, and the log may have grown. It does not reach what the file system keeps of freed
  /// or copied blocks. Errors: as `Store::purge`.
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;
  /// As `Store::begin_reading`: a savepoint of SQLite's, `sotto_reading`. Inside a transaction of
  /// the app's that one shows one moment already, and this does nothing. If that transaction has
  /// read and not written, or a statement of the app's is in use that reads, the rows that the
  /// connection shows may be old: the answer is `wrong_state`. What the app writes to its
  /// own tables over its handle until `end_reading` is committed by that; if it ends the savepoint
  /// before by a COMMIT or ROLLBACK, the reading is no longer of one moment, and `end_reading`
  /// leaves a transaction that the app has begun since as it is. Errors: as `Store::begin_reading`.
  [[nodiscard]] Result<void> begin_reading() noexcept override;
  void end_reading() noexcept override;
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
