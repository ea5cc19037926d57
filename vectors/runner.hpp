// SPDX-License-Identifier: MIT OR Apache-2.0
/// Runs files of test vectors (vectors/README.md says how they look) against the library.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::vectors {

/// One thing that was not as the file says.
struct Failure {
  std::string where;   ///< the case's id; empty when it is the file itself
  std::string reason;  ///< one line
};

/// What one file of vectors showed.
struct SuiteReport {
  std::string file;    ///< where the file came from
  std::string suite;   ///< its name; empty when the file does not even say that
  std::string kind;    ///< what it tests
  std::string source;  ///< whose figures these are
  std::size_t cases = 0;
  std::size_t passed = 0;
  std::vector<Failure> failures;

  /// Whether there was something to pass, and all of it did.
  [[nodiscard]] bool ok() const noexcept {
    return failures.empty() && cases > 0 && passed == cases;
  }
};

/// A file that is part of the program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

/// The files of vectors/data, as they were when the program was built, by name.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files() noexcept;

/// The kinds of test that are known, by name.
[[nodiscard]] std::vector<std::string_view> known_kinds();

/// Run one file. Whatever is wrong with it stands in the report; nothing is thrown but
/// `std::bad_alloc`.
[[nodiscard]] SuiteReport run(std::string_view file, std::string_view text);

}  // namespace sotto::vectors
