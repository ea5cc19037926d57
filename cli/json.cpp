// SPDX-License-Identifier: MIT OR Apache-2.0
#include "json.hpp"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace sotto::cli {

using Json = nlohmann::ordered_json;

std::optional<JsonView> JsonView::find(const char* name) const {
  const auto found = value_->find(name);  // The end of any value that is not an object.
  if (found == value_->end()) return std::nullopt;
  return JsonView(*found);
}

std::optional<std::string> JsonView::text() const {
  if (!value_->is_string()) return std::nullopt;
  return value_->get<std::string>();
}

std::optional<bool> JsonView::flag() const {
  if (!value_->is_boolean()) return std::nullopt;
  return value_->get<bool>();
}

std::optional<std::uint64_t> JsonView::unsigned_number() const {
  if (!value_->is_number_unsigned()) return std::nullopt;
  return value_->get<std::uint64_t>();
}

std::optional<std::int64_t> JsonView::signed_number() const {
  if (!value_->is_number_integer()) return std::nullopt;
  if (const auto number = unsigned_number();
      number && *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return value_->get<std::int64_t>();
}

bool JsonView::is_object() const {
  return value_->is_object();
}

bool JsonView::is_structured() const {
  return value_->is_structured();
}

std::optional<JsonDocument> JsonDocument::object(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return JsonDocument(std::move(value));
}

JsonDocument::JsonDocument(Json&& value) : value_(std::make_unique<Json>(std::move(value))) {
}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonObject::JsonObject() : value_(std::make_unique<Json>(Json::object())) {
}
JsonObject::JsonObject(JsonObject&&) noexcept = default;
JsonObject& JsonObject::operator=(JsonObject&&) noexcept = default;
JsonObject::~JsonObject() = default;

void JsonObject::put_null(const char* name) {
  (*value_)[name] = nullptr;
}

void JsonObject::put(const char* name, const std::string& text) {
  (*value_)[name] = text;
}

void JsonObject::put(const char* name, const char* text) {
  (*value_)[name] = text;
}

void JsonObject::put(const char* name, const std::vector<std::string>& texts) {
  (*value_)[name] = texts;
}

void JsonObject::put(const char* name, JsonObject&& object) {
  (*value_)[name] = std::move(*object.value_);
}

void JsonObject::put(const char* name, std::vector<JsonObject>&& objects) {
  Json array = Json::array();
  for (JsonObject& object : objects) array.push_back(std::move(*object.value_));
  (*value_)[name] = std::move(array);
}

void JsonObject::put(const char* name, JsonView value) {
  (*value_)[name] = *value.value_;
}

void JsonObject::put_flag(const char* name, bool value) {
  (*value_)[name] = value;
}

void JsonObject::put_signed(const char* name, std::int64_t number) {
  (*value_)[name] = number;
}

void JsonObject::put_unsigned(const char* name, std::uint64_t number) {
  (*value_)[name] = number;
}

std::string JsonObject::line() const {
  return value_->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string JsonObject::indented() const {
  return value_->dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sotto::cli
