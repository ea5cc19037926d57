// SPDX-License-Identifier: MIT OR Apache-2.0
/// A connection to SQLite with its prepared statements, and what it knows of its last failure.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <sotto/sqlite_store.hpp>

#include "base/process.hpp"
#include "store/block.hpp"
#include "store/failure_text.hpp"

namespace sotto::store {

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// The statements that are prepared once.
enum class Sql : std::uint8_t {
  begin,
  look,
  read,
  read_no_more,
  finish,
  abandon,
  get,
  next,
  put,
  erase,
  commits,
  count
};
inline constexpr std::size_t sql_count = 12;

/// The highest commit number. SQLite counts to 2^63 - 1; two are left for a commit that is settled.
inline constexpr std::uint64_t last_number =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - 2;

/// Which file it is that stands at a path.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

/// The files beside a database.
struct Beside {
  FileId log;
  FileId index;
  friend bool operator==(const Beside&, const Beside&) = default;
};

/// Counts a connection among those of this process; see `SqliteStore` on forks.
class InProcess {
 public:
  InProcess() noexcept = default;
  InProcess(const InProcess&) = delete;
  InProcess& operator=(const InProcess&) = delete;
  ~InProcess();

  /// False in a process that was forked while a connection was open.
  [[nodiscard]] bool enter() noexcept;

 private:
  base::Process process_;
  bool entered_ = false;
};

struct Connection {
  base::Process process;
  InProcess in_process;
  std::unique_ptr<char[]> name;  // of the file, zero-terminated; none of the app's handle
  std::chrono::milliseconds patience{};
  Database database;                            // ours, and so to be closed
  sqlite3* handle = nullptr;                    // the same, or the app's
  std::array<Statement, sql_count> statements;  // behind the database, so that they go first
  Block key, value;                             // what the last call returned a view of
  std::string_view doing = "open";              // the call that is being made
  FailureText failure;
  std::optional<std::uint64_t> unsettled;  // a commit after this number may or may not come back
  std::optional<std::uint64_t> purged;     // nothing dead is left of the commits up to this one
  std::optional<Beside> beside;            // the files of the log that we write
  bool displaced = false;                  // what we write is found by nobody any more
  bool shows_one_moment = false;           // a savepoint of ours reads
  /// What of ours is open in SQLite; an app that interrupts us can keep us from ending it.
  enum class Underway : std::uint8_t {
    nothing,
    transaction,
    savepoint
  } underway = Underway::nothing;

  Connection() noexcept = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// The failure that SQLite reports, noted; one that we find ourselves; and one of the system.
  [[nodiscard]] std::unexpected<Error> failed(int code) noexcept;
  [[nodiscard]] std::unexpected<Error> refuse(Error error, std::string_view reason) noexcept;
  [[nodiscard]] std::unexpected<Error> system_failed(int number) noexcept;
  void note(std::string_view reason) noexcept;

  [[nodiscard]] Statement& statement(Sql sql) noexcept {
    return statements[std::to_underlying(sql)];
  }
  [[nodiscard]] bool own() const noexcept { return database != nullptr; }
  [[nodiscard]] Result<void> execute(const char* sql) noexcept;
  /// `@` in `sql` stands for what our tables' names start with.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) noexcept;
  [[nodiscard]] Result<void> run(std::string_view sql) noexcept;
  [[nodiscard]] Result<std::uint64_t> number(std::string_view sql) noexcept;
  using Prepared = std::pair<Sql, std::string_view>;
  [[nodiscard]] Result<void> prepare_these(std::span<const Prepared> all) noexcept;
  [[nodiscard]] Result<void> prepare_transactions() noexcept;
  [[nodiscard]] Result<void> prepare_rows() noexcept;

  // Opening: lib/store/sqlite_open.cpp.
  [[nodiscard]] Result<void> open(std::string_view path, const SqliteOptions& options) noexcept;
  [[nodiscard]] Result<void> take(sqlite3* app, const SqliteOptions& options) noexcept;
  [[nodiscard]] Result<void> open_file(std::string_view path, bool create) noexcept;
  [[nodiscard]] Result<void> look_at_header() noexcept;
  [[nodiscard]] Result<void> found_tables(bool create) noexcept;
  [[nodiscard]] Result<bool> tables_are_there() noexcept;
  [[nodiscard]] Result<bool> tables_are_in_ours() noexcept;
  [[nodiscard]] Result<bool> tables_are_in_the_apps() noexcept;
  [[nodiscard]] Result<void> make_tables() noexcept;
  [[nodiscard]] Result<void> log_ahead() noexcept;
  [[nodiscard]] Result<void> fold_in_the_log() noexcept;

  // Committing: lib/store/sqlite_commit.cpp.
  enum class Fate : std::uint8_t {
    undone,   ///< it has not happened, and cannot any more
    decided,  ///< it has happened or not, and that stays so
    open,     ///< it may still come back
  };
  [[nodiscard]] bool is_in_place() noexcept;
  [[nodiscard]] Result<void> in_place() noexcept;
  [[nodiscard]] Result<void> begin(Sql how = Sql::begin) noexcept;
  bool abandon() noexcept;
  bool release() noexcept;
  [[nodiscard]] bool ended() noexcept;
  [[nodiscard]] Result<void> nothing_left_open() noexcept;
  [[nodiscard]] Result<void> begin_reading() noexcept;
  [[nodiscard]] Result<void> not_reading() noexcept;
  void end_reading() noexcept;
  [[nodiscard]] Result<std::uint64_t> last_commit() noexcept;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept;
  [[nodiscard]] Result<void> apply(std::span<const Change> changes, std::uint64_t last) noexcept;
  [[nodiscard]] Result<void> finish() noexcept;
  [[nodiscard]] Fate settle() noexcept;
  [[nodiscard]] Result<void> purge() noexcept;
  [[nodiscard]] Result<void> empty_the_log() noexcept;
};

/// A prepared statement in use; reset at the end, so that no lock or binding stays.
class Use {
 public:
  Use(Connection& connection, const Statement& statement) noexcept
      : connection_(connection), statement_(statement.get()) {}
  Use(Connection& connection, Sql sql) noexcept : Use(connection, connection.statement(sql)) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  /// The bytes must live until the end; an empty blob is not a null.
  Use& bind(int place, Bytes bytes) noexcept;
  Use& bind(int place, std::uint64_t number) noexcept;

  /// Whether there is a row. Errors: as `Connection::failed`.
  [[nodiscard]] Result<bool> step() noexcept;
  [[nodiscard]] Result<void> run() noexcept;

  [[nodiscard]] std::uint64_t number(int column) const noexcept {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
  }
  [[nodiscard]] Bytes bytes(int column) const noexcept;

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  int code_ = SQLITE_OK;
};

}  // namespace sotto::store
