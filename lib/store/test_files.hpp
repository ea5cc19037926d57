// SPDX-License-Identifier: MIT OR Apache-2.0
/// A folder of a test's own, and what stands in its files.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sotto/device.hpp>
#include <sotto/store.hpp>

namespace sotto {

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}
inline StorageKey storage_key(std::uint8_t fill = 1) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(fill);
  return StorageKey(bytes);
}
inline Change put(std::string_view key, std::string_view value, Revision expected = {}) {
  return {Change::Kind::put, bytes_of(key), expected, bytes_of(value)};
}
inline Change erase(std::string_view key, Revision expected) {
  return {Change::Kind::erase, bytes_of(key), expected, {}};
}

class File : public ::testing::Test {
 protected:
  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-file-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return std::filesystem::path(name);
  }();
  std::string path = (folder / "rows.db").string();
  ~File() override { std::filesystem::remove_all(folder); }

  void write(std::string_view bytes) const {
    std::fstream(path, std::ios::out | std::ios::trunc | std::ios::binary) << bytes;
  }
  static std::string read(const std::filesystem::path& file) {
    std::fstream in(file, std::ios::in | std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// All files by name, and their bytes.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(folder))
      found[file.path().filename().string()] = read(file.path());
    return found;
  }
  [[nodiscard]] bool found_in_files(std::string_view text) const {
    for (const auto& [name, bytes] : files())
      if (bytes.contains(text)) return true;
    return false;
  }
  /// What SQLite answers to `sql`, one value after another.
  static std::string ask(sqlite3* database, const char* sql) {
    std::string answer;
    char* why = nullptr;
    sqlite3_exec(
        database, sql,
        [](void* out, int count, char** columns, char**) {
          for (int i = 0; i < count; ++i)
            *static_cast<std::string*>(out) += columns[i] == nullptr ? "null" : columns[i];
          return 0;
        },
        &answer, &why);
    if (why != nullptr) answer += why;
    sqlite3_free(why);
    return answer;
  }
  [[nodiscard]] std::string ask(const char* sql) const {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    const std::string answer = ask(database, sql);
    sqlite3_close(database);
    return answer;
  }
};

}  // namespace sotto
