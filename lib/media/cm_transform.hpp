// SPDX-License-Identifier: MIT OR Apache-2.0
/// The packet transform of AES in counter mode with HMAC-SHA1 [RFC 3711 §4.1.1, §4.2.1; RFC 6188].
#pragma once

#include <cstddef>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/hmac_sha1.hpp"
#include "media/packet_index.hpp"
#include "media/rtp_packet.hpp"
#include "media/srtp_kdf.hpp"

namespace sotto::media {

/// Session keys of one direction of RTP, or of RTCP. It knows of no state: which index is allowed,
/// others decide.
class CmTransform {
 public:
  static constexpr std::size_t most_tag_bytes = 10;

  /// Derive the session keys under the labels of RTP (`first` is `rtp_encryption`) or of RTCP
  /// (`rtcp_encryption`) [RFC3711-4.3.1-1]. `master_key` is 16 or 32 bytes, `tag_bytes` 4 or 10.
  /// Errors: `malformed` for other sizes, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<CmTransform> from_master(Bytes master_key, const KdfSalt& master_salt,
                                                       SrtpLabel first,
                                                       std::size_t tag_bytes) noexcept;

  [[nodiscard]] std::size_t tag_bytes() const noexcept { return tag_bytes_; }

  /// Encrypt or decrypt: `out` is `in` or shares nothing with it.
  void apply(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes in) const noexcept;

  /// Write the tag, `tag_bytes()` of it, over header || ciphertext || trailer: ROC of an RTP packet
  /// [RFC3711-4.2-1], E and index of an RTCP packet.
  void tag(MutableBytes out, Bytes header, Bytes ciphertext, Bytes trailer) const noexcept;

  /// Whether `tag` is that of these bytes, in constant time.
  [[nodiscard]] bool is_right(Bytes tag, Bytes header, Bytes ciphertext,
                              Bytes trailer) const noexcept;

 private:
  using Salt = Secret<struct SrtpCmSaltRole, 14>;
  CmTransform(crypto::AesCtr&& cipher, crypto::HmacSha1Key&& mac, Salt&& salt,
              std::size_t tag_bytes) noexcept
      : cipher_(std::move(cipher)),
        mac_(std::move(mac)),
        salt_(std::move(salt)),
        tag_bytes_(tag_bytes) {}

  crypto::AesCtr cipher_;
  crypto::HmacSha1Key mac_;
  Salt salt_;
  std::size_t tag_bytes_;
};

}  // namespace sotto::media
