// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any text as a file of test vectors: a report, whatever is wrong with it.
#include <string_view>

#include "input.hpp"
#include "vectors/runner.hpp"

namespace {

/// Whether a count of four digits or more stands behind the word: honest, but slow.
bool slow(std::string_view text) {
  const auto word = text.find("iterations");
  if (word == std::string_view::npos) return false;
  int digits = 0;
  for (const char c : text.substr(word)) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (slow(text)) return 0;
  const auto report = vectors::run("input", text);
  fuzz::require(report.passed <= report.cases, "more passed than there are");
  fuzz::require(
      report.ok() || !report.failures.empty() || report.cases == 0 || report.passed < report.cases,
      "a failure without a reason");
  return 0;
}
