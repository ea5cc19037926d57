// SPDX-License-Identifier: MIT OR Apache-2.0
/// The floor: the bare calls of the backends that an operation cannot avoid, and nothing else.
///
/// No session, no allocation, no wiping, no checks: what is left of an operation when only its
/// cryptography is counted. SHA-256 is called block by block on ready states, so that no hash is
/// set up twice. The backend is reached through the library's own table, for a second copy of it in
/// the process would be measured against the first one's caches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crypto/boring.hpp"

namespace sotto::bench {

/// HMAC-SHA256 on saved states.
struct FloorHmac {
  std::array<std::uint32_t, 8> inner;
  std::array<std::uint32_t, 8> outer;

  /// From a key of 32 bytes: two blocks.
  explicit FloorHmac(const std::uint8_t* key) noexcept;

  /// Of a message that stands at the front of `block`, `used` < 56 bytes, with zeros or an earlier
  /// and shorter message's padding behind it: two blocks.
  void one_block(std::uint8_t* out, std::array<std::uint8_t, 64>& block,
                 std::size_t used) const noexcept;

  /// Of `size` bytes, behind which there is room for the padding, at most 72 bytes.
  void in_place(std::uint8_t* out, std::uint8_t* bytes, std::size_t size) const noexcept;
};

/// HKDF of 32 bytes, `blocks` * 32 bytes out.
void floor_hkdf(std::uint8_t* out, std::size_t blocks, const FloorHmac& salt,
                const std::uint8_t* input, std::string_view info) noexcept;

/// One end of a ratchet's chain. The associated data stand in front of the message in one buffer.
class FloorChain {
 public:
  static constexpr std::size_t associated_bytes = 66;
  static constexpr std::size_t header_bytes = 41;
  static constexpr std::size_t mac_bytes = 8;

  FloorChain(std::span<const std::uint8_t, 32> chain_key,
             std::span<const std::uint8_t, associated_bytes> associated,
             std::size_t most_plaintext);

  /// Chain step, message keys, AES-CBC, MAC. The message stays in the chain's buffer.
  std::span<const std::uint8_t> encrypt(std::span<const std::uint8_t> plaintext,
                                        std::uint32_t n) noexcept;

  /// The same back. Ends the process when the MAC is wrong.
  void decrypt(std::span<const std::uint8_t> message, std::uint8_t* out) noexcept;

  /// One chain step alone: 6 blocks. Leaves the message's seed in `seed`.
  void step(std::uint8_t* seed) noexcept;

  /// Go on from another chain key.
  void restart(const std::uint8_t* chain_key) noexcept;

 private:
  std::array<std::uint8_t, 32> chain_;
  FloorHmac zero_salt_;
  std::vector<std::uint8_t> frame_;
};

/// A whole step of the Diffie-Hellman ratchet: two agreements, a key pair, two root steps. Leaves
/// the second chain key in `chain`.
void floor_turn(std::uint8_t* root, std::uint8_t* chain, std::uint8_t* our_secret,
                std::uint8_t* our_public, const std::uint8_t* their_public) noexcept;

/// The floor computes what the library does: the same message out of the same seed. Ends the
/// process if not.
void check_floor();

}  // namespace sotto::bench
