// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who is at the other end.
#pragma once

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

}  // namespace sotto
