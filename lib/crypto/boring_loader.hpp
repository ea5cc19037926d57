// SPDX-License-Identifier: MIT OR Apache-2.0
/// Finding BoringSSL's library and loading a private copy of it (docs/decisions/0002).
#pragma once

#include "crypto/boring.hpp"
#include "crypto/report.hpp"

namespace sotto::crypto {

/// Fill `table` from the file `path`. When it is empty: from the library that the build linked in,
/// or else from the first of `boringssl_places` that is good. Each place gets a line in `report`.
/// False when none was good; `table` must not be used then.
[[nodiscard]] bool load_boring(Boring& table, const char* path, Report& report) noexcept;

}  // namespace sotto::crypto
