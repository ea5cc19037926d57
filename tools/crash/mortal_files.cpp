// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crash/mortal_files.hpp"

#include <array>
#include <cstdlib>

#include <sqlite3.h>

namespace sotto::crash {
namespace {

Mortality mortality;
sqlite3_vfs* below = nullptr;
sqlite3_vfs above;

// SQLite has several kinds of files, by how they are locked; each with its methods and ours.
struct Kind {
  const sqlite3_io_methods* real = nullptr;
  sqlite3_io_methods mortal{};
};
std::array<Kind, 8> kinds;

const sqlite3_io_methods* real_methods(sqlite3_file* file) {
  for (const Kind& kind : kinds)
    if (file->pMethods == &kind.mortal) return kind.real;
  std::abort();
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  mortality.point();
  if (mortality.torn()) {
    static_cast<void>(real_methods(file)->xWrite(file, data, size / 2, offset));
    mortality.point();
  }
  const int code = real_methods(file)->xWrite(file, data, size, offset);
  mortality.point();
  return code;
}

int sync(sqlite3_file* file, int flags) {
  mortality.point();
  const int code = real_methods(file)->xSync(file, flags);
  mortality.point();
  return code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  mortality.point();
  return real_methods(file)->xTruncate(file, size);
}

/// The file is the system's own, with three of its methods replaced.
int open(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = below->xOpen(below, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  for (Kind& kind : kinds) {
    if (kind.real == nullptr) {
      kind.real = file->pMethods;
      kind.mortal = *kind.real;
      kind.mortal.xWrite = write;
      kind.mortal.xSync = sync;
      kind.mortal.xTruncate = truncate;
    }
    if (kind.real != file->pMethods) continue;
    file->pMethods = &kind.mortal;
    break;
  }
  return code;
}

}  // namespace

void register_mortal_files(const Mortality& asked) {
  mortality = asked;
  below = sqlite3_vfs_find(nullptr);
  above = *below;
  above.pNext = nullptr;
  above.zName = "mortal";
  above.xOpen = open;
  sqlite3_vfs_register(&above, 1);
}

}  // namespace sotto::crash
