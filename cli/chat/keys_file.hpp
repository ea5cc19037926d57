// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device has outside its store, in a file that only its owner may read. An app would keep
/// this in the system's keyring.
#pragma once

#include <string>

#include "talk/member.hpp"

namespace sotto::chat {

/// The keys in the file, or new ones in a new file. Throws `Failure`.
[[nodiscard]] talk::Keys open_keys(const std::string& path);

}  // namespace sotto::chat
