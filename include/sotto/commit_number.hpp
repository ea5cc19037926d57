// SPDX-License-Identifier: MIT OR Apache-2.0
/// How many commits a device has made.
#pragma once

#include <cstdint>

#include <sotto/language.hpp>

namespace sotto {

/// The number of a device's commit: 1 is the one that created it. It is sealed in the store, so
/// unlike the store's own `Revision` nobody without the storage key can set it.
enum class CommitNumber : std::uint64_t {};

}  // namespace sotto
