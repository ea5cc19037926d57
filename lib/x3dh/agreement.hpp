// SPDX-License-Identifier: MIT OR Apache-2.0
/// The initiator's side with its randomness given: what vectors drive.
#pragma once

#include <sotto/x3dh.hpp>

namespace sotto::x3dh {

/// `initiate` with the ephemeral pair at hand, which is consumed, also by a failure: a pair serves
/// one run [X3DH-2.4-3]. Errors: `own_identity`, `weak_key` (a pair of ours was moved from),
/// `entropy_failed` (the ephemeral key is not fresh: it is one of the other keys of the run).
[[nodiscard]] Result<Initiated> initiate_with(const IdentityKeyPair& ours,
                                              const VerifiedBundle& verified,
                                              EphemeralKeyPair&& ephemeral,
                                              OwnIdentity own = OwnIdentity::refused) noexcept;

}  // namespace sotto::x3dh
