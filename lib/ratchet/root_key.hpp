// SPDX-License-Identifier: MIT OR Apache-2.0
/// The root step: a Diffie-Hellman result makes a new root key and a new chain.
#pragma once

#include <sotto/error.hpp>
#include <sotto/keys.hpp>

#include "crypto/x25519.hpp"
#include "ratchet/suite.hpp"

namespace sotto::ratchet {

struct RootStep {
  RootKey root;
  ChainKey chain;
};

/// KDF_RK(rk, dh_out) [DR-3.1-3, DR-5.2-2]: HKDF with `root` as salt, 64 bytes, root key || chain
/// key.
[[nodiscard]] RootStep step_root(const Suite& suite, const RootKey& root,
                                 const crypto::SharedSecret& shared) noexcept;

/// A root step over DH(ours, theirs) [DR-3.5-6, one half]. Errors: `weak_key`.
[[nodiscard]] Result<RootStep> step_root(const Suite& suite, const RootKey& root,
                                         const RatchetKeyPair& ours,
                                         const RatchetPublic& theirs) noexcept;

}  // namespace sotto::ratchet
