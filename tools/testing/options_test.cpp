// SPDX-License-Identifier: MIT OR Apache-2.0
#include "testing/options.hpp"

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

namespace sotto::testing {
namespace {

struct Options {
  std::uint64_t seed = 5, runs = 7;
  bool good;

  explicit Options(std::initializer_list<const char*> words) {
    const NumberOption known[] = {{"--seed", &seed}, {"--runs", &runs, 1, 1'000}};
    good = read_options(std::vector<const char*>(words), known);
  }
};

TEST(Options, numbers_are_read) {
  const Options none({}), both({"--runs", "1000", "--seed", "18446744073709551615"});
  EXPECT_TRUE(none.good);
  EXPECT_EQ(none.seed, 5U);
  EXPECT_EQ(none.runs, 7U);
  EXPECT_TRUE(both.good);
  EXPECT_EQ(both.seed, 18'446'744'073'709'551'615U);
  EXPECT_EQ(both.runs, 1'000U);
  EXPECT_TRUE(Options({"--seed", "0"}).good);
}

TEST(Options, a_count_that_checks_nothing_is_refused) {
  for (const char* const text :
       {"0", "-1", "1001", "", "x", "1x", " 1", "+1", "1.5", "18446744073709551616"}) {
    const Options options({"--runs", text});
    EXPECT_FALSE(options.good) << text;
    EXPECT_EQ(options.runs, 7U) << text;
  }
}

TEST(Options, a_word_that_is_no_option_is_refused) {
  EXPECT_FALSE(Options({"--run", "1"}).good);
  EXPECT_FALSE(Options({"1"}).good);
  EXPECT_FALSE(Options({"--runs"}).good);
  EXPECT_FALSE(Options({"--seed", "1", "--runs"}).good);
}

}  // namespace
}  // namespace sotto::testing
