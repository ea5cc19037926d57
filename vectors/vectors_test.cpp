// SPDX-License-Identifier: MIT OR Apache-2.0
// Every file of vectors/data against the library, one test a file.
#include <algorithm>
#include <cstdio>
#include <set>

#include <gtest/gtest.h>

#include "vectors/runner.hpp"

namespace sotto::vectors {
namespace {

class EmbeddedVectors : public ::testing::TestWithParam<EmbeddedFile> {};

TEST_P(EmbeddedVectors, pass) {
  const SuiteReport report = run(GetParam().name, GetParam().text);
  std::printf("%s: %zu of %zu cases passed (%s)\n", report.suite.c_str(), report.passed,
              report.cases, report.source.c_str());
  for (const Failure& failure : report.failures)
    ADD_FAILURE() << report.file << " " << failure.where << ": " << failure.reason;
  EXPECT_TRUE(report.ok());
}

std::string test_name(const ::testing::TestParamInfo<EmbeddedFile>& info) {
  std::string name(info.param.name.substr(0, info.param.name.rfind('.')));
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(File, EmbeddedVectors, ::testing::ValuesIn(embedded_files()), test_name);

TEST(Embedded, suites_have_names_of_their_own_and_every_kind_is_used) {
  std::set<std::string> suites;
  std::set<std::string> kinds;
  for (const EmbeddedFile& file : embedded_files()) {
    const SuiteReport report = run(file.name, file.text);
    EXPECT_TRUE(suites.insert(report.suite).second) << report.suite << " stands twice";
    EXPECT_EQ(report.suite + ".json", file.name);
    kinds.insert(report.kind);
  }
  for (const std::string_view kind : known_kinds())
    EXPECT_TRUE(kinds.contains(std::string(kind))) << "no figure for " << kind;
}

}  // namespace
}  // namespace sotto::vectors
