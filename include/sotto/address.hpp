// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who is at the other end.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <sotto/language.hpp>

namespace sotto {

/// Number of a device among those of one user.
enum class DeviceId : std::uint32_t {};

/// A number that an installation draws once, so that its peers notice when it was set up anew.
/// Signal uses 14 bits.
enum class RegistrationId : std::uint32_t {};

/// One device of one user, as the app names them. `name` is 1 to `max_name_bytes` bytes of any
/// content, and is viewed, not owned.
struct Address {
  static constexpr std::size_t max_name_bytes = 255;

  constexpr Address(std::string_view named, DeviceId numbered) noexcept
      : name(named), device(numbered) {}
  /// Not of a string that ends before the address does.
  template <class Owner>
    requires(!std::is_reference_v<Owner> && !std::is_trivially_copyable_v<Owner>)
  Address(Owner&& name, DeviceId device) = delete;

  std::string_view name;
  DeviceId device;
};

/// The name of an account in a struct that lasts: a copy, so that the text may end before it.
class AccountName {
 public:
  /// No name.
  constexpr AccountName() noexcept = default;
  /// Of a text of up to `Address::max_name_bytes`; one that is longer does not fit, and what takes
  /// a name refuses it.
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  // NOLINTNEXTLINE(*-explicit-*): a name is written as a text
  constexpr AccountName(const Text& name) noexcept {
    const std::string_view text = name;
    size_ = std::min(text.size(), bytes_.size());
    std::ranges::copy(text.substr(0, size_), bytes_.begin());
  }

  [[nodiscard]] constexpr bool fits() const noexcept { return size_ <= Address::max_name_bytes; }
  /// The name, as long as this object stands; cut when it does not fit.
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, Address::max_name_bytes + 1> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace sotto
