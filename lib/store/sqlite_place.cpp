// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether the database and its log still stand where other connections look for them.
#include <algorithm>
#include <array>
#include <string_view>

#include <sys/stat.h>

#include "store/sqlite_connection.hpp"

namespace sotto::store {
namespace {

FileId file_at(const char* path) noexcept {
  struct stat found{};
  if (stat(path, &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

/// Of the memory that connections share, whose name SQLite does not tell; none of a long path,
/// which SQLite takes for none.
FileId index_beside(std::string_view database) noexcept {
  static constexpr std::string_view ending = "-shm";
  std::array<char, 4'096> path{};
  if (database.size() + ending.size() >= path.size()) return {};
  std::ranges::copy(ending, std::ranges::copy(database, path.begin()).out);
  return file_at(path.data());
}

}  // namespace

/// SQLite goes on in a file that was deleted or replaced, as if nothing had been. Its log is
/// deleted by another process that ends, when this process has lost its locks on the database: they
/// are lost as soon as anything in this process opens the file by itself and closes it. Whoever
/// finds the log by another name of the database, or shares another index of it, sees other commits
/// than we do.
bool Connection::is_in_place() noexcept {
  int moved = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  const char* const path = sqlite3_db_filename(handle, "main");
  struct stat found{};
  if (moved != 0 || stat(path, &found) != 0 || found.st_nlink != 1) return false;
  const Beside now{file_at(sqlite3_filename_wal(path)), index_beside(path)};
  if (now.log == FileId{}) return false;
  if (!beside) beside = now;
  if (beside->index == FileId{}) beside->index = now.index;  // SQLite makes it when it is needed.
  return beside == now;
}

// Once they were elsewhere, it is open what others did meanwhile at the path.
Result<void> Connection::in_place() noexcept {
  displaced = displaced || !is_in_place();
  if (!displaced) return {};
  return refuse(Error::store_failed,
                "the file, its log or its index was deleted, replaced, given a second name, or "
                "opened by other means than SQLite while the store was open; close the store, and "
                "open it again");
}

}  // namespace sotto::store
