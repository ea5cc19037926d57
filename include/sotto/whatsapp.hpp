// SPDX-License-Identifier: MIT OR Apache-2.0
/// Call keys in the manner of WhatsApp: the caller draws one secret for each device that it rings
/// and sends it to that device inside a session; the call runs on that of the device which answers.
///
/// How far this is known. That the secret is random, of 32 bytes, drawn per device and sent in an
/// encrypted message, the vendor says (Meta, "How WhatsApp enables multi-device capability", 2021).
/// How SRTP keys follow from it nobody has published: the schedule below is what outsiders observed
/// of 1:1 calls, unofficially. Of group calls, keys of video frames and keys towards the server
/// less is known, and nothing of it is here.
///
/// What it lacks beside sotto's own call: whoever learns the secret has the call; no fresh
/// Diffie-Hellman, no binding to identities, devices or the offer, no new keys in the midst of a
/// call.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/call.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>
#include <sotto/srtp.hpp>

namespace sotto {

/// The secret of one call with one device.
using WhatsappCallSecret = Secret<struct WhatsappCallRole, 32>;

/// A fresh one from 32 bytes of `entropy`, for one device and one call.
/// Errors: `entropy_failed` (also: all zero).
[[nodiscard]] Result<WhatsappCallSecret> draw_whatsapp_secret(Entropy& entropy) noexcept;

/// The names of two devices in a call, as both sides write them; observed as "user:device@lid".
/// Views: they must outlive the call they are given to.
struct WhatsappParticipants {
  Viewed<Bytes> ours;
  Viewed<Bytes> theirs;
};
/// Bytes of a name at most, here; 1 at least.
inline constexpr std::size_t whatsapp_max_participant_bytes = 255;

/// Both directions of a call. Each participant seals under HKDF-SHA256(salt 32 zero bytes, secret,
/// info = its name), 46 bytes: master key 16, master salt 14, and 16 that are not used; with the
/// key derivation of RFC 3711 below. `profile` is AES_CM_128_HMAC_SHA1_80 or
/// AES_CM_128_HMAC_SHA1_32; what was observed is the second, a tag of 4 bytes on media and of 10 on
/// control packets, which one in 2^32 forgeries passes. Consumes the secret, unless it fails: it
/// serves one call. Errors: `malformed` (a name's size; not one of the two profiles),
/// `own_identity` (both names are one: then both directions would have the same keys), `weak_key`
/// (the secret is all zero, as a consumed one is), `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<CallMedia> start_whatsapp_media(
    WhatsappCallSecret&& secret, const WhatsappParticipants& participants,
    SrtpProfile profile = SrtpProfile::aes_cm_128_hmac_sha1_80) noexcept;

}  // namespace sotto
