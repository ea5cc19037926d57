// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>
#include <utility>

#include <sqlite3.h>

#include <sotto/secret.hpp>
#include <sotto/sqlite_store.hpp>

namespace sotto {
namespace {

// "sott" names the file as ours in its header; the version is that of the tables.
constexpr int application_id = 0x736f7474;
constexpr int schema_version = 1;
// How long to wait for another process's commit, and how often to look while a file is founded.
constexpr int busy_ms = 10'000;
constexpr int pause_ms = 5;

// One row for the number of the last commit, which is in the same transaction as what it counts.
constexpr const char* schema =
    "CREATE TABLE rows (key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) "
    "WITHOUT ROWID, STRICT;"
    "CREATE TABLE commits (number INTEGER NOT NULL) STRICT;"
    "INSERT INTO commits VALUES (0);";

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Error error_of(int code) noexcept {
  return (code & 0xff) == SQLITE_NOMEM ? Error::out_of_memory : Error::store_failed;
}

/// A prepared statement in use; reset at the end, so that no lock or binding stays.
class Use {
 public:
  explicit Use(const Statement& statement) noexcept : statement_(statement.get()) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  /// The bytes must live until the end; an empty blob is not a null.
  Use& bind(int place, Bytes bytes) noexcept {
    static constexpr std::uint8_t nothing = 0;
    note(sqlite3_bind_blob64(statement_, place, bytes.empty() ? &nothing : bytes.data(),
                             bytes.size(), SQLITE_STATIC));
    return *this;
  }
  Use& bind(int place, std::uint64_t number) noexcept {
    note(sqlite3_bind_int64(statement_, place, static_cast<sqlite3_int64>(number)));
    return *this;
  }

  /// Whether there is a row. Errors: `store_failed`, `out_of_memory`.
  [[nodiscard]] Result<bool> step() noexcept {
    if (code_ != SQLITE_OK) return std::unexpected(error_of(code_));
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(error_of(code));
  }
  [[nodiscard]] Result<void> run() noexcept {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    return {};
  }

  [[nodiscard]] std::uint64_t number(int column) const noexcept {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
  }
  [[nodiscard]] Bytes bytes(int column) const noexcept {
    const auto* const data =
        static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? Bytes() : Bytes(data, size);
  }

 private:
  void note(int code) noexcept {
    if (code_ == SQLITE_OK) code_ = code;
  }
  sqlite3_stmt* statement_;
  int code_ = SQLITE_OK;
};

/// A copy of what the last call returned.
class Kept {
 public:
  [[nodiscard]] bool keep(Bytes bytes) noexcept {
    if (bytes.size() > capacity_) {
      std::unique_ptr<std::uint8_t[]> larger(new (std::nothrow) std::uint8_t[bytes.size()]);
      if (!larger) return false;
      data_ = std::move(larger);
      capacity_ = bytes.size();
    }
    size_ = bytes.size();
    if (size_ > 0) std::memcpy(data_.get(), bytes.data(), size_);
    return true;
  }
  [[nodiscard]] Bytes bytes() const noexcept { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

bool in_form(const Change& change) noexcept {
  return !change.key.empty() && change.key.size() <= Store::max_key_bytes &&
         change.value.size() <= Store::max_value_bytes;
}

}  // namespace

struct SqliteStore::Connection {
  Database database;
  // Behind the database, so that they go first.
  Statement begin, finish, abandon, get, next, put, erase, commits, count;
  Kept key, value;

  [[nodiscard]] Result<void> execute(const char* sql) const noexcept {
    const int code = sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return std::unexpected(error_of(code));
    return {};
  }
  [[nodiscard]] Result<Statement> prepare(const char* sql) const noexcept {
    sqlite3_stmt* made = nullptr;
    const int code =
        sqlite3_prepare_v3(database.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    Statement statement(made);
    if (code != SQLITE_OK) return std::unexpected(error_of(code));
    return statement;
  }
  [[nodiscard]] Result<std::uint64_t> number(const char* sql) const noexcept {
    const auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    Use use(*statement);
    const auto row = use.step();
    if (!row) return std::unexpected(row.error());
    return *row ? use.number(0) : 0;
  }

  [[nodiscard]] Result<void> open(const char* path) noexcept;
  [[nodiscard]] Result<void> log_ahead() const noexcept;
  [[nodiscard]] Result<void> found_tables() const noexcept;
  [[nodiscard]] Result<void> prepare_all() noexcept;
  [[nodiscard]] Result<Revision> apply(std::span<const Change> changes) const noexcept;
};

Result<void> SqliteStore::Connection::open(const char* path) noexcept {
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(
      path, &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.reset(made);
  if (code != SQLITE_OK) return std::unexpected(error_of(code));
  sqlite3_extended_result_codes(made, 1);
  if (const auto done = log_ahead(); !done) return done;
  sqlite3_busy_timeout(made, busy_ms);
  // A value that was erased or overwritten is zeroed in the file; a commit is on the disk when it
  // returns; a file that was tampered with runs no code of its own.
  for (const char* const pragma :
       {"PRAGMA secure_delete = ON", "PRAGMA synchronous = FULL", "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY", "PRAGMA cell_size_check = ON"})
    if (const auto done = execute(pragma); !done) return done;
  return found_tables();
}

/// Go over to a log that is written ahead. Two that found a file at once hold one another up here,
/// where SQLite does not wait for fear of a deadlock: so we do.
Result<void> SqliteStore::Connection::log_ahead() const noexcept {
  for (int waited_ms = 0;; waited_ms += pause_ms) {
    const int code =
        sqlite3_exec(database.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    if ((code & 0xff) != SQLITE_BUSY || waited_ms >= busy_ms)
      return std::unexpected(error_of(code));
    sqlite3_sleep(pause_ms);
  }
}

/// Make the tables in a new file, or see that an old one is ours.
Result<void> SqliteStore::Connection::found_tables() const noexcept {
  if (const auto done = execute("BEGIN IMMEDIATE"); !done) return done;
  const auto checked = [&]() -> Result<void> {
    const auto id = number("PRAGMA application_id");
    const auto version = number("PRAGMA user_version");
    const auto tables = number("SELECT count(*) FROM sqlite_schema");
    if (!id || !version || !tables) return std::unexpected(Error::store_failed);
    if (*id == 0 && *version == 0 && *tables == 0) {
      if (const auto done = execute(schema); !done) return done;
      if (const auto done = execute("PRAGMA application_id = 0x736f7474"); !done) return done;
      return execute("PRAGMA user_version = 1");
    }
    if (*id != application_id) return std::unexpected(Error::store_failed);
    if (*version != schema_version) return std::unexpected(Error::unsupported_version);
    return {};
  }();
  if (!checked) {
    if (const auto undone = execute("ROLLBACK"); !undone) return undone;
    return checked;
  }
  return execute("COMMIT");
}

Result<void> SqliteStore::Connection::prepare_all() noexcept {
  const struct {
    Statement* statement;
    const char* sql;
  } all[] = {
      {&begin, "BEGIN IMMEDIATE"},
      {&finish, "COMMIT"},
      {&abandon, "ROLLBACK"},
      {&get, "SELECT value, revision FROM rows WHERE key = ?1"},
      {&next, "SELECT key, value, revision FROM rows WHERE key >= ?1 AND key > ?2 ORDER BY key"},
      {&put,
       "INSERT INTO rows VALUES (?1, ?2, ?3) "
       "ON CONFLICT (key) DO UPDATE SET value = ?2, revision = ?3"},
      {&erase, "DELETE FROM rows WHERE key = ?1"},
      {&commits, "SELECT number FROM commits"},
      {&count, "UPDATE commits SET number = ?1"},
  };
  for (const auto& [statement, sql] : all) {
    auto made = prepare(sql);
    if (!made) return std::unexpected(made.error());
    *statement = *std::move(made);
  }
  return {};
}

/// Between BEGIN IMMEDIATE and COMMIT: nobody else writes.
Result<Revision> SqliteStore::Connection::apply(std::span<const Change> changes) const noexcept {
  for (const Change& change : changes) {
    Use found(get);
    const auto row = found.bind(1, change.key).step();
    if (!row) return std::unexpected(row.error());
    if ((*row ? found.number(1) : 0) != std::to_underlying(change.expected))
      return std::unexpected(Error::conflict);
  }
  std::uint64_t last = 0;
  {
    Use reading(commits);
    const auto row = reading.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::unexpected(Error::store_failed);
    last = reading.number(0);
  }
  for (const Change& change : changes) {
    Result<void> done;
    if (change.kind == Change::Kind::put)
      done = Use(put).bind(1, change.key).bind(2, change.value).bind(3, last + 1).run();
    else if (change.kind == Change::Kind::erase)
      done = Use(erase).bind(1, change.key).run();
    if (!done) return std::unexpected(done.error());
  }
  if (const auto done = Use(count).bind(1, last + 1).run(); !done)
    return std::unexpected(done.error());
  return Revision{last + 1};
}

SqliteStore::SqliteStore(std::unique_ptr<Connection> connection) noexcept
    : connection_(std::move(connection)) {
}
SqliteStore::SqliteStore(SqliteStore&&) noexcept = default;
SqliteStore& SqliteStore::operator=(SqliteStore&&) noexcept = default;
SqliteStore::~SqliteStore() = default;

Result<SqliteStore> SqliteStore::open(const char* path) noexcept {
  std::unique_ptr<Connection> connection(new (std::nothrow) Connection);
  if (!connection) return std::unexpected(Error::out_of_memory);
  if (const auto opened = connection->open(path); !opened) return std::unexpected(opened.error());
  if (const auto ready = connection->prepare_all(); !ready) return std::unexpected(ready.error());
  return SqliteStore(std::move(connection));
}

Result<std::optional<Row>> SqliteStore::get(Bytes key) noexcept {
  Use use(connection_->get);
  const auto row = use.bind(1, key).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<Row>();
  if (!connection_->value.keep(use.bytes(0))) return std::unexpected(Error::out_of_memory);
  return std::optional<Row>(Row{connection_->value.bytes(), Revision{use.number(1)}});
}

Result<std::optional<Entry>> SqliteStore::next(Bytes prefix, Bytes after) noexcept {
  Use use(connection_->next);
  const auto row = use.bind(1, prefix).bind(2, after).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<Entry>();
  const Bytes key = use.bytes(0);
  if (key.size() < prefix.size() ||
      (!prefix.empty() && std::memcmp(key.data(), prefix.data(), prefix.size()) != 0))
    return std::optional<Entry>();
  if (!connection_->key.keep(key) || !connection_->value.keep(use.bytes(1)))
    return std::unexpected(Error::out_of_memory);
  return std::optional<Entry>(
      Entry{connection_->key.bytes(), connection_->value.bytes(), Revision{use.number(2)}});
}

Result<Revision> SqliteStore::commit(std::span<const Change> changes) noexcept {
  for (const Change& change : changes)
    if (!in_form(change)) return std::unexpected(Error::store_failed);
  if (const auto begun = Use(connection_->begin).run(); !begun)
    return std::unexpected(begun.error());
  auto applied = connection_->apply(changes);
  if (applied) {
    if (const auto done = Use(connection_->finish).run(); done) return applied;
    applied = std::unexpected(Error::store_failed);
  }
  // SQLite may have rolled back by itself; then this says so and changes nothing.
  const auto undone = Use(connection_->abandon).run();
  static_cast<void>(undone);
  return applied;
}

Result<void> SqliteStore::purge() noexcept {
  // The database then holds all, with what was erased overwritten, and the log is empty.
  sqlite3* const database = connection_->database.get();
  sqlite3_busy_timeout(database, 0);  // Who is in the way may stay: later again.
  const int code =
      sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database, busy_ms);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return std::unexpected(Error::conflict);
  if (code != SQLITE_OK) return std::unexpected(error_of(code));
  return {};
}

Result<Revision> SqliteStore::revision() noexcept {
  Use use(connection_->commits);
  const auto row = use.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::unexpected(Error::store_failed);
  return Revision{use.number(0)};
}

}  // namespace sotto
