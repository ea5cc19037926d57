// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/rows.hpp"

#include <array>
#include <cstdlib>

#include "demo/failure.hpp"
#include "demo/text_file.hpp"

namespace sotto::demo {
namespace {

constexpr std::size_t longest_row_bytes = longest_line_bytes + 4096;

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string numbered(char prefix, std::uint32_t number) {
  std::string key(1, prefix);
  for (int shift = 28; shift >= 0; shift -= 4) key += "0123456789abcdef"[number >> shift & 15];
  return key;
}

void write_row(Transaction& tx, const std::string& key, Bytes value) {
  need(tx.put(bytes_of(key), value), "writing a row");
}

void write_row(Transaction& tx, const std::string& key, const Unsent& message) {
  need(tx.put(bytes_of(key), message), "writing a message's row");
}

void erase_row(Transaction& tx, const std::string& key) {
  need(tx.erase(bytes_of(key)), "erasing a row");
}

bool has_row(Transaction& tx, const std::string& key) {
  Blob room(longest_row_bytes);
  return need(tx.get(room, bytes_of(key)), "reading a row").has_value();
}

std::vector<std::pair<std::uint32_t, Blob>> rows_of(Transaction& tx, char prefix) {
  std::vector<std::pair<std::uint32_t, Blob>> rows;
  const std::string first(1, prefix);
  std::array<std::uint8_t, 400> name;
  Blob after, room(longest_row_bytes);
  for (;;) {
    const auto key = need(tx.next(name, bytes_of(first), after), "looking for rows");
    if (!key) return rows;
    after.assign(key->begin(), key->end());
    if (after.size() != 9) continue;  // a row with a name
    const std::string digits(after.begin() + 1, after.end());
    const auto value = need(tx.get(room, after), "reading a row");
    rows.emplace_back(static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16)),
                      value ? Blob(value->begin(), value->end()) : Blob());
  }
}

std::uint32_t read_number(Transaction& tx, const std::string& key) {
  std::array<std::uint8_t, 4> room;
  const auto value = need(tx.get(room, bytes_of(key)), "reading a number");
  return value ? Cursor(*value).take_u32().value_or(0) : 0;
}

void write_number(Transaction& tx, const std::string& key, std::uint32_t number) {
  Blob value;
  put_u32(value, number);
  write_row(tx, key, value);
}

}  // namespace sotto::demo
