// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device's store in a file, and what a person is told when it fails.
#pragma once

#include <string>

#include <sotto/sqlite_store.hpp>

#include "demo/failure.hpp"

namespace sotto::demo {

/// The store in the file, or a new one in a new file. Throws a `Failure` that names the file and
/// says what happened, as SQLite and the system tell it.
[[nodiscard]] SqliteStore open_store(const std::string& path);

/// The failure's text; behind it, if the store is why, what the store says of that.
[[nodiscard]] std::string told(const Failure& why, const Store& store);

}  // namespace sotto::demo
