// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the program's own parts fail: one clear line for a person.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <sotto/error.hpp>

namespace sotto::demo {

/// Something the person at the terminal can mend, or must know: printed as one line.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  Failure(const std::string& text, Error error) : std::runtime_error(text), error_(error) {}

  /// What the library answered, if this is of such an answer.
  [[nodiscard]] std::optional<Error> error() const noexcept { return error_; }

 private:
  std::optional<Error> error_;
};

/// The value, or a `Failure` that says what was tried and why it did not work.
template <class T>
T need(Result<T> result, const char* what) {
  if (!result)
    throw Failure(std::string(what) + ": " + std::string(name(result.error())) + ". " +
                      std::string(describe(result.error())),
                  result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace sotto::demo
