// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message as it lies at a post: protobuf, whose fields are all there, once, in their order.
///
///   1 from user (32)   2 from device   3 number   4 to user (32)   5 to device
///   6 conversation (32)   7 message (16)   8 kind: 1 prekey, 2 signal   9 bytes   10 tag (32)
#pragma once

#include <optional>

#include "talk/post.hpp"

namespace sotto::talk {

[[nodiscard]] Blob encode(const Parcel& parcel);
/// Nothing for bytes that `encode` would not make.
[[nodiscard]] std::optional<Parcel> decode_parcel(Bytes bytes);

}  // namespace sotto::talk
