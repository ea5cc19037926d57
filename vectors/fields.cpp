// SPDX-License-Identifier: MIT OR Apache-2.0
#include "vectors/fields.hpp"

#include <set>
#include <utility>

namespace sotto::vectors {
namespace {

/// The value of one lower-case digit, or 16.
std::uint8_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return 16;
}

}  // namespace

Fields::Fields(const nlohmann::json& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object_.is_object())
    throw BadVector((path_.empty() ? "the file" : path_) + " is not an object");
  for (const auto& [key, value] : object_.items()) was_read_.emplace(key, false);
}

bool Fields::has(std::string_view key) const {
  return was_read_.contains(key);
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void Fields::wrong(std::string_view key, std::string_view complaint) const {
  throw BadVector("field " + path_of(key) + " " + std::string(complaint));
}

const nlohmann::json& Fields::read(std::string_view key) {
  const auto found = was_read_.find(key);
  if (found == was_read_.end()) wrong(key, "is missing");
  found->second = true;
  return object_.at(found->first);
}

std::string Fields::text(std::string_view key) {
  const nlohmann::json& value = read(key);
  if (!value.is_string()) wrong(key, "is not text");
  return value.get<std::string>();
}

std::uint64_t Fields::number(std::string_view key, std::uint64_t most) {
  const nlohmann::json& value = read(key);
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

Fields& Fields::adopt(const nlohmann::json& object, std::string path) {
  within_.push_back(std::make_unique<Fields>(object, std::move(path)));
  return *within_.back();
}

Fields& Fields::object(std::string_view key) {
  return adopt(read(key), path_of(key));
}

std::vector<Fields*> Fields::objects(std::string_view key) {
  const nlohmann::json& value = read(key);
  if (!value.is_array()) wrong(key, "is not a list");
  if (value.empty()) wrong(key, "is empty");
  std::vector<Fields*> all;
  for (std::size_t i = 0; i < value.size(); ++i)
    all.push_back(&adopt(value[i], path_of(key) + "[" + std::to_string(i) + "]"));
  return all;
}

void Fields::finish_own() const {
  for (const auto& [key, was_read] : was_read_)
    if (!was_read) wrong(key, "is not known here");
}

void Fields::finish() const {
  finish_own();
  for (const auto& inner : within_) inner->finish();
}

nlohmann::json parse(std::string_view text) {
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

}  // namespace sotto::vectors
