// SPDX-License-Identifier: MIT OR Apache-2.0
/// Elements of RTP header extensions that only the peer can read [RFC 6904].
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include <sotto/srtp.hpp>

#include "crypto/aes_ctr.hpp"
#include "media/packet_index.hpp"
#include "media/rtp_packet.hpp"
#include "media/srtp_kdf.hpp"

namespace sotto::media {

/// Which elements are encrypted, by their ids in RFC 8285: 1 to 255.
class ExtensionIds {
 public:
  constexpr ExtensionIds() noexcept = default;
  /// Errors: `malformed` (0, which is padding).
  [[nodiscard]] static Result<ExtensionIds> create(Bytes ids) noexcept;

  [[nodiscard]] bool contains(std::uint8_t id) const noexcept {
    return (bits_[id / word_bits] >> id % word_bits & 1) != 0;
  }
  [[nodiscard]] bool empty() const noexcept { return *this == ExtensionIds{}; }
  friend bool operator==(const ExtensionIds&, const ExtensionIds&) noexcept = default;

 private:
  static constexpr unsigned word_bits = 64;
  std::array<std::uint64_t, 4> bits_{};
};

/// The header keys of one direction and what they are for. Under AES-GCM the keystream is that of
/// AES in counter mode as well [RFC7714-8.3-1].
class ExtensionCipher {
 public:
  /// Derive k_he and k_hs, labels 6 and 7 [RFC6904-3-1]. `master_key` is 16 or 32 bytes, and so is
  /// k_he; k_hs has `salt_bytes`, as many as the profile's salt: 12 or 14 [RFC6904-3-5].
  /// Errors: `malformed`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<ExtensionCipher> from_master(Bytes master_key,
                                                           const KdfSalt& master_salt,
                                                           std::size_t salt_bytes,
                                                           const ExtensionIds& ids) noexcept;

  /// Whether what is to be encrypted can be found in a header, all of which `header` is: there is
  /// no extension, or it is one of RFC 8285 in either form whose elements fill it exactly. Element
  /// 15 of the one-byte form, and a padding byte that has a length, end it: what stands behind them
  /// is no element to any receiver, and stays as it is [RFC8285-4.2-1]. Errors: `malformed`.
  [[nodiscard]] static Result<void> check(Bytes header) noexcept;

  [[nodiscard]] const ExtensionIds& ids() const noexcept { return ids_; }

  /// Encrypt or decrypt in place. `header` has passed `check`. No heap.
  void apply(MutableBytes header, Ssrc ssrc, PacketIndex index) const noexcept;

 private:
  using Salt = Secret<struct SrtpHeaderSaltRole, 14>;
  ExtensionCipher(crypto::AesCtr&& cipher, Salt&& salt, const ExtensionIds& ids) noexcept
      : cipher_(std::move(cipher)), salt_(std::move(salt)), ids_(ids) {}

  crypto::AesCtr cipher_;
  Salt salt_;
  ExtensionIds ids_;
};

}  // namespace sotto::media
