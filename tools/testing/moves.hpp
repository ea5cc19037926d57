// SPDX-License-Identifier: MIT OR Apache-2.0
/// A public object that is moved about. tools/check_scenarios.py asks for one such test of each
/// public type whose move is declared.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/error.hpp>

namespace sotto::testing {

/// `make(n)` makes the object `n`, for 1 and 2. `number` tells which of them an object is, or 0
/// when it was moved from, and changes nothing. `use` is any function that may fail, and what it
/// answers.
template <class Object, class Make, class Number, class Use>
void expect_moves(const Make& make, const Number& number, const Use& use) {
  static_assert(std::is_nothrow_move_constructible_v<Object>);
  static_assert(std::is_nothrow_move_assignable_v<Object>);
  const auto expect = [&](Object& object, int which, const char* when) {
    EXPECT_EQ(number(object), which) << when;
    if (which == 0)
      EXPECT_EQ(use(object), Error::consumed) << when;
    else
      EXPECT_NE(use(object), Error::consumed) << when;
  };
  // NOLINTBEGIN(bugprone-use-after-move)
  Object one = make(1);
  Object two = make(2);
  one = std::move(two);
  expect(one, 2, "what was assigned");
  expect(two, 0, "what it was assigned from");

  Object& same = one;
  one = std::move(same);
  expect(one, 2, "assigned to itself");

  Object taken(std::move(one));
  expect(taken, 2, "what was made of it");
  expect(one, 0, "what it was made of");

  one = std::move(taken);
  expect(one, 2, "assigned where nothing was");
  taken = make(1);
  std::swap(one, taken);
  expect(one, 1, "swapped");
  expect(taken, 2, "swapped");

  one = std::move(two);
  expect(one, 0, "assigned from what was moved from");
  expect(two, 0, "moved from twice");
  Object& nothing = two;
  two = std::move(nothing);
  expect(two, 0, "nothing assigned to itself");
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace sotto::testing
