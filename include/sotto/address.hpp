// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who is at the other end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

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

  std::string_view name;
  DeviceId device;
};

}  // namespace sotto
