// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/chain_key.hpp"

#include "crypto/hmac.hpp"

namespace sotto::ratchet {
namespace {

void next_key(const Suite& suite, ChainKey& chain, const crypto::HmacSha256Key& key) noexcept {
  chain = ChainKey::made_by(
      [&](std::span<std::uint8_t, 32> out) { key.mac(out, {Bytes(&suite.chain_input, 1)}); });
}

}  // namespace

MessageSeed step_chain(const Suite& suite, ChainKey& chain) noexcept {
  const crypto::HmacSha256Key key(chain.expose());
  next_key(suite, chain, key);
  return MessageSeed::made_by(
      [&](std::span<std::uint8_t, 32> out) { key.mac(out, {Bytes(&suite.seed_input, 1)}); });
}

void skip_step(const Suite& suite, ChainKey& chain) noexcept {
  const crypto::HmacSha256Key key(chain.expose());
  next_key(suite, chain, key);
}

Result<SendingChain::Spent> SendingChain::spend(const Suite& suite) noexcept {
  if (next_ == end_of_chain) return std::unexpected(Error::exhausted);
  const std::uint32_t n = next_++;
  return Spent{n, step_chain(suite, key_)};
}

}  // namespace sotto::ratchet
