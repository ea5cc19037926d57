// SPDX-License-Identifier: MIT OR Apache-2.0
/// SQLite for the program's own tables: statements with values, `Failure` for what goes wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace sotto::talk {

/// One use of a statement.
class Query {
 public:
  Query(sqlite3* database, const char* sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  /// The next place's value.
  Query& with(Bytes bytes);
  Query& with(std::uint64_t number);
  /// Whether there is a row.
  [[nodiscard]] bool step();
  void run() { static_cast<void>(step()); }
  [[nodiscard]] std::uint64_t number(int column) const;
  [[nodiscard]] std::vector<std::uint8_t> bytes(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
  int places_ = 0;
};

class Database {
 public:
  /// In WAL mode with synchronous commits; several processes may have the same file open. `schema`
  /// makes tables that are not there yet.
  Database(const std::string& path, const char* schema);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] sqlite3* get() const noexcept { return database_; }
  void execute(const char* sql);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace sotto::talk
