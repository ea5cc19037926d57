// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/store_file.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

namespace sotto::demo {
namespace {

/// The store has a text for these.
bool is_of_store(Error error) noexcept {
  return error == Error::store_failed || error == Error::outcome_unknown ||
         error == Error::corrupted;
}

/// The store gives the system's reason by its number alone, as "errno 28".
std::string with_system_reason(std::string text) {
  static constexpr std::string_view mark = "errno ";
  const auto at = text.rfind(mark);
  if (at == std::string::npos) return text;
  int number = 0;
  const char* const digits = text.data() + at + mark.size();
  const auto [end, fault] = std::from_chars(digits, text.data() + text.size(), number);
  if (fault != std::errc() || number == 0) return text;
  return text.insert(static_cast<std::size_t>(end - text.data()),
                     std::string(": ") + std::strerror(number));
}

}  // namespace

SqliteStore open_store(const std::string& path) {
  std::array<char, 1024> text{};
  SqliteOptions options;
  options.failure = text;
  auto store = SqliteStore::open(path, options);
  if (store) return *std::move(store);
  const std::string said = with_system_reason(text.data());
  if (said.empty()) return need(std::move(store), path.c_str());
  throw Failure(said.find(path) == std::string::npos ? path + ": " + said : said, store.error());
}

std::string told(const Failure& why, const Store& store) {
  const std::string text = why.what();
  if (!why.error() || !is_of_store(*why.error()) || store.failure().empty()) return text;
  return text + " (" + with_system_reason(std::string(store.failure())) + ")";
}

}  // namespace sotto::demo
