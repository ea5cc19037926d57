// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/root_key.hpp"

#include <array>

#include "crypto/hkdf.hpp"

namespace sotto::ratchet {

RootStep step_root(const Suite& suite, const RootKey& root,
                   const crypto::SharedSecret& shared) noexcept {
  std::array<std::uint8_t, 64> okm;
  // [DR-5.2-2]
  crypto::hkdf_sha256(okm, crypto::HmacSha256Key(root.expose()), shared.expose(),
                      crypto::label(suite.root_info));
  const std::span bytes(okm);
  RootStep step{RootKey(bytes.first<32>()), ChainKey(bytes.last<32>())};
  wipe(okm);
  return step;
}

Result<RootStep> step_root(const Suite& suite, const RootKey& root, const RatchetKeyPair& ours,
                           const RatchetPublic& theirs) noexcept {
  // [DR-5.2-1], with weak keys refused [DR-3.1-2]
  const auto shared = crypto::agree(ours.secret_key(), theirs);
  if (!shared) return std::unexpected(shared.error());
  return step_root(suite, root, *shared);
}

}  // namespace sotto::ratchet
