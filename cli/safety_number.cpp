// SPDX-License-Identifier: MIT OR Apache-2.0
#include "safety_number.hpp"

#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

#include "file.hpp"
#include "input.hpp"
#include "picture.hpp"
#include "sides.hpp"

namespace sotto::cli {
namespace {

/// A scanned code in lines of hexadecimal digits; all codes are far shorter.
constexpr std::size_t most_scan_bytes = 4096;

int complain(std::string_view text) {
  std::fprintf(stderr, "sotto safety-number: %.*s\n", static_cast<int>(text.size()), text.data());
  return 1;
}

/// Twelve groups of five, in three lines.
std::string in_groups(const std::array<char, 60>& digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 5) {
    text.append(digits.data() + i, 5);
    text += i % 20 == 15 ? '\n' : ' ';
  }
  return text;
}

std::string_view told(SafetyComparison comparison) {
  switch (comparison) {
    case SafetyComparison::same:
      return "the same: both sides hold the same keys";
    case SafetyComparison::ours_differs:
      return "ours differs: they hold something else for us";
    case SafetyComparison::theirs_differs:
      return "theirs differs: we hold something else for them";
    case SafetyComparison::both_differ:
      return "both differ: another person's code, or somebody in between";
    case SafetyComparison::our_own_code:
      return "our own code: scan the one on their screen";
  }
  return "";
}

int compare(const Number& number, const std::string& scan) {
  const Blob scanned = read_input(scan, most_scan_bytes);
  const auto outcome = number.compare(scanned);
  if (!outcome)
    return complain("the scanned code: " + std::string(name(outcome.error())) + ". " +
                    std::string(describe(outcome.error())));
  const std::string_view text = told(*outcome);
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
  return *outcome == SafetyComparison::same ? 0 : 2;
}

int draw(const Number& number, const SafetyNumberOptions& options) {
  const bool to_file = !options.svg.empty() || !options.png.empty();
  if (options.no_qr && !to_file) return 0;
  const auto picture = picture_of(number.scannable());
  if (!picture) return to_file ? complain("no picture: built without libqrencode") : 0;
  if (!options.no_qr) std::fputs(as_text(*picture, isatty(STDOUT_FILENO) != 0).c_str(), stdout);
  if (!options.svg.empty()) write_file(options.svg, as_svg(*picture));
  if (!options.png.empty()) {
    const auto png = as_png(*picture);
    if (!png) return complain("no PNG: built without libpng");
    write_file(options.png, *png);
  }
  return 0;
}

}  // namespace

int run_safety_number(const SafetyNumberOptions& options) {
  const Number number = number_of(options.form, options.ours, options.theirs);
  std::fputs(in_groups(number.digits()).c_str(), stdout);
  const int drawn = draw(number, options);
  if (drawn != 0 || options.scan.empty()) return drawn;
  return compare(number, options.scan);
}

}  // namespace sotto::cli
