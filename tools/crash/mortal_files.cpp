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

void point() {
  if (mortality.point != nullptr) mortality.point();
}

/// Makes the call, unless it fails first; it may fail afterwards as well.
template <class Made>
int attempt(FileCall call, Made&& made) {
  if (mortality.fails != nullptr)
    if (const int code = mortality.fails(call); code != SQLITE_OK) return code;
  const int code = made();
  if (code != SQLITE_OK || mortality.fails_late == nullptr) return code;
  return mortality.fails_late(call);
}

int read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return attempt(FileCall::read,
                 [&] { return real_methods(file)->xRead(file, data, size, offset); });
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  point();
  if (mortality.torn != nullptr && mortality.torn()) {
    static_cast<void>(real_methods(file)->xWrite(file, data, size / 2, offset));
    point();
  }
  const int code = attempt(FileCall::write,
                           [&] { return real_methods(file)->xWrite(file, data, size, offset); });
  point();
  return code;
}

int sync(sqlite3_file* file, int flags) {
  point();
  const int code = attempt(FileCall::sync, [&] {
    return mortality.lazy ? SQLITE_OK : real_methods(file)->xSync(file, flags);
  });
  point();
  return code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  point();
  return attempt(FileCall::truncate, [&] { return real_methods(file)->xTruncate(file, size); });
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  return attempt(FileCall::size, [&] { return real_methods(file)->xFileSize(file, size); });
}

int lock(sqlite3_file* file, int level) {
  return attempt(FileCall::lock, [&] { return real_methods(file)->xLock(file, level); });
}

int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return attempt(FileCall::shm_map,
                 [&] { return real_methods(file)->xShmMap(file, page, size, extend, out); });
}

int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  const auto made = [&] { return real_methods(file)->xShmLock(file, offset, count, flags); };
  return (flags & SQLITE_SHM_UNLOCK) != 0 ? made() : attempt(FileCall::shm_lock, made);
}

void make_mortal(Kind& kind, const sqlite3_io_methods* real) {
  kind.real = real;
  kind.mortal = *real;
  kind.mortal.xRead = read;
  kind.mortal.xWrite = write;
  kind.mortal.xSync = sync;
  kind.mortal.xTruncate = truncate;
  kind.mortal.xFileSize = size_of;
  kind.mortal.xLock = lock;
  if (real->xShmMap != nullptr) kind.mortal.xShmMap = shm_map;
  if (real->xShmLock != nullptr) kind.mortal.xShmLock = shm_lock;
}

/// The file is the system's own, with some of its methods replaced.
int open(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code =
      attempt(FileCall::open, [&] { return below->xOpen(below, name, file, flags, out_flags); });
  if (file->pMethods == nullptr) return code;
  if (code != SQLITE_OK) {  // It was opened all the same.
    file->pMethods->xClose(file);
    file->pMethods = nullptr;
    return code;
  }
  for (Kind& kind : kinds) {
    if (kind.real == nullptr) make_mortal(kind, file->pMethods);
    if (kind.real != file->pMethods) continue;
    file->pMethods = &kind.mortal;
    break;
  }
  return code;
}

int remove(sqlite3_vfs* /*self*/, const char* name, int sync_folder) {
  return attempt(FileCall::remove,
                 [&] { return below->xDelete(below, name, mortality.lazy ? 0 : sync_folder); });
}

int exists(sqlite3_vfs* /*self*/, const char* name, int flags, int* out) {
  return attempt(FileCall::exists, [&] { return below->xAccess(below, name, flags, out); });
}

}  // namespace

void register_mortal_files(const Mortality& asked) {
  mortality = asked;
  below = sqlite3_vfs_find(nullptr);
  above = *below;
  above.pNext = nullptr;
  above.zName = "mortal";
  above.xOpen = open;
  above.xDelete = remove;
  above.xAccess = exists;
  sqlite3_vfs_register(&above, 1);
}

}  // namespace sotto::crash
