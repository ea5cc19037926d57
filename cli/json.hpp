// SPDX-License-Identifier: MIT OR Apache-2.0
/// JSON that is read and written.
///
/// The library behind it is slow to compile, so json.cpp alone includes it; every other source
/// sees its names only.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace sotto::cli {

/// A view of one value of a `JsonDocument`, which must outlive the view. Each reading function
/// answers nothing when the value is of another kind.
class JsonView {
 public:
  explicit JsonView(const nlohmann::ordered_json& value) : value_(&value) {}

  /// The value of that name; nothing also when there is none.
  [[nodiscard]] std::optional<JsonView> find(const char* name) const;
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<bool> flag() const;
  [[nodiscard]] std::optional<std::uint64_t> unsigned_number() const;
  [[nodiscard]] std::optional<std::int64_t> signed_number() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_structured() const;  ///< an object or an array

 private:
  friend class JsonObject;

  const nlohmann::ordered_json* value_;
};

/// A parsed text.
class JsonDocument {
 public:
  /// Nothing when the text is not one JSON object.
  [[nodiscard]] static std::optional<JsonDocument> object(const std::string& text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonView root() const { return JsonView(*value_); }

 private:
  explicit JsonDocument(nlohmann::ordered_json&& value);
  std::unique_ptr<nlohmann::ordered_json> value_;
};

/// An object that is written field by field, and keeps their order. A field that is put again has
/// its new value at its old place.
class JsonObject {
 public:
  JsonObject();
  JsonObject(JsonObject&&) noexcept;
  JsonObject& operator=(JsonObject&&) noexcept;
  ~JsonObject();

  void put_null(const char* name);
  void put(const char* name, const std::string& text);
  void put(const char* name, const char* text);
  void put(const char* name, const std::vector<std::string>& texts);
  void put(const char* name, JsonObject&& object);
  void put(const char* name, std::vector<JsonObject>&& objects);
  /// A copy of the value.
  void put(const char* name, JsonView value);
  void put(const char* name, std::same_as<bool> auto value) { put_flag(name, value); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void put(const char* name, Number number) {
    if constexpr (std::is_signed_v<Number>)
      put_signed(name, number);
    else
      put_unsigned(name, number);
  }

  /// Its JSON, in one line or indented by two spaces a level. Bytes in it that are not UTF-8 are
  /// replaced.
  [[nodiscard]] std::string line() const;
  [[nodiscard]] std::string indented() const;

 private:
  void put_flag(const char* name, bool value);
  void put_signed(const char* name, std::int64_t number);
  void put_unsigned(const char* name, std::uint64_t number);

  std::unique_ptr<nlohmann::ordered_json> value_;
};

}  // namespace sotto::cli
