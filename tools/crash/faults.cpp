// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crash/faults.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include <sqlite3.h>

#include "crash/mortal_files.hpp"

namespace sotto::crash {
namespace {

Fault fault;
std::uint64_t counted = 0;
bool stopped = true;
bool has_struck = false;
sqlite3_mem_methods memory;

/// Counts a call; whether the fault strikes it, before it is made or after.
bool strikes() {
  ++counted;
  const bool now =
      fault.at != 0 && (counted == fault.at || (fault.way == Fault::Way::on && counted > fault.at));
  has_struck |= now;
  return now;
}

/// 0 for a call that this kind of fault does not meet.
int code_of(FileCall call) {
  const bool lock = call == FileCall::lock || call == FileCall::shm_lock;
  if (fault.kind == Fault::Kind::memory) return SQLITE_OK;
  if (fault.kind == Fault::Kind::full) return call == FileCall::write ? SQLITE_FULL : SQLITE_OK;
  if (fault.kind == Fault::Kind::busy) return lock ? SQLITE_BUSY : SQLITE_OK;
  if (lock && fault.way == Fault::Way::late) return SQLITE_OK;
  if (fault.way == Fault::Way::torn)
    return call == FileCall::write ? SQLITE_IOERR_WRITE : SQLITE_OK;
  switch (call) {
    case FileCall::open:
      return SQLITE_CANTOPEN;
    case FileCall::remove:
      return SQLITE_IOERR_DELETE;
    case FileCall::exists:
      return SQLITE_IOERR_ACCESS;
    case FileCall::read:
      return SQLITE_IOERR_READ;
    case FileCall::write:
      return SQLITE_IOERR_WRITE;
    case FileCall::sync:
      return SQLITE_IOERR_FSYNC;
    case FileCall::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case FileCall::size:
      return SQLITE_IOERR_FSTAT;
    case FileCall::lock:
      return SQLITE_IOERR_LOCK;
    case FileCall::shm_map:
      return SQLITE_IOERR_SHMMAP;
    case FileCall::shm_lock:
      return SQLITE_IOERR_SHMLOCK;
  }
  std::abort();
}

int fails(FileCall call) {
  const int code = code_of(call);
  if (stopped || code == SQLITE_OK || !strikes()) return SQLITE_OK;
  return fault.way == Fault::Way::late ? SQLITE_OK : code;
}

int fails_late(FileCall call) {
  const bool now = !stopped && fault.way == Fault::Way::late && counted == fault.at;
  return now ? code_of(call) : SQLITE_OK;
}

bool torn() {
  return !stopped && fault.way == Fault::Way::torn && counted + 1 == fault.at;
}

bool refused() {
  return fault.kind == Fault::Kind::memory && !stopped && strikes();
}

void* allocate(int size) {
  return refused() ? nullptr : memory.xMalloc(size);
}
void* allocate_again(void* block, int size) {
  return refused() ? nullptr : memory.xRealloc(block, size);
}

}  // namespace

std::string name(const Fault& of) {
  constexpr const char* kinds[] = {"disk error", "full disk", "lock", "no memory"};
  constexpr const char* ways[] = {"once", "after the call", "half-way", "from here on"};
  return std::string(kinds[static_cast<int>(of.kind)]) + " " + ways[static_cast<int>(of.way)] +
         " at call " + std::to_string(of.at);
}

void install_faults() {
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
  sqlite3_mem_methods failing = memory;
  failing.xMalloc = allocate;
  failing.xRealloc = allocate_again;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
  register_mortal_files({.torn = torn, .fails = fails, .fails_late = fails_late, .lazy = true});
}

void set_fault(const Fault& asked) {
  fault = asked;
  counted = 0;
  has_struck = false;
  stopped = false;
}

bool let_fail(bool on) {
  return !std::exchange(stopped, !on);
}

std::uint64_t calls() {
  return counted;
}
bool struck() {
  return has_struck;
}

/// For the operators below.
bool memory_is_refused() {
  return refused();
}

}  // namespace sotto::crash

// The store asks for memory in these two ways only.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return sotto::crash::memory_is_refused() ? nullptr : std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return sotto::crash::memory_is_refused() ? nullptr : std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* block = std::malloc(size)) return block;
  std::abort();
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  std::free(block);
}
