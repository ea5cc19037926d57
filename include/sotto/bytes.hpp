// SPDX-License-Identifier: MIT OR Apache-2.0
/// Views of bytes: what every function here takes and fills.
#pragma once

#include <concepts>
#include <cstdint>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

#include <sotto/language.hpp>

namespace sotto {

/// Bytes to read. Never owns; must outlive the call it is given to, no longer.
using Bytes = std::span<const std::uint8_t>;

/// Bytes to fill. Never owns.
using MutableBytes = std::span<std::uint8_t>;

/// A view that stands in a struct, as `Viewed<Bytes>`. The struct may last longer than the
/// statement in which it is filled, so that the view is not made of a container that ends there:
/// what a function returns is given a name first.
template <class View>
struct Viewed : View {
  constexpr Viewed() noexcept = default;
  template <class Owner>
    requires(!std::same_as<std::remove_cvref_t<Owner>, Viewed>) &&
            std::convertible_to<Owner, View> &&
            (std::ranges::borrowed_range<Owner> || std::is_pointer_v<std::decay_t<Owner>>)
  // NOLINTNEXTLINE(*-explicit-*): it is the view
  constexpr Viewed(Owner&& owner) noexcept : View(std::forward<Owner>(owner)) {}
};

}  // namespace sotto

template <class View>
inline constexpr bool std::ranges::enable_borrowed_range<sotto::Viewed<View>> = true;
