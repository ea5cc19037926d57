// SPDX-License-Identifier: MIT OR Apache-2.0
/// Requests and answers of `sotto peer` as JSON: what a request holds, read strictly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/wire.hpp>

#include "json.hpp"

namespace sotto::cli {

using Blob = std::vector<std::uint8_t>;

/// Why a request was not done: thrown by a command, answered by the loop.
struct Fault {
  std::string kind;   ///< an error of the library by its name, or one of the protocol's own
  std::string error;  ///< for people
  int code;           ///< the library's -1 and downwards, the protocol's -100
};

/// A fault of the protocol itself.
[[nodiscard]] Fault fault(const char* kind, const std::string& error);
/// A failure of the library.
[[nodiscard]] Fault fault(Error error);

/// The value, or the library's failure as a `Fault`.
template <class T>
T take(Result<T>&& result) {
  if (!result) throw fault(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

[[nodiscard]] std::string hex(Bytes bytes);

/// A JSON object that is read field by field. Every function throws a `Fault`: `missing_field` when
/// there is none of that name, `bad_field` when it has another form.
class Fields {
 public:
  explicit Fields(JsonView object) : object_(object) {}

  [[nodiscard]] bool has(const char* name) const { return object_.find(name).has_value(); }
  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] Blob bytes(const char* name) const;  ///< hexadecimal digits, of either case
  [[nodiscard]] std::uint32_t number(const char* name) const;
  [[nodiscard]] std::uint32_t number(const char* name, std::uint32_t otherwise) const;
  [[nodiscard]] std::uint64_t number64(const char* name) const;  ///< or as decimal digits in text
  [[nodiscard]] std::optional<std::int64_t> signed_number(const char* name) const;
  [[nodiscard]] bool flag(const char* name, bool otherwise) const;
  [[nodiscard]] Fields object(const char* name) const;

  /// A public key in Signal's form of 33 bytes.
  template <class Key>
  [[nodiscard]] Key key(const char* name) const {
    return take(wire::from_signal_key<Key>(bytes(name)));
  }
  /// A value of exactly as many bytes as `Value` has.
  template <class Value>
  [[nodiscard]] Value exactly(const char* name) const {
    const Blob given = bytes(name);
    if (given.size() != Value::size_bytes)
      throw fault("bad_field",
                  std::string(name) + " is not " + std::to_string(Value::size_bytes) + " bytes");
    return Value(Bytes(given).first<Value::size_bytes>());
  }

 private:
  [[nodiscard]] JsonView at(const char* name) const;
  JsonView object_;
};

}  // namespace sotto::cli
