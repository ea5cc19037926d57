// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/database.hpp"

#include <cstring>

#include <sqlite3.h>

#include "demo/failure.hpp"

namespace sotto::talk {
namespace {

constexpr int busy_ms = 10'000;
constexpr int pause_ms = 5;

/// "PATH: REASON", with the system's reason where there is one.
[[noreturn]] void fail(sqlite3* database, const std::string& path) {
  if (database == nullptr) throw demo::Failure(path + ": no memory");
  const int system = sqlite3_system_errno(database);
  throw demo::Failure(path + ": " + sqlite3_errmsg(database) +
                      (system == 0 ? "" : std::string(" (") + std::strerror(system) + ")"));
}

[[noreturn]] void fail(sqlite3* database) {
  const char* const path = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  fail(database, path == nullptr ? "the relay's file" : path);
}

/// Two that make a file at once hold one another up here, where SQLite does not wait.
void log_ahead(sqlite3* database) {
  for (int waited_ms = 0;; waited_ms += pause_ms) {
    const int code = sqlite3_exec(database, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if (code != SQLITE_BUSY || waited_ms >= busy_ms) fail(database);
    sqlite3_sleep(pause_ms);
  }
}

}  // namespace

Query::Query(sqlite3* database, const char* sql) {
  if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) fail(database);
}

Query::~Query() {
  sqlite3_finalize(statement_);
}

Query& Query::with(Bytes bytes) {
  const int code = sqlite3_bind_blob64(statement_, ++places_,
                                       bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                                       bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_));
  return *this;
}

Query& Query::with(std::uint64_t number) {
  if (sqlite3_bind_int64(statement_, ++places_, static_cast<sqlite3_int64>(number)) != SQLITE_OK)
    fail(sqlite3_db_handle(statement_));
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_db_handle(statement_));
  return code == SQLITE_ROW;
}

std::uint64_t Query::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

std::vector<std::uint8_t> Query::bytes(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::vector<std::uint8_t>()
                         : std::vector<std::uint8_t>(data, data + size);
}

Database::Database(const std::string& path, const char* schema) {
  if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) {
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)> closed(database_, sqlite3_close_v2);
    fail(database_, path);
  }
  try {
    log_ahead(database_);
    sqlite3_busy_timeout(database_, busy_ms);
    execute("PRAGMA synchronous = FULL;");
    execute(schema);
  } catch (...) {
    sqlite3_close_v2(database_);
    throw;
  }
}

Database::~Database() {
  sqlite3_close_v2(database_);
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database_);
}

}  // namespace sotto::talk
