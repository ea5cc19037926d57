// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages, bundles and snapshots as text for people. All of it is public: whoever carries the
/// bytes sees as much.
#pragma once

#include <optional>
#include <string>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::cli {

enum class Form { signal, prekey, bundle, snapshot };

/// The public fields of `bytes`, a line each, read as `form`; nullopt takes the form that they
/// have. Errors: `malformed`, `unsupported_version`.
[[nodiscard]] Result<std::string> readable(Bytes bytes, std::optional<Form> form);

}  // namespace sotto::cli
