// SPDX-License-Identifier: MIT OR Apache-2.0
/// One key of a suite, set up once: seals and opens single frames. Which counter is allowed, others
/// decide.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include <sotto/sframe.hpp>

#include "crypto/aes_gcm.hpp"
#include "sframe/schedule.hpp"

namespace sotto::sframe {

class Cipher {
 public:
  /// Errors: `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Cipher> create(const Suite& suite, SframeKid kid,
                                             Bytes base_key) noexcept;
  /// The same of known keys.
  [[nodiscard]] static Result<Cipher> from_keys(const Suite& suite, FrameKeys&& keys) noexcept;
  Cipher(Cipher&&) noexcept;
  Cipher& operator=(Cipher&&) noexcept;
  ~Cipher();

  /// What a frame is bound to besides its plaintext [RFC9605-4.4.3-1].
  struct Frame {
    std::uint64_t counter;
    Bytes header;
    Bytes metadata;  ///< at most `sframe_max_metadata_bytes`
  };

  /// A hash that tells this key from every other of its KID, and nothing about it.
  [[nodiscard]] std::array<std::uint8_t, 8> mark() const noexcept;

  /// Write ciphertext || tag into `out`, as much longer than `plaintext` as the tag is. `out`
  /// starts where `plaintext` does or shares nothing with it.
  void seal(MutableBytes out, const Frame& frame, Bytes plaintext) const noexcept;

  /// Open ciphertext || tag into `out`, as much shorter. Errors: `authentication_failed` (`out` is
  /// then zeroed).
  [[nodiscard]] Result<void> open(MutableBytes out, const Frame& frame,
                                  Bytes sealed) const noexcept;

 private:
  struct CtrHmac;
  using Nonce = std::array<std::uint8_t, 12>;

  Cipher(const Suite& suite, FrameSalt&& salt) noexcept;
  [[nodiscard]] Nonce nonce(std::uint64_t counter) const noexcept;
  void tag(std::span<std::uint8_t, max_tag_bytes> out, const Nonce& nonce, const Frame& frame,
           Bytes ciphertext) const noexcept;

  const Suite* suite_;
  FrameSalt salt_;
  std::optional<crypto::AesGcm> gcm_;
  std::unique_ptr<CtrHmac> ctr_;
};

}  // namespace sotto::sframe
