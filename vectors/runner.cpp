// SPDX-License-Identifier: MIT OR Apache-2.0
#include "vectors/runner.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <set>

#include <sotto/backend.hpp>

#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

constexpr std::string_view schema = "sotto-vectors/1";

std::vector<Kind> all_kinds() {
  std::vector<Kind> all;
  for (const auto& group :
       {hash_kinds(),           curve_kinds(),      cipher_kinds(),    x3dh_kinds(),
        ratchet_kinds(),        transcript_kinds(), recording_kinds(), rules_kinds(),
        media_kinds(),          srtp_kinds(),       sframe_kinds(),    call_kinds(),
        group_kinds(),          profile_kinds(),    wire_kinds(),      safety_number_kinds(),
        account_number_kinds(), roster_kinds(),     franking_kinds(),  attachment_kinds(),
        content_kinds()})
    all.insert(all.end(), group.begin(), group.end());
  std::ranges::sort(all, {}, &Kind::name);
  return all;
}

std::optional<Error> error_named(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(Error::too_large); ++i)
    if (const auto error = static_cast<Error>(i); name(error) == text) return error;
  return std::nullopt;
}

/// What a file says of itself is shown to people: one line that does nothing to a terminal.
void make_printable(std::string& text) {
  for (char& c : text)
    if (c < 0x20 || c > 0x7e) c = '?';
}

void make_printable(SuiteReport& report) {
  for (std::string* text : {&report.suite, &report.kind, &report.source}) make_printable(*text);
  for (Failure& failure : report.failures) {
    make_printable(failure.where);
    make_printable(failure.reason);
  }
}

/// Reads a source and words it in one line. The note is for the readers of the file.
std::string read_source(Fields& source) {
  std::string text = source.text("title") + ", " + source.text("reference");
  if (source.has("section")) text += ", " + source.text("section");
  if (source.has("note")) static_cast<void>(source.text("note"));
  source.finish();
  return text;
}

std::optional<Error> read_expectation(Fields& fields) {
  if (!refused(fields)) return std::nullopt;
  const auto expected = error_named(fields.text("expect"));
  if (!expected) fields.wrong("expect", "names no error");
  return expected;
}

void run_one(const Kind& kind, Fields& fields) {
  if (fields.has("source")) static_cast<void>(read_source(fields.object("source")));
  if (fields.has("comment")) static_cast<void>(fields.text("comment"));
  const auto expected = read_expectation(fields);
  Checks checks;
  const Result<void> outcome = kind.run(fields, checks);
  judge(outcome, expected, checks);
}

void run_cases(const Kind& kind, const std::vector<Fields*>& cases, SuiteReport& report) {
  report.cases = cases.size();
  std::set<std::string> ids;
  for (Fields* fields : cases) {
    std::string id = "?";
    try {
      id = fields->text("id");
      if (!ids.insert(id).second) fields->wrong("id", "stands twice");
      run_one(kind, *fields);
      ++report.passed;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      report.failures.push_back({id, error.what()});
    }
  }
}

void run_file(std::string_view text, SuiteReport& report) {
  Fields file = Fields::parse(text);
  if (file.text("schema") != schema) file.wrong("schema", "is not \"" + std::string(schema) + "\"");
  report.suite = file.text("suite");
  report.kind = file.text("kind");
  report.source = read_source(file.object("source"));
  const std::vector<Fields*> cases = file.objects("cases");
  file.finish_own();  // Before any case: a file that says what nobody reads passes nothing.
  const std::vector<Kind> kinds = all_kinds();
  const auto kind = std::ranges::find(kinds, report.kind, &Kind::name);
  if (kind == kinds.end()) file.wrong("kind", "is not known: " + report.kind);
  if (!check_backend()) throw BadVector("the cryptographic library could not be loaded");
  run_cases(*kind, cases, report);
}

}  // namespace

void judge(const Result<void>& outcome, std::optional<Error> expected, const Checks& checks) {
  if (!checks.failed().empty()) throw BadVector(checks.failed().front());
  if (outcome && expected)
    throw BadVector("was accepted, should be refused as " + std::string(name(*expected)));
  if (!outcome && expected != outcome.error())
    throw BadVector(
        "was refused as " + std::string(name(outcome.error())) +
        (expected ? ", should be refused as " + std::string(name(*expected)) : std::string()));
  if (!expected && checks.made() == 0) throw BadVector("compares nothing");
}

std::vector<std::string_view> known_kinds() {
  std::vector<std::string_view> names;
  for (const Kind& kind : all_kinds()) names.push_back(kind.name);
  return names;
}

SuiteReport run(std::string_view file, std::string_view text) {
  SuiteReport report;
  report.file = file;
  try {
    run_file(text, report);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    report.failures.push_back({"", error.what()});
  }
  make_printable(report);
  return report;
}

}  // namespace sotto::vectors
