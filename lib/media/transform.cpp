// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/transform.hpp"

#include <algorithm>
#include <cstring>

namespace sotto::media {
namespace {

constexpr std::size_t word_bytes = 4;
constexpr std::size_t control_header_bytes = 8;

ControlWord big_endian(std::uint32_t value) noexcept {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// What an AEAD authenticates of an RTCP packet: its first 8 bytes and the word behind it
/// [RFC7714-9-1].
std::array<std::uint8_t, control_header_bytes + word_bytes> control_associated(
    Bytes header, const ControlWord& word) noexcept {
  std::array<std::uint8_t, control_header_bytes + word_bytes> bytes;
  std::memcpy(bytes.data(), header.data(), control_header_bytes);
  std::memcpy(bytes.data() + control_header_bytes, word.data(), word_bytes);
  return bytes;
}

void put(MutableBytes out, Bytes bytes) noexcept {
  if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

}  // namespace

ControlWord control_word(PacketIndex index) noexcept {
  constexpr std::uint32_t encrypted = std::uint32_t{1} << 31;
  return big_endian(encrypted | static_cast<std::uint32_t>(index.value));
}

Result<Transform> Transform::from_master(SrtpProfile profile, Bytes key, Bytes salt, Use use,
                                         const Mki& mki, const ExtensionIds& encrypted) noexcept {
  const SrtpSizes sizes = srtp_sizes(profile);
  if (sizes.key == 0 || key.size() != sizes.key || salt.size() != sizes.salt)
    return std::unexpected(Error::malformed);
  const SrtpLabel first = use == Use::rtp ? SrtpLabel::rtp_encryption : SrtpLabel::rtcp_encryption;
  const KdfSalt kdf_salt =
      sizes.salt == 12 ? pad_gcm_salt(salt.first<12>()) : KdfSalt(salt.first<14>());
  std::optional<ExtensionCipher> extensions;
  if (use == Use::rtp && !encrypted.empty()) {
    auto made = ExtensionCipher::from_master(key, kdf_salt, sizes.salt, encrypted);
    if (!made) return std::unexpected(made.error());
    extensions = *std::move(made);
  }
  const auto completed = [&](Transform&& transform) {
    transform.profile_ = profile;
    transform.mki_ = mki;
    transform.print_ = print_of(key, salt);
    transform.extensions_ = std::move(extensions);
    return std::move(transform);
  };
  if (sizes.salt == 12) {
    auto gcm = GcmTransform::from_master(key, salt.first<12>(), first);
    if (!gcm) return std::unexpected(gcm.error());
    return completed(*std::move(gcm));
  }
  auto cm = CmTransform::from_master(key, kdf_salt, first,
                                     use == Use::rtp ? sizes.srtp_tag : sizes.srtcp_tag);
  if (!cm) return std::unexpected(cm.error());
  return completed(*std::move(cm));
}

std::size_t Transform::behind_mki() const noexcept {
  return std::holds_alternative<GcmTransform>(kind_) ? 0 : tag_bytes();
}

std::size_t Transform::tag_bytes() const noexcept {
  const auto* const cm = std::get_if<CmTransform>(&kind_);
  return cm == nullptr ? GcmTransform::tag_bytes : cm->tag_bytes();
}

void Transform::seal(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                     Bytes payload) const noexcept {
  if (const auto* const gcm = std::get_if<GcmTransform>(&kind_); gcm != nullptr) {
    gcm->seal(out.first(out.size() - mki_.size()), ssrc, index, header, payload);
    put(out.last(mki_.size()), mki_.bytes());
    return;
  }
  const auto& cm = *std::get_if<CmTransform>(&kind_);
  const MutableBytes ciphertext = out.first(payload.size());
  cm.apply(ciphertext, ssrc, index, payload);
  put(out.subspan(payload.size(), mki_.size()), mki_.bytes());
  cm.tag(out.last(cm.tag_bytes()), header, ciphertext, big_endian(index.roc()));
}

Result<void> Transform::open(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                             Bytes sealed) const noexcept {
  if (const auto* const gcm = std::get_if<GcmTransform>(&kind_); gcm != nullptr)
    return gcm->open(out, ssrc, index, header, sealed.first(sealed.size() - mki_.size()));
  const auto& cm = *std::get_if<CmTransform>(&kind_);
  const Bytes ciphertext = sealed.first(sealed.size() - overhead_bytes());
  if (!cm.is_right(sealed.last(cm.tag_bytes()), header, ciphertext, big_endian(index.roc())))
    return std::unexpected(Error::authentication_failed);
  cm.apply(out, ssrc, index, ciphertext);
  return {};
}

void Transform::seal_control(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                             Bytes payload) const noexcept {
  const ControlWord word = control_word(index);
  if (const auto* const gcm = std::get_if<GcmTransform>(&kind_); gcm != nullptr) {
    const std::size_t sealed = payload.size() + GcmTransform::tag_bytes;
    gcm->seal(out.first(sealed), ssrc, index, control_associated(header, word), payload);
    put(out.subspan(sealed, word_bytes), word);
    put(out.last(mki_.size()), mki_.bytes());
    return;
  }
  const auto& cm = *std::get_if<CmTransform>(&kind_);
  const MutableBytes ciphertext = out.first(payload.size());
  cm.apply(ciphertext, ssrc, index, payload);
  put(out.subspan(payload.size(), word_bytes), word);
  put(out.subspan(payload.size() + word_bytes, mki_.size()), mki_.bytes());
  cm.tag(out.last(cm.tag_bytes()), header, ciphertext, word);
}

std::span<const std::uint8_t, 4> Transform::control_word_of(Bytes sealed) const noexcept {
  return sealed.first(sealed.size() - behind_mki() - mki_.size()).last<word_bytes>();
}

Result<void> Transform::open_control(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                                     Bytes sealed) const noexcept {
  const ControlWord word = control_word(index);
  if (const auto* const gcm = std::get_if<GcmTransform>(&kind_); gcm != nullptr)
    return gcm->open(out, ssrc, index, control_associated(header, word),
                     sealed.first(sealed.size() - word_bytes - mki_.size()));
  const auto& cm = *std::get_if<CmTransform>(&kind_);
  const Bytes ciphertext = sealed.first(sealed.size() - word_bytes - overhead_bytes());
  if (!cm.is_right(sealed.last(cm.tag_bytes()), header, ciphertext, word)) {
    wipe(out);
    return std::unexpected(Error::authentication_failed);
  }
  cm.apply(out, ssrc, index, ciphertext);
  return {};
}

}  // namespace sotto::media
