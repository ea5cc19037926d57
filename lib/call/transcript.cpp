// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/transcript.hpp"

#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"

namespace sotto::call {
namespace {

void add_sized(crypto::Sha256& hash, Bytes bytes) noexcept {
  const std::uint8_t size[] = {static_cast<std::uint8_t>(bytes.size() >> 8),
                               static_cast<std::uint8_t>(bytes.size())};
  hash.update(size);
  hash.update(bytes);
}

template <class Digest>
Digest finish(crypto::Sha256& hash) noexcept {
  crypto::Sha256Digest digest;
  hash.finish(digest);
  return Digest(digest);
}

}  // namespace

Commitment commitment_to(const CallId& id, const CallPublic& key,
                         std::span<const std::uint8_t, 32> nonce) noexcept {
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto call 1 commit"));
  hash.update(id.bytes());
  hash.update(key.bytes());
  hash.update(nonce);
  return finish<Commitment>(hash);
}

Transcript first_transcript(Bytes offer, Bytes answer_body,
                            const CallIdentities& identities) noexcept {
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto call 1 transcript"));
  add_sized(hash, offer);
  add_sized(hash, answer_body);
  hash.update(identities.caller.bytes());
  hash.update(identities.callee.bytes());
  return finish<Transcript>(hash);
}

Transcript next_transcript(const Transcript& before, Bytes rekey_body, Bytes answer_body) noexcept {
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto call 1 rekey"));
  hash.update(before.bytes());
  add_sized(hash, rekey_body);
  add_sized(hash, answer_body);
  return finish<Transcript>(hash);
}

}  // namespace sotto::call
