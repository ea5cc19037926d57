// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages that nobody sent, made by somebody in the middle from those on their way.
#pragma once

#include "party.hpp"

namespace sotto::prop {

/// Another counter, another ratchet key, or another version.
[[nodiscard]] Parcel forged_signal(const Parcel& parcel, std::uint32_t how);

/// A first message with one part replaced; `identity` is somebody's.
[[nodiscard]] Parcel forged_prekey(const Parcel& parcel, std::uint32_t how,
                                   const model::Key& identity);

[[nodiscard]] Parcel unwrapped(const Parcel& parcel);
[[nodiscard]] Parcel wrapped(const Parcel& parcel, const model::Key& base_key,
                             const model::Key& identity);

}  // namespace sotto::prop
