// SPDX-License-Identifier: MIT OR Apache-2.0
/// The name of an upload of prekeys, which says what was uploaded and whose it is: what one store
/// uploaded is not acknowledged in another, nor after the store went back and made others
/// [SES-8-5].
///
///   id = tag(32 bits) number(32 bits)
///
/// The number is a digest of the content, and not 0; the tag one of the identity key and number.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <sotto/prekeys.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::session {

[[nodiscard]] std::uint32_t upload_number(const Bundle& signed_prekey,
                                          std::span<const Bundle::OneTime> one_time,
                                          bool replaces) noexcept;

/// 0 for the number 0.
[[nodiscard]] UploadId upload_id(const IdentityPublic& owner, std::uint32_t number) noexcept;

/// The number in an id, or nothing when it is none of this owner.
[[nodiscard]] std::optional<std::uint32_t> number_of(UploadId id,
                                                     const IdentityPublic& owner) noexcept;

}  // namespace sotto::session
