// SPDX-License-Identifier: MIT OR Apache-2.0
/// The texts of errors address those who may be at fault, and accuse nobody else. That the table of
/// faults holds, tables of errors show: error_table_*_test.cpp of the rooms.
#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include <sotto/error.hpp>

#include "testing/error_faults.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::blames;
using testing::Fault;
using testing::fault_words;

constexpr int error_count = static_cast<int>(Error::too_large) + 1;

TEST(ErrorText, has_somebody_or_nobody_at_fault_once) {
  for (int i = 0; i < error_count; ++i)
    EXPECT_EQ(std::ranges::count(blames, static_cast<Error>(i), &testing::Blame::error), 1)
        << name(static_cast<Error>(i));
  EXPECT_EQ(blames.size(), static_cast<std::size_t>(error_count));
}

TEST(ErrorText, addresses_who_may_be_at_fault_and_accuses_nobody_else) {
  for (const auto& blame : blames) {
    const std::string_view text = describe(blame.error);
    const auto has = [&](std::string_view words) { return text.contains(words); };
    for (const auto& [fault, addresses, accuses] : fault_words) {
      if (blame.allows(fault)) {
        EXPECT_TRUE(std::ranges::any_of(addresses, has)) << name(blame.error) << ": " << text;
      }
      if (!blame.allows(fault) || blame.allows(Fault::nobody)) {
        EXPECT_TRUE(std::ranges::none_of(accuses, has)) << name(blame.error) << ": " << text;
      }
    }
  }
}

/// Read aloud in each function that answers it.
TEST(ErrorText, fits_every_function_that_answers_it) {
  // Also to a person who was renamed, one of whose devices is known under the new name.
  const std::string_view exists = describe(Error::already_exists);
  EXPECT_TRUE(exists.contains("renamed to") && exists.contains("Transaction::forget")) << exists;
  EXPECT_FALSE(exists.contains("(a device by Device::erase)")) << "of a peer's device: " << exists;
  // Also to who opens a message and has nobody's answer to wait for [SES-5-6, SES-5-8].
  const std::string_view exhausted = describe(Error::exhausted);
  EXPECT_TRUE(exhausted.contains("first message was refused")) << exhausted;
  EXPECT_TRUE(exhausted.contains("upload prekeys") && exhausted.contains("connect")) << exhausted;
  // Also to who has a device open that another erased.
  const std::string_view not_set_up = describe(Error::not_set_up);
  EXPECT_TRUE(not_set_up.contains("erased")) << not_set_up;
  // The name of a peer, whom nobody but a service may have named.
  const std::string_view argument = describe(Error::invalid_argument);
  EXPECT_TRUE(argument.contains("from outside")) << argument;
  EXPECT_FALSE(argument.contains("nobody else")) << argument;
}

TEST(ErrorText, is_of_sentences_and_says_what_to_do) {
  for (int i = 0; i < error_count; ++i) {
    const std::string_view text = describe(static_cast<Error>(i));
    EXPECT_TRUE(text.ends_with('.')) << text;
    EXPECT_TRUE(text.contains(". ")) << "what happened, and what to do: " << text;
    EXPECT_LE(text.size(), 260U) << text;
  }
}

}  // namespace
}  // namespace sotto
