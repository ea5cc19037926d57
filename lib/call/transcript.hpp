// SPDX-License-Identifier: MIT OR Apache-2.0
/// What both ends have said, as hashes. A key that is derived under one of them is the same at both
/// ends only if every byte of it was.
#pragma once

#include "call/messages.hpp"

namespace sotto::call {

using Transcript = Public<struct CallTranscriptRole, 32>;

/// SHA-256("sotto call 1 commit" || call id || caller's key || nonce) [MK-8-1].
[[nodiscard]] Commitment commitment_to(const CallId& id, const CallPublic& key,
                                       std::span<const std::uint8_t, 32> nonce) noexcept;

/// T0 = SHA-256("sotto call 1 transcript" || size(2) || offer || size(2) || answer without its MAC
/// || caller's identity || callee's identity) [MK-4-1].
[[nodiscard]] Transcript first_transcript(Bytes offer, Bytes answer_body,
                                          const CallIdentities& identities) noexcept;

/// T' = SHA-256("sotto call 1 rekey" || T || size(2) || rekey without its MAC || size(2) || its
/// answer without its MAC) [MK-6-1].
[[nodiscard]] Transcript next_transcript(const Transcript& before, Bytes rekey_body,
                                         Bytes answer_body) noexcept;

}  // namespace sotto::call
