// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/folder.hpp"

#include <cstdlib>
#include <system_error>

#include "demo/failure.hpp"

namespace sotto::demo {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "sotto-demo-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Failure("no folder for temporary files");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sotto::demo
