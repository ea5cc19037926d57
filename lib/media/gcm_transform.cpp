// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/gcm_transform.hpp"

#include <utility>

#include <sotto/backend.hpp>

#include "crypto/nonce.hpp"
#include "media/srtp_kdf.hpp"

namespace sotto::media {
namespace {

constexpr std::size_t max_key_bytes = 32;

}  // namespace

Result<GcmTransform> GcmTransform::from_master(Bytes master_key, GcmSalt master_salt,
                                               SrtpLabel first) noexcept {
  if (master_key.size() != 16 && master_key.size() != max_key_bytes)
    return std::unexpected(Error::malformed);
  // Without its backend the derivation would end the process.
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const KdfSalt salt = pad_gcm_salt(master_salt);
  const auto session_key = Secret<struct SrtpSessionKeyRole, max_key_bytes>::made_by(
      [&](std::span<std::uint8_t, max_key_bytes> out) {
        derive_srtp(out.first(master_key.size()), master_key, salt, first);
      });
  auto session_salt = SessionSalt::made_by([&](MutableBytes out) {
    derive_srtp(out, master_key, salt, static_cast<SrtpLabel>(std::to_underlying(first) + 2));
  });
  return from_session(session_key.expose().first(master_key.size()), std::move(session_salt));
}

Result<GcmTransform> GcmTransform::from_session(Bytes session_key,
                                                SessionSalt&& session_salt) noexcept {
  auto aead = crypto::AesGcm::create(session_key);
  if (!aead) return std::unexpected(aead.error());
  return GcmTransform(std::move(*aead), std::move(session_salt));
}

void GcmTransform::seal(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                        Bytes payload) const noexcept {
  aead_.seal(out, iv(ssrc, index).expose(), payload, header);
}

Result<void> GcmTransform::open(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                                Bytes sealed) const noexcept {
  return aead_.open(out, iv(ssrc, index).expose(), sealed, header);
}

/// (0000 || SSRC || ROC || SEQ) XOR salt [RFC7714-8.1-1] [RFC7714-10-1].
GcmTransform::Iv GcmTransform::iv(Ssrc ssrc, PacketIndex index) const noexcept {
  return Iv::made_by([&](std::span<std::uint8_t, 12> iv) {
    // SEQ and ROC are the index.
    const std::uint64_t front = std::uint64_t{std::to_underlying(ssrc)} << 16 | index.value >> 32;
    crypto::make_nonce(iv, salt_.expose(), front, static_cast<std::uint32_t>(index.value));
  });
}

}  // namespace sotto::media
