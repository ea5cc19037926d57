// SPDX-License-Identifier: MIT OR Apache-2.0
#include "vectors/fields.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace sotto::vectors {
namespace {

/// The value of one lower-case digit, or 16.
std::uint8_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return 16;
}

/// Parses a whole file. Throws `BadVector` as `Fields::parse` says.
nlohmann::json parse_document(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> open;
  std::string twice;
  const auto watch = [&](int, Event event, nlohmann::json& value) {
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key && !open.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  try {
    nlohmann::json document = nlohmann::json::parse(text, watch);
    if (!twice.empty()) throw BadVector("field " + twice + " stands twice in one object");
    return document;
  } catch (const nlohmann::json::exception& error) {
    throw BadVector("not JSON: " + std::string(error.what()));
  }
}

}  // namespace

struct Fields::State {
  State(const nlohmann::json& of, std::string at) : object(of), path(std::move(at)) {
    if (!object.is_object())
      throw BadVector((path.empty() ? "the file" : path) + " is not an object");
    for (const auto& [key, value] : object.items()) was_read.emplace(key, false);
  }

  [[nodiscard]] std::string path_of(std::string_view key) const {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
  }

  [[noreturn]] void wrong(std::string_view key, std::string_view complaint) const {
    throw BadVector("field " + path_of(key) + " " + std::string(complaint));
  }

  const nlohmann::json& read(std::string_view key) {
    const auto found = was_read.find(key);
    if (found == was_read.end()) wrong(key, "is missing");
    found->second = true;
    return object.at(found->first);
  }

  Fields& adopt(const nlohmann::json& inner, std::string at) {
    within.emplace_back(new Fields(std::make_unique<State>(inner, std::move(at))));
    return *within.back();
  }

  std::unique_ptr<const nlohmann::json> document;  // Held by the outermost object alone.
  const nlohmann::json& object;
  std::string path;  // Names the object in messages; empty for the outermost one.
  std::map<std::string, bool, std::less<>> was_read;
  std::vector<std::unique_ptr<Fields>> within;
};

Fields::Fields(std::unique_ptr<State> state) : state_(std::move(state)) {
}
Fields::Fields(Fields&& other) noexcept = default;
Fields& Fields::operator=(Fields&& other) noexcept = default;
Fields::~Fields() = default;

Fields Fields::parse(std::string_view text) {
  auto document = std::make_unique<const nlohmann::json>(parse_document(text));
  auto state = std::make_unique<State>(*document, "");
  state->document = std::move(document);
  return Fields(std::move(state));
}

bool Fields::has(std::string_view key) const {
  return state_->was_read.contains(key);
}

void Fields::wrong(std::string_view key, std::string_view complaint) const {
  state_->wrong(key, complaint);
}

std::string Fields::text(std::string_view key) {
  const nlohmann::json& value = state_->read(key);
  if (!value.is_string()) wrong(key, "is not text");
  return value.get<std::string>();
}

std::uint64_t Fields::number(std::string_view key, std::uint64_t most) {
  const nlohmann::json& value = state_->read(key);
  // Only this type is exact up to 2^64 - 1; anything else was a sign, a fraction or too long.
  if (!value.is_number_unsigned()) wrong(key, "is not a whole number below 2^64");
  const auto number = value.get<std::uint64_t>();
  if (number > most) wrong(key, "is above " + std::to_string(most));
  return number;
}

std::uint32_t Fields::number32(std::string_view key) {
  return static_cast<std::uint32_t>(number(key, std::numeric_limits<std::uint32_t>::max()));
}

Blob Fields::hex(std::string_view key) {
  const std::string digits = text(key);
  if (digits.size() % 2 != 0) wrong(key, "has half a byte at its end");
  Blob bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::uint8_t high = digit(digits[i]);
    const std::uint8_t low = digit(digits[i + 1]);
    if (high > 15 || low > 15) wrong(key, "is not lower-case hexadecimal");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

void Fields::read_hex(std::string_view key, std::span<std::uint8_t> out) {
  const Blob bytes = hex(key);
  if (bytes.size() != out.size()) wrong(key, "has not " + std::to_string(out.size()) + " bytes");
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

Fields& Fields::object(std::string_view key) {
  return state_->adopt(state_->read(key), state_->path_of(key));
}

std::vector<Fields*> Fields::objects(std::string_view key) {
  const nlohmann::json& value = state_->read(key);
  if (!value.is_array()) wrong(key, "is not a list");
  if (value.empty()) wrong(key, "is empty");
  std::vector<Fields*> all;
  for (std::size_t i = 0; i < value.size(); ++i)
    all.push_back(&state_->adopt(value[i], state_->path_of(key) + "[" + std::to_string(i) + "]"));
  return all;
}

void Fields::finish_own() const {
  for (const auto& [key, was_read] : state_->was_read)
    if (!was_read) wrong(key, "is not known here");
}

void Fields::finish() const {
  finish_own();
  for (const auto& inner : state_->within) inner->finish();
}

}  // namespace sotto::vectors
