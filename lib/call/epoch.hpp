// SPDX-License-Identifier: MIT OR Apache-2.0
/// The key schedule: from a transcript and a Diffie-Hellman to all keys of one epoch of a call.
#pragma once

#include <sotto/sotto_call.hpp>

#include "call/transcript.hpp"
#include "crypto/x25519.hpp"

namespace sotto::call {

using ChainSecret = Secret<struct CallChainRole, 32>;
using ConfirmKey = Secret<struct CallConfirmRole, 32>;
using CodeKey = Secret<struct CallCodeKeyRole, 32>;
/// Master key, 16 or 32 bytes by the profile, and salt, 12, behind each other; zeros behind them.
using SrtpKeys = Secret<struct CallSrtpRole, 44>;
using FrameKey = Secret<struct CallFrameRole, 32>;

/// What one side seals under, and nobody else [MK-5-1].
struct SideKeys {
  SrtpKeys srtp;
  FrameKey frames;
  ConfirmKey confirm;
};

struct EpochKeys {
  SideKeys caller;
  SideKeys callee;
  ChainSecret chain;  ///< what the next epoch follows from
  CodeKey code;
};

/// PRK = HKDF-Extract(salt T0, shared), and all keys of epoch 0 from it [MK-4-2].
[[nodiscard]] EpochKeys first_epoch(const Transcript& transcript,
                                    const crypto::SharedSecret& shared,
                                    const CallTerms& terms) noexcept;

/// PRK = HKDF-Extract(salt HMAC(chain, T'), shared), and all keys of `epoch` from it [MK-6-2].
[[nodiscard]] EpochKeys next_epoch(const ChainSecret& chain, const Transcript& transcript,
                                   const crypto::SharedSecret& shared, const CallTerms& terms,
                                   std::uint32_t epoch) noexcept;

/// HMAC-SHA256(confirm key, T || body) [MK-4-4].
[[nodiscard]] std::array<std::uint8_t, 32> confirmation(const ConfirmKey& key,
                                                        const Transcript& transcript,
                                                        Bytes body) noexcept;

}  // namespace sotto::call
