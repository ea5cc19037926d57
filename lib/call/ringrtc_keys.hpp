// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of one step of a RingRTC sender's secret, and what they do to one frame.
#pragma once

#include <array>
#include <memory>

#include <sotto/ringrtc.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/hmac.hpp"

namespace sotto::call {

using RingrtcCipherKey = Secret<struct RingrtcCipherKeyRole, 32>;
using RingrtcMacKey = Secret<struct RingrtcMacKeyRole, 32>;

[[nodiscard]] RingrtcCipherKey ringrtc_cipher_key(const RingrtcSecret& secret) noexcept;
[[nodiscard]] RingrtcMacKey ringrtc_mac_key(const RingrtcSecret& secret) noexcept;
[[nodiscard]] RingrtcSecret ringrtc_next_secret(const RingrtcSecret& secret) noexcept;

/// What a receiver remembers of a secret that it let go. It tells nothing of it.
using RingrtcMemory = Public<struct RingrtcMemoryRole, 32>;
[[nodiscard]] RingrtcMemory ringrtc_memory(const RingrtcSecret& secret) noexcept;

/// What stands behind each frame's ciphertext.
struct RingrtcFooter {
  std::uint8_t step;
  std::uint32_t counter;
  std::array<std::uint8_t, 16> mac;
};

/// The MAC of a step alone: enough to tell whose a frame is.
class RingrtcMac {
 public:
  explicit RingrtcMac(const RingrtcSecret& secret) noexcept;

  /// HMAC-SHA256(IV || size of the ciphertext (4) || ciphertext || 4 zero bytes), cut to 16. The
  /// zeros are the size of associated data, of which this format has none.
  void tag(std::span<std::uint8_t, 16> out, std::uint32_t counter, Bytes ciphertext) const noexcept;
  [[nodiscard]] bool fits(const RingrtcFooter& footer, Bytes ciphertext) const noexcept;

 private:
  crypto::HmacSha256Key key_;
};

/// Both keys of one step, set up.
class RingrtcKeys {
 public:
  /// Errors: `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<std::unique_ptr<RingrtcKeys>> create(
      const RingrtcSecret& secret) noexcept;

  [[nodiscard]] const RingrtcMac& mac() const noexcept { return mac_; }

  /// AES-256-CTR from the counter block counter (8) || zeros (8). `out` is `in` or shares nothing
  /// with it.
  void apply(MutableBytes out, std::uint32_t counter, Bytes in) const noexcept;

 private:
  RingrtcKeys(crypto::AesCtr&& cipher, const RingrtcSecret& secret) noexcept;

  crypto::AesCtr cipher_;
  RingrtcMac mac_;
};

}  // namespace sotto::call
