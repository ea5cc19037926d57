// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/boring_loader.hpp"

#include <string_view>

#include <dlfcn.h>

#include "crypto/backend_config.hpp"
#include "crypto/boring_linked.hpp"
#include "crypto/known_answers.hpp"

namespace sotto::crypto {
namespace {

using Open = void*(const char*, int);

/// The system's own dlopen. A sanitizer's runtime puts one in front that ends the process when it
/// is asked to bind deeply, because memory that one side allocates with another malloc than the
/// other side frees it with breaks. No memory crosses our table: what BoringSSL allocates it frees
/// itself (docs/decisions/0002).
Open* system_open() noexcept {
  // The loader is in libdl before glibc 2.34.
  for (const char* const name : {"libc.so.6", "libdl.so.2"}) {
    void* const library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) continue;
    void* const found = dlsym(library, "dlopen");
    dlclose(library);  // It stays: the process itself uses it.
    if (found != nullptr) return reinterpret_cast<Open*>(found);
  }
  return &dlopen;
}

/// The name of the first function that the library lacks, or null.
const char* look_up(void* library, Boring& table) noexcept {
  const char* missing = nullptr;
  for_each_function(table, [&]<class Function>(Function*& entry, const char* name) {
    entry = reinterpret_cast<Function*>(dlsym(library, name));
    if (entry == nullptr && missing == nullptr) missing = name;
  });
  return missing;
}

bool load_from(Boring& table, const char* place, Report& report) noexcept {
  void* const library = system_open()(place, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (library == nullptr) {
    const char* const why = dlerror();  // NOLINT(concurrency-mt-unsafe): one text for each thread
    report.line({place, ": refused: ", why != nullptr ? why : "the loader does not say why"});
    return false;
  }
  Boring found{};
  if (const char* const missing = look_up(library, found)) {
    report.line({place, ": refused: it has no ", missing});
    dlclose(library);
    return false;
  }
  // It stays loaded from here on, also when it is refused: it may have left a destructor with this
  // thread.
  if (const char* const wrong = first_wrong_answer(found)) {
    report.line({place, ": refused: wrong answer of ", wrong});
    return false;
  }
  report.line({place, ": good, ", found.version(OPENSSL_VERSION)});
  table = found;
  return true;
}

}  // namespace

bool load_boring(Boring& table, const char* path, Report& report) noexcept {
  if (*path != '\0') return load_from(table, path, report);
  if (const Boring* const linked = sotto_linked_boring()) {
    const char* const wrong = first_wrong_answer(*linked);
    report.line({"BoringSSL, linked in: ", wrong == nullptr ? "good" : "refused: wrong answer of ",
                 wrong == nullptr ? "" : wrong});
    table = *linked;
    return wrong == nullptr;
  }
  std::string_view before;
  for (const char* const place : boringssl_places) {
    if (place == before) continue;
    if (load_from(table, place, report)) return true;
    before = place;
  }
  return false;
}

}  // namespace sotto::crypto
