// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a case compared, and what came out otherwise.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::vectors {

/// Counts comparisons and keeps those that failed.
class Checks {
 public:
  /// `got`, from the library, must be `want`, from the file.
  void equal(std::string_view field, Bytes got, Bytes want);

  /// `holds` must be true; `complaint` says what it means when not.
  void require(bool holds, std::string_view complaint);

  [[nodiscard]] std::size_t made() const noexcept { return made_; }
  [[nodiscard]] const std::vector<std::string>& failed() const noexcept { return failed_; }

 private:
  std::size_t made_ = 0;
  std::vector<std::string> failed_;
};

}  // namespace sotto::vectors
