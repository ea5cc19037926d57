// SPDX-License-Identifier: MIT OR Apache-2.0
/// Views of bytes: what every function here takes and fills.
#pragma once

#include <cstdint>
#include <span>

#include <sotto/language.hpp>

namespace sotto {

/// Bytes to read. Never owns; must outlive the call it is given to, no longer.
using Bytes = std::span<const std::uint8_t>;

/// Bytes to fill. Never owns.
using MutableBytes = std::span<std::uint8_t>;

}  // namespace sotto
