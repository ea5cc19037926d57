// SPDX-License-Identifier: MIT OR Apache-2.0
#include "peer/fields.hpp"

#include <charconv>
#include <cstddef>
#include <limits>
#include <string_view>

namespace sotto::cli {
namespace {

constexpr int protocol_code = -100;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Fault bad(const char* name, const char* what) {
  return fault("bad_field", std::string(name) + " is not " + what);
}

}  // namespace

Fault fault(const char* kind, const std::string& error) {
  return {kind, error, protocol_code};
}

Fault fault(Error error) {
  return {std::string(name(error)), std::string(describe(error)), -1 - static_cast<int>(error)};
}

std::string hex(Bytes bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

JsonView Fields::at(const char* name) const {
  const auto found = object_.find(name);
  if (!found) throw fault("missing_field", std::string(name) + " is missing");
  return *found;
}

std::string Fields::text(const char* name) const {
  auto text = at(name).text();
  if (!text) throw bad(name, "text");
  return *std::move(text);
}

Blob Fields::bytes(const char* name) const {
  const std::string digits = text(name);
  if (digits.size() % 2 != 0) throw bad(name, "hexadecimal digits, two for each byte");
  Blob bytes(digits.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(digits[2 * i]);
    const int low = digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) throw bad(name, "hexadecimal digits, two for each byte");
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

std::uint64_t Fields::number64(const char* name) const {
  const JsonView value = at(name);
  if (const auto number = value.unsigned_number()) return *number;
  if (const auto text = value.text()) {
    std::uint64_t number = 0;
    const char* const last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    if (!text->empty() && error == std::errc() && end == last) return number;
  }
  throw fault("bad_field", std::string(name) + " is not a number from 0 to 2^64 - 1");
}

std::uint32_t Fields::number(const char* name) const {
  const auto number = at(name).unsigned_number();
  if (!number || *number > std::numeric_limits<std::uint32_t>::max())
    throw bad(name, "a number of 32 bits");
  return static_cast<std::uint32_t>(*number);
}

std::uint32_t Fields::number(const char* name, std::uint32_t otherwise) const {
  return has(name) ? number(name) : otherwise;
}

std::optional<std::int64_t> Fields::signed_number(const char* name) const {
  if (!has(name)) return std::nullopt;
  const auto number = at(name).signed_number();
  if (!number) throw bad(name, "a whole number of 64 bits");
  return number;
}

bool Fields::flag(const char* name, bool otherwise) const {
  if (!has(name)) return otherwise;
  const auto value = at(name).flag();
  if (!value) throw bad(name, "true or false");
  return *value;
}

Fields Fields::object(const char* name) const {
  const JsonView value = at(name);
  if (!value.is_object()) throw bad(name, "an object");
  return Fields(value);
}

}  // namespace sotto::cli
