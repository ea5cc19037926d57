// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include <sotto/backend.hpp>

#include "crypto/boring.hpp"
#include "crypto/boring_loader.hpp"
#include "crypto/known_answers.hpp"
#include "crypto/report.hpp"
#include "crypto/sodium_ready.hpp"
#include "crypto/system_random.hpp"

namespace sotto {
namespace {

using crypto::Report;

/// What the process has one of. `loaded_boring` and `sodium_checked` say what is good of it.
struct Backend {
  static constexpr std::size_t path_bytes = 4096;  ///< PATH_MAX, with its NUL

  std::mutex lock;
  std::array<char, path_bytes> path{};  ///< the app's own choice; empty for the usual places
  crypto::Boring table{};
  Report of_sodium;
  Report of_boring;
};

constinit Backend backend;

bool try_sodium(Report& report) noexcept {
  const char* const version = sodium_version_string();
  report.clear();
  if (!crypto::sodium_version_fits(sodium_library_version_major(),
                                   sodium_library_version_minor())) {
    report.line({"libsodium ", version, ": refused: compiled for ", SODIUM_VERSION_STRING});
    return false;
  }
  // libsodium asks the system for random bytes when it starts, and ends the process when it gets
  // none.
  std::array<std::uint8_t, 16> probe{};
  if (const int why = crypto::system_random(probe); why != 0) {
    std::array<char, 64> text{};
    report.line({"libsodium ", version, ": refused: the system gives no random bytes: ",
                 strerror_r(why, text.data(), text.size())});
    return false;
  }
  if (sodium_init() < 0) {
    report.line({"libsodium ", version, ": refused: it cannot initialise itself"});
    return false;
  }
  if (const char* const wrong = crypto::first_wrong_answer(crypto::SodiumFunctions{})) {
    report.line({"libsodium ", version, ": refused: wrong answer of ", wrong});
    return false;
  }
  report.line({"libsodium ", version, ": good"});
  return true;
}

/// These two are called with the lock held.
bool have_sodium() noexcept {
  if (!crypto::sodium_checked.load(std::memory_order_relaxed) && try_sodium(backend.of_sodium))
    crypto::sodium_checked.store(true, std::memory_order_release);
  return crypto::sodium_checked.load(std::memory_order_relaxed);
}

const crypto::Boring* have_boring() noexcept {
  if (crypto::loaded_boring.load(std::memory_order_relaxed) == nullptr) {
    backend.of_boring.clear();
    if (crypto::load_boring(backend.table, backend.path.data(), backend.of_boring))
      crypto::loaded_boring.store(&backend.table, std::memory_order_release);
  }
  return crypto::loaded_boring.load(std::memory_order_relaxed);
}

}  // namespace

bool crypto::check_sodium() noexcept {
  const std::scoped_lock held(backend.lock);
  return have_sodium();
}

const crypto::Boring* crypto::find_boring() noexcept {
  if (const Boring* const table = loaded_boring.load(std::memory_order_acquire)) return table;
  const std::scoped_lock held(backend.lock);
  return have_boring();
}

void crypto::end_without_boring() noexcept {
  std::fputs("sotto: no cryptographic backend; see sotto::check_backend and backend_report\n",
             stderr);
  std::abort();
}

Result<void> check_backend() noexcept {
  const bool sodium = crypto::sodium_ready();
  const bool boring = crypto::find_boring() != nullptr;
  if (!sodium || !boring) return std::unexpected(Error::backend_unavailable);
  return {};
}

Result<void> set_backend_library(std::string_view path) noexcept {
  if (path.size() >= Backend::path_bytes || path.contains('\0'))
    return std::unexpected(Error::invalid_argument);
  const std::scoped_lock held(backend.lock);
  if (path == std::string_view(backend.path.data())) return {};
  if (crypto::loaded_boring.load(std::memory_order_relaxed) != nullptr)
    return std::unexpected(Error::wrong_state);
  backend.path.fill('\0');
  std::ranges::copy(path, backend.path.begin());
  return {};
}

std::string_view backend_report(std::span<char> out) noexcept {
  const std::scoped_lock held(backend.lock);
  if (backend.of_sodium.text().empty()) have_sodium();
  if (backend.of_boring.text().empty()) have_boring();
  std::size_t used = 0;
  for (const Report* const report : {&backend.of_sodium, &backend.of_boring}) {
    const std::size_t size = std::min(report->text().size(), out.size() - used);
    std::ranges::copy(report->text().substr(0, size),
                      out.begin() + static_cast<std::ptrdiff_t>(used));
    used += size;
  }
  return {out.data(), used};
}

}  // namespace sotto
