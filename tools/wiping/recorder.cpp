// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which calls of `wipe` this program made, written at its end to the file that the environment
/// variable SOTTO_WIPES names. Each line: file, line, and what was seen there.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <source_location>

#include <sotto/wipe.hpp>

namespace sotto::testing {
namespace {

/// One place that calls `wipe`. A header's place is another one in each unit that includes it.
struct Site {
  const char* file = nullptr;
  unsigned line = 0;
  bool met_a_secret = false;  ///< the memory was not all zeros
  bool left_something = false;
};

// Nothing here allocates, for some programs count what is allocated.
std::array<Site, 4096> sites;
std::mutex lock;
bool at_exit = false;

bool is_zero(MutableBytes bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Site& site_of(const std::source_location& where) noexcept {
  const auto key = reinterpret_cast<std::uintptr_t>(where.file_name()) / 8 + where.line();
  for (std::size_t i = 0; i < sites.size(); ++i) {
    Site& site = sites[(key * 2654435761U + i) % sites.size()];
    if (site.file == nullptr) {
      site.file = where.file_name();
      site.line = where.line();
      return site;
    }
    if (site.line == where.line() && std::strcmp(site.file, where.file_name()) == 0) return site;
  }
  std::abort();
}

/// Appended, for a program may have children that end in the same way.
void write_sites() {
  const char* const path = std::getenv("SOTTO_WIPES");
  std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "a");
  if (file == nullptr) return;
  for (const Site& site : sites)
    if (site.file != nullptr)
      std::fprintf(file, "%s %u %s\n", site.file, site.line,
                   site.left_something ? "left"
                   : site.met_a_secret ? "met"
                                       : "zero");
  std::fclose(file);
}

}  // namespace

void record_wipe(MutableBytes bytes, const std::source_location& where) noexcept {
  const bool met_a_secret = !is_zero(bytes);
  wipe_as_the_product_does(bytes);
  const bool left_something = !is_zero(bytes);
  const std::lock_guard guard(lock);
  if (!at_exit) at_exit = std::atexit(write_sites) == 0;
  Site& site = site_of(where);
  site.met_a_secret |= met_a_secret;
  site.left_something |= left_something;
}

}  // namespace sotto::testing
