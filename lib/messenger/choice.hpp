// SPDX-License-Identifier: MIT OR Apache-2.0
/// A choice of devices as bytes: in every letter, and in a conversation's row.
#pragma once

#include <cstddef>

#include <sotto/bytes.hpp>
#include <sotto/conversation.hpp>
#include <sotto/error.hpp>

#include "base/writer.hpp"

namespace sotto::messenger {

[[nodiscard]] std::size_t choice_size(const DeviceChoice& choice) noexcept;
void put_choice(base::Writer& writer, const DeviceChoice& choice) noexcept;

struct ReadChoice {
  DeviceChoice choice;
  Bytes rest;  ///< what stands behind it
};
/// The choice in front of `bytes` [CV-2-1]. Errors: `malformed`, `unsupported_version`.
[[nodiscard]] Result<ReadChoice> read_choice(Bytes bytes) noexcept;

}  // namespace sotto::messenger
