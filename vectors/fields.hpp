// SPDX-License-Identifier: MIT OR Apache-2.0
/// The checked reader: what a file says and nobody reads is a failure, for it would pass untested.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::vectors {

/// Something in a file that is not as it must be. `what()` names the field and is one line.
class BadVector : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Blob = std::vector<std::uint8_t>;

/// One JSON object, field by field. Every read notes that the field was read. The JSON library
/// stands in fields.cpp alone: it takes seconds to compile, and every kind includes this header.
class Fields {
 public:
  /// The outermost object of a file, parsed. Throws `BadVector` when the text is not JSON, is not
  /// an object, or names a field twice in one object, of which a JSON library would quietly keep
  /// one.
  [[nodiscard]] static Fields parse(std::string_view text);

  Fields(Fields&& other) noexcept;
  Fields& operator=(Fields&& other) noexcept;
  ~Fields();

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
    std::array<std::uint8_t, N> out;
    read_hex(key, out);
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
  struct State;  // The object in the JSON library's terms, and which of its fields were read.

  explicit Fields(std::unique_ptr<State> state);
  void read_hex(std::string_view key, std::span<std::uint8_t> out);

  std::unique_ptr<State> state_;
};

}  // namespace sotto::vectors
