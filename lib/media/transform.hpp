// SPDX-License-Identifier: MIT OR Apache-2.0
/// The packet transform of whichever profile: RTP and RTCP packets sealed and opened at an index.
#pragma once

#include <array>
#include <optional>
#include <variant>

#include <sotto/srtp.hpp>

#include "media/cm_transform.hpp"
#include "media/gcm_transform.hpp"
#include "media/header_extension.hpp"
#include "media/key_history.hpp"
#include "media/mki.hpp"

namespace sotto::media {

/// E and the 31-bit index behind an RTCP packet [RFC3711-3.4-1]. E says that it is encrypted; here
/// every packet is.
using ControlWord = std::array<std::uint8_t, 4>;
[[nodiscard]] ControlWord control_word(PacketIndex index) noexcept;

class Transform {
 public:
  enum class Use : std::uint8_t { rtp, rtcp };

  /// The session keys of a master. The sizes are the profile's. Packets carry `mki`; of RTP the
  /// header extension elements `encrypted` are encrypted.
  /// Errors: `malformed`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Transform> from_master(SrtpProfile profile, Bytes key, Bytes salt,
                                                     Use use, const Mki& mki = {},
                                                     const ExtensionIds& encrypted = {}) noexcept;

  // Both are transforms already.
  Transform(GcmTransform&& gcm) noexcept : kind_(std::move(gcm)) {}  // NOLINT(*-explicit-*)
  Transform(CmTransform&& cm) noexcept : kind_(std::move(cm)) {}     // NOLINT(*-explicit-*)

  [[nodiscard]] SrtpProfile profile() const noexcept { return profile_; }
  [[nodiscard]] const Mki& mki() const noexcept { return mki_; }
  /// What its master is known by again; zeros when it was made of none.
  [[nodiscard]] const KeyPrint& print() const noexcept { return print_; }
  /// The header extension elements that are encrypted.
  [[nodiscard]] ExtensionIds encrypted() const noexcept {
    return extensions_ ? extensions_->ids() : ExtensionIds{};
  }
  /// Whether they can be found in an RTP header. Errors: `malformed`.
  [[nodiscard]] Result<void> check_header(Bytes header) const noexcept {
    return extensions_ ? ExtensionCipher::check(header) : Result<void>{};
  }
  /// Encrypt or decrypt them in place, in a header that passed. What `seal` and `open` get is the
  /// header as it is sent.
  void apply_to_header(MutableBytes header, Ssrc ssrc, PacketIndex index) const noexcept {
    if (extensions_) extensions_->apply(header, ssrc, index);
  }
  [[nodiscard]] std::size_t tag_bytes() const noexcept;
  /// What a sealed RTP payload is longer: tag and MKI. RTCP has its word besides.
  [[nodiscard]] std::size_t overhead_bytes() const noexcept { return tag_bytes() + mki_.size(); }
  /// The bytes of a packet behind its MKI: the tag, but nothing under an AEAD [RFC3711-3.1-2]
  /// [RFC7714-8.2-4].
  [[nodiscard]] std::size_t behind_mki() const noexcept;

  /// Seal an RTP payload into `out`: ciphertext, tag and MKI in the profile's order. `out` may
  /// start where `payload` does.
  void seal(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
            Bytes payload) const noexcept;
  /// Whether what does not open in place is lost: an AEAD has overwritten it by then.
  [[nodiscard]] bool spoils_in_place() const noexcept {
    return std::holds_alternative<GcmTransform>(kind_);
  }
  /// Open it into `out`, the plaintext alone; on error `out` is zeroed under an AEAD and untouched
  /// otherwise. Errors: `authentication_failed`.
  [[nodiscard]] Result<void> open(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                                  Bytes sealed) const noexcept;

  /// Seal what follows the first 8 bytes of an RTCP packet, at an index below 2^31: ciphertext,
  /// tag, word and MKI in the profile's order [RFC3711-3.4-1] [RFC7714-9-1].
  void seal_control(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes header,
                    Bytes payload) const noexcept;
  /// The word of such a packet; `sealed` holds tag, word and MKI at least.
  [[nodiscard]] std::span<const std::uint8_t, 4> control_word_of(Bytes sealed) const noexcept;
  /// Open it into `out`, the plaintext alone; zeroed on error. Errors: `authentication_failed`.
  [[nodiscard]] Result<void> open_control(MutableBytes out, Ssrc ssrc, PacketIndex index,
                                          Bytes header, Bytes sealed) const noexcept;

 private:
  std::variant<GcmTransform, CmTransform> kind_;
  SrtpProfile profile_ = SrtpProfile::aead_aes_256_gcm;
  Mki mki_;
  KeyPrint print_{};
  std::optional<ExtensionCipher> extensions_;
};

}  // namespace sotto::media
