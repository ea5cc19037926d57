// SPDX-License-Identifier: MIT OR Apache-2.0
#include "verify.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "json.hpp"
#include "vectors/runner.hpp"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using vectors::SuiteReport;

/// Vectors are small; something larger is not one, and is not read into memory.
constexpr std::uintmax_t most_file_bytes = 64 * 1024 * 1024;

/// At most `width` bytes of ASCII, with dots where something was cut.
std::string fitted(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

/// Text from a file, made safe for a terminal: one line, nothing that moves the cursor.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

/// Says what is wrong with an argument, on one line.
void complain(const std::string& path, const std::string& reason) {
  std::fprintf(stderr, "sotto verify: %s: %s\n", printable(path).c_str(),
               fitted(printable(reason), 200).c_str());
}

/// Whether the file is one whose cases could be run at all.
bool is_suite(const SuiteReport& report) {
  return report.cases > 0 || report.failures.empty();
}

/// The whole file, or nothing once the reason is said.
std::optional<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) {
    complain(path.string(), error.message());
    return std::nullopt;
  }
  if (size > most_file_bytes) {
    complain(path.string(), "is above 64 MiB: not a file of vectors");
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad() || text.size() != size) {
    complain(path.string(), in.is_open() && !in.bad() ? "changes while it is read"
                                                      : std::string(std::strerror(errno)));
    return std::nullopt;
  }
  return text;
}

/// The files that a name stands for: itself, or the .json files of a folder, sorted. `error`: why
/// not all of the folder can be read.
std::vector<fs::path> files_of(const fs::path& path, std::error_code& error) {
  if (std::error_code none; !fs::is_directory(path, none)) return {path};
  std::vector<fs::path> files;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".json") files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

/// Runs what was asked for. False when some of it could not even be read.
bool run_all(const VerifyOptions& options, std::vector<SuiteReport>& reports) {
  if (options.paths.empty()) {
    for (const auto& file : vectors::embedded_files())
      reports.push_back(vectors::run(file.name, file.text));
    return true;
  }
  bool all_read = true;
  for (const std::string& path : options.paths) {
    std::error_code error;
    const auto files = files_of(path, error);
    if (error)
      complain(path, error.message());
    else if (files.empty())
      complain(path, "has no .json file in it");
    all_read = all_read && !error && !files.empty();
    for (const fs::path& file : files) {
      const auto text = read_file(file);
      all_read = all_read && text.has_value();
      if (text) reports.push_back(vectors::run(file.string(), *text));
    }
  }
  return all_read;
}

/// Cases that did not pass; a file that is wrong as a whole counts as one.
std::size_t failed(const SuiteReport& report) {
  return report.failures.size();
}

struct Totals {
  std::size_t suites = 0;
  std::size_t cases = 0;
  std::size_t passed = 0;
  std::size_t failed = 0;
};

Totals total(const std::vector<SuiteReport>& reports) {
  Totals totals;
  for (const SuiteReport& report : reports) {
    ++totals.suites;
    totals.cases += report.cases;
    totals.passed += report.passed;
    totals.failed += failed(report);
  }
  return totals;
}

/// "1 case", "2 cases".
std::string counted(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

void print_table(const std::vector<SuiteReport>& reports) {
  std::size_t width = 5;
  for (const SuiteReport& report : reports)
    if (is_suite(report)) width = std::max(width, report.suite.size());
  width = std::min(width, std::size_t{32});
  const auto w = static_cast<int>(width);
  std::printf("%-*s  %5s  %6s  %6s  source\n", w, "suite", "cases", "passed", "failed");
  for (const SuiteReport& report : reports)
    if (is_suite(report))
      std::printf("%-*s  %5zu  %6zu  %6zu  %s\n", w, fitted(printable(report.suite), width).c_str(),
                  report.cases, report.passed, failed(report),
                  fitted(printable(report.source), 96).c_str());
  for (const SuiteReport& report : reports)
    for (const auto& failure : report.failures)
      if (is_suite(report))
        std::printf("FAILED %s, %s: %s\n", printable(report.file).c_str(),
                    printable(failure.where).c_str(), printable(failure.reason).c_str());
  const Totals totals = total(reports);
  std::printf("%s, %s: %zu passed, %zu failed\n", counted(totals.suites, "suite").c_str(),
              counted(totals.cases, "case").c_str(), totals.passed, totals.failed);
}

void print_json(const std::vector<SuiteReport>& reports, bool ok) {
  std::vector<JsonObject> suites;
  for (const SuiteReport& report : reports) {
    std::vector<JsonObject> failures;
    for (const auto& failure : report.failures) {
      JsonObject& told = failures.emplace_back();
      told.put("case", failure.where);
      told.put("reason", failure.reason);
    }
    JsonObject& suite = suites.emplace_back();
    suite.put("file", report.file);
    suite.put("suite", report.suite);
    suite.put("kind", report.kind);
    suite.put("source", report.source);
    suite.put("cases", report.cases);
    suite.put("passed", report.passed);
    suite.put("failed", failed(report));
    suite.put("failures", std::move(failures));
  }
  const Totals totals = total(reports);
  JsonObject document;
  document.put("suites", std::move(suites));
  document.put("cases", totals.cases);
  document.put("passed", totals.passed);
  document.put("failed", totals.failed);
  document.put("ok", ok);
  // A file's name may be any bytes.
  std::puts(document.indented().c_str());
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  std::vector<SuiteReport> reports;
  const bool all_read = run_all(options, reports);
  const bool ok = all_read && !reports.empty() && std::ranges::all_of(reports, &SuiteReport::ok);
  for (const SuiteReport& report : reports)
    if (!is_suite(report)) complain(report.file, report.failures.front().reason);
  if (options.json) {
    print_json(reports, ok);
  } else if (std::ranges::any_of(reports, is_suite)) {
    print_table(reports);
  }
  return ok ? 0 : 1;
}

}  // namespace sotto::cli
