// SPDX-License-Identifier: MIT OR Apache-2.0
/// The checked reader: what a file says and nobody reads is a failure, for it would pass untested.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace sotto::vectors {

/// Something in a file that is not as it must be. `what()` names the field and is one line.
class BadVector : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Blob = std::vector<std::uint8_t>;

/// One JSON object, field by field. Every read notes that the field was read.
class Fields {
 public:
  /// `path` names the object in messages; empty for the outermost one. `object` must outlive this.
  Fields(const nlohmann::json& object, std::string path);

  [[nodiscard]] bool has(std::string_view key) const;

  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::uint64_t number(
      std::string_view key, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  [[nodiscard]] std::uint32_t number32(std::string_view key);

  /// Lower-case hexadecimal text as bytes.
  [[nodiscard]] Blob hex(std::string_view key);

  /// The same, of exactly `N` bytes.
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> hex_of(std::string_view key) {
    const Blob bytes = hex(key);
    if (bytes.size() != N) wrong(key, "has not " + std::to_string(N) + " bytes");
    std::array<std::uint8_t, N> out;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }

  /// An object within, or a list of them, which is not empty. They live as long as this.
  [[nodiscard]] Fields& object(std::string_view key);
  [[nodiscard]] std::vector<Fields*> objects(std::string_view key);

  /// Throws when a field of this object, or of one within, was not read.
  void finish() const;

  /// The same for this object alone.
  void finish_own() const;

  /// Throws a `BadVector` that names the field.
  [[noreturn]] void wrong(std::string_view key, std::string_view complaint) const;

 private:
  const nlohmann::json& read(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  Fields& adopt(const nlohmann::json& object, std::string path);

  const nlohmann::json& object_;
  std::string path_;
  std::map<std::string, bool, std::less<>> was_read_;
  std::vector<std::unique_ptr<Fields>> within_;
};

/// Parse a whole file. Throws `BadVector` when it is not JSON, or names a field twice in one
/// object, of which a JSON library would quietly keep one.
[[nodiscard]] nlohmann::json parse(std::string_view text);

}  // namespace sotto::vectors
