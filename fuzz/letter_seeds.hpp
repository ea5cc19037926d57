// SPDX-License-Identifier: MIT OR Apache-2.0
/// Seeds of what travels between people: letters, and parcels around them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "input.hpp"

namespace sotto::fuzz {

using AddSeed = std::function<void(std::string_view target, const std::string& name, Bytes seed)>;

void letter_seeds(const AddSeed& add);

}  // namespace sotto::fuzz
