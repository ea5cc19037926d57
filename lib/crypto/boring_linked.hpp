// SPDX-License-Identifier: MIT OR Apache-2.0
/// The BoringSSL that the build linked in, if it did (`-Dboringssl_archive`).
#pragma once

#include "crypto/boring.hpp"

extern "C" {

/// Its table, or null when the library is loaded at run time. Of all that the archive defines this
/// is the one name that is left: the build hides the others, which OpenSSL has as well.
[[nodiscard]] const sotto::crypto::Boring* sotto_linked_boring() noexcept;
}
