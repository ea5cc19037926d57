// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether the database and its log still stand where other connections look for them.
#include <sys/stat.h>

#include "store/sqlite_connection.hpp"

namespace sotto::store {

/// SQLite goes on in a file that was deleted or replaced, as if nothing had been. Its log is
/// deleted by another process that ends, when this process has lost its locks on the database: they
/// are lost as soon as anything in this process opens the file by itself and closes it.
bool Connection::is_in_place() noexcept {
  int moved = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  struct stat found{};
  if (stat(sqlite3_filename_wal(sqlite3_db_filename(handle, "main")), &found) != 0) return false;
  const FileId now{found.st_dev, found.st_ino};
  if (!log) log = now;
  return moved == 0 && log == now;
}

// Once they were elsewhere, it is open what others did meanwhile at the path.
Result<void> Connection::in_place() noexcept {
  displaced = displaced || !is_in_place();
  if (!displaced) return {};
  return refuse(Error::store_failed,
                "the file or its log was deleted, replaced, or opened by other means than SQLite "
                "while the store was open; close the store, and open it again");
}

}  // namespace sotto::store
