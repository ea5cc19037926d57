// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lets every allocation of an operation fail, one after the other, and looks at what is left.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "alloc/heap.hpp"
#include "testing/error_of.hpp"

namespace sotto::testing {

/// More allocations than any operation makes.
inline constexpr std::size_t most_allocations = 2'000;

/// What an operation may do without memory that it asks for: nothing, or its main part.
enum class Without : std::uint8_t { nothing, something };

/// One scene, whose operation meets no memory at the allocation `fail_at` and is then repeated with
/// memory. Whether the operation came so far that it was refused any.
template <class Make, class Operation, class Image, class Expected>
bool starve_once(Make& make, Operation& operation, Image& image, const Expected& expected,
                 std::size_t fail_at, HeapWatch::Refused refused, Without without) {
  SCOPED_TRACE(::testing::Message()
               << "allocation " << fail_at
               << (refused == HeapWatch::Refused::one ? "" : " and all after"));
  auto scene = make();
  const auto before = image(*scene);
  std::optional<Error> error;
  bool struck = false;
  {
    const HeapWatch watch(fail_at, refused);
    error = operation(*scene);
    struck = watch.count() > fail_at;
  }
  if (without == Without::nothing) {
    EXPECT_EQ(error.has_value(), struck) << "done, without the memory that it takes";
  }
  if (error) {
    EXPECT_EQ(*error, Error::out_of_memory);
    EXPECT_TRUE(image(*scene) == before) << "an operation that failed changed something";
    const auto again = operation(*scene);
    EXPECT_EQ(again, std::nullopt) << "the same again, with memory";
  }
  EXPECT_TRUE(image(*scene) == expected) << "not what comes of it with memory";
  return struck;
}

/// `make` gives a pointer to a scene, always the same one; `operation` does something to it and
/// answers an error or none; `image` is all that can be seen of the scene. With every allocation of
/// the operation failing in turn, alone and with all that follow: the error is `out_of_memory`, the
/// scene looks as before, the same again succeeds, and no block is left over. Returns how many
/// allocations the operation makes.
template <class Make, class Operation, class Image>
std::size_t starve(Make make, Operation operation, Image image,
                   Without without = Without::nothing) {
  const auto expected = [&] {
    auto scene = make();
    static_cast<void>(image(*scene));  // As below: a look at a scene may be a step of it.
    EXPECT_EQ(operation(*scene), std::nullopt);
    return image(*scene);
  }();
  std::size_t points = 0;
  for (const auto refused : {HeapWatch::Refused::one, HeapWatch::Refused::rest})
    for (points = 0; points < most_allocations && !::testing::Test::HasFailure(); ++points) {
      bool struck = true;
      std::size_t left = 1;
      // What is set up once for the whole program is no leak: it does not come a second time.
      for (int times = 0; times < 2 && left != 0; ++times) {
        const std::size_t blocks = blocks_in_use();
        struck = starve_once(make, operation, image, expected, points, refused, without);
        left = blocks_in_use() - blocks;
      }
      EXPECT_EQ(left, 0U) << "blocks left over after allocation " << points;
      if (!struck) break;
    }
  EXPECT_LT(points, most_allocations);
  return points;
}

/// Takes what `result` holds, or answers its error.
template <class T>
std::optional<Error> keep(std::optional<T>& place, Result<T>&& result) {
  if (!result) return result.error();
  place.emplace(*std::move(result));
  return std::nullopt;
}

/// Starves `create`, which makes a `T` or answers an error.
template <class T>
std::size_t made_or_not(auto&& create) {
  return starve([] { return std::make_unique<std::optional<T>>(); },
                [&](std::optional<T>& place) { return keep(place, create()); },
                [](const std::optional<T>& place) { return place.has_value(); });
}

}  // namespace sotto::testing
