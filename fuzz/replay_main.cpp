// SPDX-License-Identifier: MIT OR Apache-2.0
/// Runs a fuzz target over files, without a fuzzing engine: corpora become tests.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "input.hpp"

namespace {

namespace fs = std::filesystem;

/// The files named, and those of the folders named, in a fixed order.
std::vector<fs::path> inputs(int argc, char** argv) {
  std::vector<fs::path> found;
  for (int i = 1; i < argc; ++i) {
    const fs::path path = argv[i];
    const std::size_t before = found.size();
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::directory_iterator(path))
        if (entry.is_regular_file()) found.push_back(entry.path());
    } else if (fs::is_regular_file(path)) {
      found.push_back(path);
    }
    if (found.size() == before) {
      std::fprintf(stderr, "no inputs at %s\n", path.c_str());
      return {};
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto files = inputs(argc, argv);
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
    return 2;
  }
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof()) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return 2;
    }
    // Exactly as large as the input, so that a sanitizer sees the first byte beyond.
    const std::vector<std::uint8_t> input(content.begin(), content.end());
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu inputs\n", files.size());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
