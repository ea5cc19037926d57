// SPDX-License-Identifier: MIT OR Apache-2.0
/// An object that spends numbers, held as it should not be: in a forked process, by two threads,
/// and after a move.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/error.hpp>

#include "testing/error_of.hpp"
#include "testing/forked.hpp"

namespace sotto::testing {

/// `use` is one use of the object, a `Result`. It is refused in a forked process and after a move,
/// and to a second thread while another is inside. Returns what the two threads got.
template <class Object, class Use>
auto held_in_two_hands(Object& object, const Use& use, int times = 2'000) {
  EXPECT_TRUE(use(object)) << "before";
  EXPECT_EQ(in_a_forked_process([&] { return error_of(use(object)); }), Error::wrong_state);
  EXPECT_TRUE(use(object)) << "in the process that made it";

  using Got = typename decltype(use(object))::value_type;
  std::array<std::vector<Got>, 2> got;
  std::array<std::vector<Error>, 2> refused;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < got.size(); ++i)
      threads.emplace_back([&, i] {
        for (int n = 0; n < times; ++n) {
          auto one = use(object);
          if (one)
            got[i].push_back(*std::move(one));
          else
            refused[i].push_back(one.error());
        }
      });
  }
  for (const auto& errors : refused)
    for (const Error error : errors) EXPECT_EQ(error, Error::wrong_state);
  std::vector<Got> all = std::move(got[0]);
  for (Got& one : got[1]) all.push_back(std::move(one));
  EXPECT_FALSE(all.empty());

  Object other(std::move(object));
  EXPECT_EQ(error_of(use(object)), Error::consumed);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(use(other)) << "after the move";
  object = std::move(other);
  EXPECT_TRUE(use(object)) << "and back";
  return all;
}

/// `held_in_two_hands`, of a use that answers the number which it spent: none is spent twice.
template <class Object, class Use>
void expect_no_number_twice(Object& object, const Use& use, int times = 2'000) {
  std::vector<std::uint64_t> spent = held_in_two_hands(object, use, times);
  std::ranges::sort(spent);
  EXPECT_EQ(std::ranges::adjacent_find(spent), spent.end()) << "a number twice";
}

}  // namespace sotto::testing
