// SPDX-License-Identifier: MIT OR Apache-2.0
#include "memory_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

namespace sotto::testing {
namespace {

constexpr std::uint64_t mask = 0xa76c'35f1'9be2'480d;

std::uint64_t masked_at(const std::uint8_t* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word ^ mask;
}

/// Bytes that are all alike are no secret: they are everywhere.
bool is_plain(const std::uint8_t* bytes) noexcept {
  return std::all_of(bytes, bytes + 8, [&](std::uint8_t byte) { return byte == bytes[0]; });
}

struct Region {
  const std::uint8_t* begin;
  const std::uint8_t* end;
  std::string name;
};

std::vector<Region> writable_regions() {
  std::vector<Region> regions;
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  if (maps == nullptr) std::abort();
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char rights[5] = {};
    int name_at = 0;
    if (std::sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &begin, &end, rights, &name_at) < 3)
      continue;
    if (rights[0] != 'r' || rights[1] != 'w') continue;
    std::string name(line + name_at);
    while (!name.empty() && name.back() == '\n') name.pop_back();
    regions.push_back({reinterpret_cast<const std::uint8_t*>(begin),
                       reinterpret_cast<const std::uint8_t*>(end), name});
  }
  std::fclose(maps);
  return regions;
}

}  // namespace

void Notes::add(std::string_view name, Bytes secret) {
  std::vector<std::uint8_t> form(secret.begin(), secret.end());
  add_form(name, form);
  for (const std::uint8_t pad : {std::uint8_t{0x36}, std::uint8_t{0x5c}}) {
    for (std::size_t i = 0; i < form.size(); ++i) form[i] = secret[i] ^ pad;
    add_form(name, form);
    for (std::size_t i = 0; i + 4 <= form.size(); i += 4)
      std::reverse(form.data() + i, form.data() + i + 4);
    add_form(name, form);
  }
  form.assign(secret.begin(), secret.end());
  for (std::size_t i = 0; i + 4 <= form.size(); i += 4)
    std::reverse(form.data() + i, form.data() + i + 4);
  add_form(name, form);
}

void Notes::add_form(std::string_view name, Bytes form) {
  for (std::size_t at = 0; at + 8 <= form.size(); at += 8) {
    if (is_plain(form.data() + at)) continue;
    Needle needle;
    std::memcpy(needle.name, name.data(), std::min(name.size(), sizeof needle.name - 1));
    needle.masked = masked_at(form.data() + at);
    needles_.push_back(needle);
  }
}

std::vector<Needle> learn(const std::function<void(Notes&)>& tell) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child < 0) std::abort();
  if (child == 0) {
    Notes notes;
    tell(notes);
    for (const Needle& needle : notes.needles())
      if (write(ends[1], &needle, sizeof needle) != sizeof needle) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  std::vector<Needle> needles;
  Needle needle;
  while (read(ends[0], &needle, sizeof needle) == static_cast<ssize_t>(sizeof needle))
    needles.push_back(needle);
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) std::abort();
  return needles;
}

std::set<std::string> found_in_memory(const std::vector<Needle>& needles, std::string* where) {
  // Which of the 2^16 possible first halves of a masked word's hash occur among the needles.
  static std::array<bool, 1 << 16> possible;
  possible.fill(false);
  const auto hash = [](std::uint64_t word) { return word * 0x9e37'79b9'7f4a'7c15 >> 48; };
  for (const Needle& needle : needles) possible[hash(needle.masked)] = true;

  std::set<std::string> found;
  for (const Region& region : writable_regions())
    for (const std::uint8_t* at = region.begin; at + 8 <= region.end; ++at) {
      const std::uint64_t word = masked_at(at);
      if (!possible[hash(word)]) continue;
      for (const Needle& needle : needles) {
        if (needle.masked != word) continue;
        found.insert(needle.name);
        if (where == nullptr) continue;
        char line[160];
        std::snprintf(line, sizeof line, "  %s: %s + %#tx\n", needle.name,
                      region.name.empty() ? "anonymous" : region.name.c_str(), at - region.begin);
        *where += line;
      }
    }
  return found;
}

}  // namespace sotto::testing
