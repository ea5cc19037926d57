// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/folder.hpp"

#include <cstdlib>
#include <system_error>

#include "demo/failure.hpp"
#include "file.hpp"

namespace sotto::demo {

Folder::Folder() {
  std::error_code error;
  const auto above = std::filesystem::temp_directory_path(error);
  if (error)
    throw Failure("the folder for temporary files, by TMPDIR or else /tmp: " + error.message());
  std::string name = (above / "sotto-demo-XXXXXX").string();
  const std::string wanted = name;  // What fails leaves `name` undefined.
  if (::mkdtemp(name.data()) == nullptr) throw cli::file_fault(wanted);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sotto::demo
