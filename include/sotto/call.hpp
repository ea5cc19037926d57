// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of a call between two devices, agreed through messages that the ratchet carries.
///
/// Each side makes a fresh `CallKeyPair` and sends its public key to the other inside an encrypted
/// message; then both call `agree_on_call`. The schedule is that of Signal's 1:1 calls.
#pragma once

#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/srtp.hpp>

namespace sotto {

enum class CallSide : std::uint8_t { caller, callee };

/// The identities that a call is bound to. Both sides must name them alike.
struct CallIdentities {
  IdentityPublic caller;
  IdentityPublic callee;
};

/// Both directions of a call's media, as one side sees them.
struct CallMedia {
  SrtpSender sender;
  SrtpReceiver receiver;
};

/// Agree on media keys. Consumes our key pair, unless it fails: it serves one agreement, for a
/// second would seal different media under the same keys.
/// Errors: `weak_key` (their key, or ours was consumed before), `own_identity` (their key is ours,
/// or the two identities are one), `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<CallMedia> agree_on_call(CallSide side, CallKeyPair&& ours,
                                              const CallPublic& theirs,
                                              const CallIdentities& identities) noexcept;

}  // namespace sotto
