// SPDX-License-Identifier: MIT OR Apache-2.0
/// From a path, or from a handle of the app's, to a connection that is ready.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite_connection.hpp"

namespace sotto::store {
namespace {

// "sott" names the file as ours in its header; the version is that of the tables.
constexpr std::uint32_t application_id = 0x736f7474;
constexpr std::uint64_t schema_version = 1;
// The file's format [SQLite, "Database File Format", 1.3].
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t header_bytes = 100;
constexpr std::size_t application_id_at = 68;

// No row that we write is longer; of one that is, no byte is loaded.
constexpr int longest_row = static_cast<int>(Store::max_value_bytes + 2 * Store::max_key_bytes);

constexpr std::chrono::milliseconds pause{5};  // between two looks at what is locked
constexpr std::chrono::milliseconds longest_patience = std::chrono::hours(24);

/// Make an empty file that its owner alone may read and write, where there is none. It is not
/// opened if that can be avoided: closing it would drop the locks that another connection of this
/// process has on it by then. Returns 0, or why it cannot be made.
int make_file(const char* path) noexcept {
  if (mknod(path, S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST) return 0;
  if (errno != EPERM && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
  const int file = ::open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return errno == EEXIST ? 0 : errno;
  return close(file) == 0 ? 0 : errno;
}

bool is_patience(std::chrono::milliseconds time) noexcept {
  return time >= std::chrono::milliseconds(0) && time <= longest_patience;
}

}  // namespace

Result<void> Connection::open(std::string_view path, const SqliteOptions& options) noexcept {
  if (path.empty()) return refuse(Error::invalid_argument, "there is no path");
  if (path == ":memory:")
    return refuse(Error::invalid_argument, "a store in memory is a MemoryStore");
  if (path.contains('\0')) return refuse(Error::invalid_argument, "a zero in the path");
  if (!is_patience(options.busy_timeout))
    return refuse(Error::invalid_argument, "the busy timeout is out of range");
  patience = options.busy_timeout;
  if (const auto opened = open_file(path, options.create_if_missing); !opened) return opened;
  // Whoever can write the file runs no code of its own in here.
  for (const int off : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW})
    sqlite3_db_config(handle, off, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longest_row);
  // A value that was erased or overwritten is zeroed in the file; a commit is on the disk when it
  // returns.
  for (const char* const pragma :
       {"PRAGMA secure_delete = ON", "PRAGMA synchronous = FULL", "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY", "PRAGMA cell_size_check = ON"})
    if (const auto done = execute(pragma); !done) return done;
  if (const auto done = prepare_transactions(); !done) return done;
  if (const auto done = found_tables(options.create_if_missing); !done) return done;
  if (const auto done = log_ahead(); !done) return done;
  if (const auto done = prepare_rows(); !done) return done;
  if (const auto done = fold_in_the_log(); !done) return done;
  return in_place();
}

Result<void> Connection::take(sqlite3* app, const SqliteOptions& options) noexcept {
  if (app == nullptr) return refuse(Error::invalid_argument, "there is no handle");
  if (!is_patience(options.busy_timeout))
    return refuse(Error::invalid_argument, "the busy timeout is out of range");
  patience = options.busy_timeout;
  handle = app;
  if (sqlite3_get_autocommit(handle) == 0)
    return refuse(Error::wrong_state, "a transaction is open");
  if (sqlite3_db_readonly(handle, "main") != 0)
    return refuse(Error::store_failed, "the file can only be read");
  if (const auto done = log_ahead(); !done) return done;
  if (const auto done = execute("PRAGMA main.secure_delete = ON"); !done) return done;
  const auto level = number("PRAGMA main.synchronous");
  if (!level) return std::unexpected(level.error());
  constexpr std::uint64_t full = 2;
  if (*level < full)
    if (const auto done = execute("PRAGMA main.synchronous = FULL"); !done) return done;
  if (const auto done = prepare_transactions(); !done) return done;
  if (const auto done = found_tables(options.create_if_missing); !done) return done;
  if (const auto done = prepare_rows(); !done) return done;
  if (const auto done = fold_in_the_log(); !done) return done;
  return in_place();
}

Result<void> Connection::open_file(std::string_view path, bool create) noexcept {
  // SQLite reads more into some names; a path that starts with a folder is only a path.
  const std::string_view folder = path.starts_with('/') ? "" : "./";
  name.reset(new (std::nothrow) char[folder.size() + path.size() + 1]);
  if (!name) return std::unexpected(Error::out_of_memory);
  char* const end = std::ranges::copy(path, std::ranges::copy(folder, name.get()).out).out;
  *end = '\0';
  if (!in_process.enter())
    return refuse(Error::wrong_state, "this process was forked while a store was open");
  if (create) {
    if (const int why = make_file(name.get()); why != 0) return system_failed(why);
  } else if (access(name.get(), F_OK) != 0 && errno == ENOENT) {
    return refuse(Error::not_set_up, "there is no such file");
  }
  // SQLite would write a journal beside a device or a socket.
  struct stat found{};
  if (stat(name.get(), &found) == 0 && !S_ISREG(found.st_mode))
    return refuse(Error::store_failed, "this is no regular file");
  const int code =
      sqlite3_open_v2(name.get(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.reset(handle);
  if (code != SQLITE_OK) return failed(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  if (sqlite3_db_readonly(handle, "main") != 0)
    return refuse(Error::store_failed, "the file can only be read");
  return look_at_header();
}

/// Refuse what is somebody else's before SQLite does anything with it: even reading it, SQLite may
/// roll back a journal or fold in a log. The header says whose it is from the first moment on, for
/// it is written with the tables and before there is a log.
Result<void> Connection::look_at_header() noexcept {
  sqlite3_file* file = nullptr;
  int code =
      sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr)
    return failed(code == SQLITE_OK ? SQLITE_CANTOPEN : code);
  std::array<unsigned char, header_bytes> header{};
  code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  const bool cut = code == SQLITE_IOERR_SHORT_READ;  // Zeros stand for what there is not.
  if (code != SQLITE_OK && !cut) return failed(code);
  // Zeros are what a crash leaves of a file that was just made longer; SQLite knows from its
  // journal whether they are.
  if (std::ranges::all_of(header, [](unsigned char byte) { return byte == 0; })) return {};
  if (std::memcmp(header.data(), magic.data(), magic.size()) != 0)
    return refuse(Error::store_failed, "the file is not a database");
  if (cut) return refuse(Error::corrupted, "the database is cut off");
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8U | header[application_id_at + i];
  if (id != application_id)
    return refuse(Error::store_failed, "the database is another application's");
  return {};
}

/// Make the tables where there are none, or see that those that are there are ours.
Result<void> Connection::found_tables(bool create) noexcept {
  for (const Sql how : {Sql::look, Sql::begin}) {
    if (const auto done = begin(how); !done) return done;
    Result<bool> there = tables_are_there();
    if (there && !*there && !create)
      there = refuse(Error::not_set_up, "there is no store in this file");
    Result<void> made;
    const bool writing = how == Sql::begin;
    if (there && !*there && writing) made = make_tables();
    if (there && made) made = finish();
    if (there && made && (*there || writing)) return {};
    abandon();
    if (!there) return std::unexpected(there.error());
    if (!made) return made;
  }
  return {};
}

Result<bool> Connection::tables_are_there() noexcept {
  return own() ? tables_are_in_ours() : tables_are_in_the_apps();
}

Result<bool> Connection::tables_are_in_ours() noexcept {
  const auto id = number("PRAGMA main.application_id");
  if (!id) return std::unexpected(id.error());
  const auto version = number("PRAGMA main.user_version");
  if (!version) return std::unexpected(version.error());
  const auto tables = number("SELECT count(*) FROM main.sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*id == 0 && *version == 0 && *tables == 0) return false;
  if (*id != application_id)
    return refuse(Error::store_failed, "the database is another application's");
  if (*version != schema_version)
    return refuse(Error::unsupported_version, "another version of the library made this store");
  return true;
}

Result<bool> Connection::tables_are_in_the_apps() noexcept {
  const auto ours = number(
      "SELECT count(*) FROM main.sqlite_schema WHERE name IN ('sotto_1_rows', 'sotto_1_commits')");
  if (!ours) return std::unexpected(ours.error());
  const auto all = number("SELECT count(*) FROM main.sqlite_schema WHERE name GLOB 'sotto_*'");
  if (!all) return std::unexpected(all.error());
  if (*ours != *all)
    return refuse(Error::unsupported_version, "another version of the library made this store");
  return *ours > 0;
}

/// One row for the number of the last commit, which is in the same transaction as what it counts.
Result<void> Connection::make_tables() noexcept {
  for (const std::string_view sql :
       {"CREATE TABLE @rows (key BLOB PRIMARY KEY, value BLOB NOT NULL, "
        "revision INTEGER NOT NULL) WITHOUT ROWID, STRICT",
        "CREATE TABLE @commits (number INTEGER NOT NULL) STRICT",
        "INSERT INTO @commits VALUES (0)"})
    if (const auto done = run(sql); !done) return done;
  if (!own()) return {};
  if (const auto done = run("PRAGMA main.application_id = 0x736f7474"); !done) return done;
  return run("PRAGMA main.user_version = 1");
}

/// Go over to a log that is written ahead. Several that found a file at once hold one another up
/// here, where SQLite does not wait for fear of a deadlock: so we do.
Result<void> Connection::log_ahead() noexcept {
  for (std::chrono::milliseconds waited{0};; waited += pause) {
    {
      const auto statement = prepare("PRAGMA main.journal_mode = WAL");
      const int code = statement ? sqlite3_step(statement->get()) : sqlite3_errcode(handle);
      if (code == SQLITE_ROW) {
        const auto* const mode = sqlite3_column_text(statement->get(), 0);
        if (mode == nullptr) return failed(SQLITE_NOMEM);
        if (std::string_view(reinterpret_cast<const char*>(mode)) == "wal") return {};
        return refuse(Error::store_failed, "SQLite cannot write a log ahead here");
      }
      if ((code & 0xff) != SQLITE_BUSY || waited >= patience) return failed(code);
    }
    sqlite3_sleep(static_cast<int>(pause.count()));
  }
}

/// A log that a crash left may hold commits that the system has in memory and never brought to the
/// disk, for the disk failed. What follows them in the log would be lost with them: so they go into
/// the database now, and the log starts anew.
Result<void> Connection::fold_in_the_log() noexcept {
  const int code =
      sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
    return {};
  return failed(code);
}

}  // namespace sotto::store
