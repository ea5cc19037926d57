// SPDX-License-Identifier: MIT OR Apache-2.0
// The key schedule of the ratchet.
#include "crypto/hkdf.hpp"
#include "ratchet/chain_key.hpp"
#include "ratchet/message_keys.hpp"
#include "ratchet/root_key.hpp"
#include "ratchet/suite.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

/// One step of a chain, and the keys of the message that it passes [DR §5.2].
struct ChainStep {
  Key chain_key;
  Key cipher_key;
  Key mac_key;
  std::array<std::uint8_t, 16> iv;
  Key next_chain_key;

  static ChainStep read(Fields& fields) {
    return {fields.hex_of<32>("chain_key"), fields.hex_of<32>("cipher_key"),
            fields.hex_of<32>("mac_key"), fields.hex_of<16>("iv"),
            fields.hex_of<32>("next_chain_key")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    ChainKey chain(chain_key);
    const auto seed = ratchet::step_chain(ratchet::signal_v3, chain);
    checks.equal("next_chain_key", chain.expose(), next_chain_key);
    const auto keys = ratchet::MessageKeys::derive(ratchet::signal_v3, seed, crypto::zero_salt());
    checks.equal("cipher_key", keys.cipher_key(), cipher_key);
    checks.equal("mac_key", keys.mac_key(), mac_key);
    checks.equal("iv", keys.iv(), iv);
    ChainKey skipped(chain_key);
    ratchet::skip_step(ratchet::signal_v3, skipped);
    checks.equal("next_chain_key, the seed skipped", skipped.expose(), next_chain_key);
    return {};
  }
};

/// One root step over a Diffie-Hellman of ratchet keys [DR §5.2].
struct RootStep {
  Key root_key;
  Key our_secret;
  Key their_public;
  Key next_root_key;
  Key chain_key;

  static RootStep read(Fields& fields) {
    return {fields.hex_of<32>("root_key"), fields.hex_of<32>("our_secret"),
            fields.hex_of<32>("their_public"), fields.hex_of<32>("next_root_key"),
            fields.hex_of<32>("chain_key")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto ours = RatchetKeyPair::from_secret(Secret<struct RatchetRole, 32>(our_secret));
    if (!ours) return std::unexpected(ours.error());
    const auto step = ratchet::step_root(ratchet::signal_v3, RootKey(root_key), *ours,
                                         RatchetPublic(their_public));
    if (!step) return std::unexpected(step.error());
    checks.equal("next_root_key", step->root.expose(), next_root_key);
    checks.equal("chain_key", step->chain.expose(), chain_key);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"ratchet_chain_step", run_case<ChainStep>},
    {"ratchet_root_step", run_case<RootStep>},
};

}  // namespace

std::span<const Kind> ratchet_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
