// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/cipher.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "crypto/aes_ctr.hpp"
#include "crypto/hmac.hpp"
#include "crypto/hmac_sha512.hpp"
#include "crypto/nonce.hpp"
#include "crypto/sha2.hpp"

namespace sotto::sframe {
namespace {

/// header || metadata as one piece, for an AEAD that takes no other.
class Associated {
 public:
  explicit Associated(const Cipher::Frame& frame) noexcept {
    if (frame.metadata.empty()) {
      bytes_ = frame.header;
      return;
    }
    std::memcpy(room_.data(), frame.header.data(), frame.header.size());
    std::memcpy(room_.data() + frame.header.size(), frame.metadata.data(), frame.metadata.size());
    bytes_ = Bytes(room_).first(frame.header.size() + frame.metadata.size());
  }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, sframe_max_header_bytes + sframe_max_metadata_bytes> room_;
  Bytes bytes_;
};

}  // namespace

/// The encrypt-then-MAC construction of RFC 9605 §4.5.1.
struct Cipher::CtrHmac {
  crypto::AesCtr cipher;
  std::optional<crypto::HmacSha256Key> mac_256;
  std::optional<crypto::HmacSha512Key> mac_512;

  CtrHmac(crypto::AesCtr&& set_up, const Suite& suite, Bytes mac_key) noexcept
      : cipher(std::move(set_up)) {
    if (suite.hash == Suite::Hash::sha256)
      mac_256.emplace(mac_key);
    else
      mac_512.emplace(mac_key);
  }

  /// The counter block: nonce || 32-bit block counter from zero.
  void apply(MutableBytes out, const Nonce& nonce, Bytes in) const noexcept {
    std::array<std::uint8_t, 16> counter{};
    std::ranges::copy(nonce, counter.begin());
    cipher.apply(out, counter, in);
    wipe(counter);
  }
};

Cipher::Cipher(const Suite& suite, FrameSalt&& salt) noexcept
    : suite_(&suite), salt_(std::move(salt)) {
}
Cipher::Cipher(Cipher&&) noexcept = default;
Cipher& Cipher::operator=(Cipher&&) noexcept = default;
Cipher::~Cipher() = default;

Result<Cipher> Cipher::create(const Suite& suite, SframeKid kid, Bytes base_key) noexcept {
  return from_keys(suite, derive_keys(suite, kid, base_key));
}

Result<Cipher> Cipher::from_keys(const Suite& suite, FrameKeys&& keys) noexcept {
  const Bytes key = keys.key.expose();
  const Bytes cipher_key = key.first(suite.cipher_key_bytes);
  Cipher made(suite, std::move(keys.salt));
  if (suite.cipher == Suite::Cipher::gcm) {
    auto gcm = crypto::AesGcm::create(cipher_key);
    if (!gcm) return std::unexpected(gcm.error());
    made.gcm_ = *std::move(gcm);
    return made;
  }
  auto ctr = crypto::AesCtr::create(cipher_key);
  if (!ctr) return std::unexpected(ctr.error());
  made.ctr_.reset(new (std::nothrow) CtrHmac(
      *std::move(ctr), suite, key.subspan(suite.cipher_key_bytes, suite.hash_bytes())));
  if (made.ctr_ == nullptr) return std::unexpected(Error::out_of_memory);
  return made;
}

Cipher::Nonce Cipher::nonce(std::uint64_t counter) const noexcept {
  Nonce nonce;
  crypto::make_nonce(nonce, salt_.expose(), counter >> 32, static_cast<std::uint32_t>(counter));
  return nonce;
}

/// Of the salt, which is no key, and which no two base keys have in common.
std::array<std::uint8_t, 8> Cipher::mark() const noexcept {
  const auto hash = crypto::sha256(salt_.expose());
  std::array<std::uint8_t, 8> mark;
  std::ranges::copy(std::span(hash).first<8>(), mark.begin());
  return mark;
}

/// [RFC9605-4.5.1-1] HMAC(len(aad) || len(ct) || Nt || nonce || aad || ct), lengths in 8 bytes, to
/// be cut to Nt.
void Cipher::tag(std::span<std::uint8_t, max_tag_bytes> out, const Nonce& nonce, const Frame& frame,
                 Bytes ciphertext) const noexcept {
  std::array<std::uint8_t, 24> lengths;
  base::Writer writer(lengths);
  writer.put_uint(std::uint64_t{frame.header.size() + frame.metadata.size()});
  writer.put_uint(std::uint64_t{ciphertext.size()});
  writer.put_uint(std::uint64_t{suite_->tag_bytes});
  const std::initializer_list<Bytes> parts{lengths, nonce, frame.header, frame.metadata,
                                           ciphertext};
  const std::optional<crypto::HmacSha256Key>& mac_256 = ctr_->mac_256;
  if (mac_256) {
    mac_256->mac(out, parts);
    return;
  }
  std::array<std::uint8_t, 64> whole;
  const std::optional<crypto::HmacSha512Key>& mac_512 = ctr_->mac_512;
  if (mac_512) mac_512->mac(whole, parts);  // It has one of the two.
  std::memcpy(out.data(), whole.data(), out.size());
  wipe(whole);
}

void Cipher::seal(MutableBytes out, const Frame& frame, Bytes plaintext) const noexcept {
  Nonce used = nonce(frame.counter);
  if (gcm_) {
    gcm_->seal(out, used, plaintext, Associated(frame).bytes());
  } else {
    const MutableBytes ciphertext = out.first(plaintext.size());
    ctr_->apply(ciphertext, used, plaintext);
    std::array<std::uint8_t, max_tag_bytes> whole;
    tag(whole, used, frame, ciphertext);
    std::memcpy(out.data() + ciphertext.size(), whole.data(), suite_->tag_bytes);
    wipe(whole);
  }
  wipe(used);
}

Result<void> Cipher::open(MutableBytes out, const Frame& frame, Bytes sealed) const noexcept {
  Nonce used = nonce(frame.counter);
  if (gcm_) {
    const auto opened = gcm_->open(out, used, sealed, Associated(frame).bytes());
    wipe(used);
    return opened;
  }
  const Bytes ciphertext = sealed.first(sealed.size() - suite_->tag_bytes);
  std::array<std::uint8_t, max_tag_bytes> whole;
  tag(whole, used, frame, ciphertext);
  const bool right =
      base::equal_ct(Bytes(whole).first(suite_->tag_bytes), sealed.last(suite_->tag_bytes));
  wipe(whole);
  if (right)
    ctr_->apply(out, used, ciphertext);
  else
    wipe(out);
  wipe(used);
  if (!right) return std::unexpected(Error::authentication_failed);
  return {};
}

}  // namespace sotto::sframe
