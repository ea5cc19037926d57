// SPDX-License-Identifier: MIT OR Apache-2.0
#include "store/sqlite_connection.hpp"

#include <atomic>

namespace sotto::store {
namespace {

/// The connections that are open, and whose they are: number of the process, and count. SQLite's
/// own table of open files is as global as this one; a child inherits both.
std::atomic<std::uint64_t> open_connections = 0;

std::uint64_t packed(std::uint64_t process, std::uint64_t count) noexcept {
  return process << 32U | count;
}

/// So that there is room for the reason behind it.
constexpr std::size_t most_of_a_path = 500;

/// Let go of something and leave it as it is.
template <class Pointer>
void leave(Pointer& owner) noexcept {
  const auto* const left = owner.release();
  static_cast<void>(left);
}

}  // namespace

bool InProcess::enter() noexcept {
  const std::uint64_t here = base::process_number();
  std::uint64_t seen = open_connections.load();
  std::uint64_t wanted = 0;
  do {
    const std::uint64_t count = seen & 0xffff'ffffU;
    const bool ours = seen >> 32U == here;
    if (!ours && count > 0) return false;
    wanted = packed(here, count + 1);
  } while (!open_connections.compare_exchange_weak(seen, wanted));
  entered_ = true;
  return true;
}

InProcess::~InProcess() {
  if (entered_ && process_.here()) --open_connections;
}

Use& Use::bind(int place, Bytes bytes) noexcept {
  static constexpr std::uint8_t nothing = 0;
  const int code = sqlite3_bind_blob64(statement_, place, bytes.empty() ? &nothing : bytes.data(),
                                       bytes.size(), SQLITE_STATIC);
  if (code_ == SQLITE_OK) code_ = code;
  return *this;
}

Use& Use::bind(int place, std::uint64_t number) noexcept {
  const int code = sqlite3_bind_int64(statement_, place, static_cast<sqlite3_int64>(number));
  if (code_ == SQLITE_OK) code_ = code;
  return *this;
}

Result<bool> Use::step() noexcept {
  if (code_ != SQLITE_OK) return connection_.failed(code_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.failed(code);
}

Result<void> Use::run() noexcept {
  const auto row = step();
  if (!row) return std::unexpected(row.error());
  return {};
}

Bytes Use::bytes(int column) const noexcept {
  const auto* const data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? Bytes() : Bytes(data, size);
}

Connection::~Connection() {
  if (process.here()) {
    end_reading();  // The app's handle is to be as it was.
    if (handle != nullptr) static_cast<void>(ended());
    return;
  }
  // SQLite forbids even to close what another process opened: it would drop locks and a log that
  // are not ours.
  for (Statement& statement : statements) leave(statement);
  leave(database);
}

std::unexpected<Error> Connection::failed(int code) noexcept {
  // Where the handle remembers another failure, or none, the code is what counts.
  const int extended = handle == nullptr ? SQLITE_OK : sqlite3_extended_errcode(handle);
  const bool remembered = (extended & 0xff) == (code & 0xff);
  const int which = remembered ? extended : code;
  note(remembered ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  failure.add(" (SQLite ").add(which);
  const int kind = which & 0xff;
  if (remembered && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN))
    failure.add(", errno ").add(sqlite3_system_errno(handle));
  failure.add(")");
  if (which == SQLITE_BUSY_SNAPSHOT)
    failure.add(": a statement of the app's on this connection still reads what was before");
  if (kind == SQLITE_NOMEM || which == SQLITE_IOERR_NOMEM)
    return std::unexpected(Error::out_of_memory);
  // What we write is never too big for our own handle; what we read was not written by us then. On
  // the app's handle its own limits apply, and nothing is damaged.
  const bool never_ours = kind == SQLITE_TOOBIG && own();
  if (kind == SQLITE_CORRUPT || never_ours) return std::unexpected(Error::corrupted);
  return std::unexpected(Error::store_failed);
}

std::unexpected<Error> Connection::refuse(Error error, std::string_view reason) noexcept {
  note(reason);
  return std::unexpected(error);
}

void Connection::note(std::string_view reason) noexcept {
  failure.clear().add(doing).add(": ");
  const char* file = name.get();
  if (file == nullptr && handle != nullptr) file = sqlite3_db_filename(handle, "main");
  if (file != nullptr) {
    // The end of a long path tells more than its beginning.
    const std::string_view path = file;
    const bool whole = path.size() <= most_of_a_path;
    failure.add(whole ? "" : "...")
        .add(whole ? path : path.substr(path.size() - most_of_a_path))
        .add(": ");
  }
  failure.add(reason);
}

std::unexpected<Error> Connection::system_failed(int number) noexcept {
  note("the file cannot be made (errno ");
  failure.add(number).add(")");
  return std::unexpected(Error::store_failed);
}

Result<void> Connection::execute(const char* sql) noexcept {
  const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) noexcept {
  const std::string_view prefix = own() ? "main." : "main.sotto_1_";
  FailureText text;  // Long enough for each of ours.
  for (std::size_t at = 0; at < sql.size(); ++at)
    text.add(sql[at] == '@' ? prefix : sql.substr(at, 1));
  sqlite3_stmt* made = nullptr;
  const int code =
      sqlite3_prepare_v3(handle, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  Statement statement(made);
  if (code != SQLITE_OK) return failed(code);
  return statement;
}

Result<void> Connection::run(std::string_view sql) noexcept {
  const auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  return Use(*this, *statement).run();
}

Result<std::uint64_t> Connection::number(std::string_view sql) noexcept {
  const auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  Use use(*this, *statement);
  const auto row = use.step();
  if (!row) return std::unexpected(row.error());
  return *row ? use.number(0) : 0;
}

Result<void> Connection::prepare_these(std::span<const Prepared> all) noexcept {
  for (const auto& [sql, text] : all) {
    auto made = prepare(text);
    if (!made) return std::unexpected(made.error());
    statement(sql) = *std::move(made);
  }
  return {};
}

/// Before the first transaction: one that is interrupted could not prepare how to end it.
Result<void> Connection::prepare_transactions() noexcept {
  static constexpr Prepared all[] = {
      {Sql::begin, "BEGIN IMMEDIATE"},
      {Sql::look, "BEGIN"},
      {Sql::read, "SAVEPOINT sotto_reading"},
      {Sql::read_no_more, "RELEASE sotto_reading"},
      {Sql::finish, "COMMIT"},
      {Sql::abandon, "ROLLBACK"},
  };
  return prepare_these(all);
}

/// Once there are tables.
Result<void> Connection::prepare_rows() noexcept {
  static constexpr Prepared all[] = {
      {Sql::get, "SELECT value, revision FROM @rows WHERE key = ?1"},
      {Sql::next,
       "SELECT key, value, revision FROM @rows WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT 1"},
      {Sql::put,
       "INSERT INTO @rows VALUES (?1, ?2, ?3) "
       "ON CONFLICT (key) DO UPDATE SET value = ?2, revision = ?3"},
      {Sql::erase, "DELETE FROM @rows WHERE key = ?1"},
      {Sql::commits, "SELECT number FROM @commits"},
      {Sql::count, "UPDATE @commits SET number = ?1"},
  };
  return prepare_these(all);
}

}  // namespace sotto::store
