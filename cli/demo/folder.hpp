// SPDX-License-Identifier: MIT OR Apache-2.0
/// A folder for temporary files that goes away with its object.
#pragma once

#include <filesystem>
#include <string>

namespace sotto::demo {

class Folder {
 public:
  /// Throws `Failure` when there can be none.
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace sotto::demo
