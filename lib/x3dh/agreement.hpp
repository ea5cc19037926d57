// SPDX-License-Identifier: MIT OR Apache-2.0
/// The agreement with its randomness given: what vectors drive.
#pragma once

#include <sotto/x3dh.hpp>

namespace sotto::x3dh {

/// `initiate` with the ephemeral pair at hand, which is consumed [X3DH §3.3].
/// Errors: `own_identity`, `weak_key`.
[[nodiscard]] Result<Initiated> initiate_with(const IdentityKeyPair& ours,
                                              const VerifiedBundle& bundle,
                                              EphemeralKeyPair&& ephemeral) noexcept;

}  // namespace sotto::x3dh
