// SPDX-License-Identifier: MIT OR Apache-2.0
#include "raw_cipher.hpp"

#include <bit>
#include <cstring>
#include <vector>

#include "measure.hpp"

namespace sotto::bench {
namespace {

/// Stored as a whole, so that the cipher does not wait for its parts.
std::array<std::uint8_t, 16> nonce_of(std::uint32_t number) {
  return std::bit_cast<std::array<std::uint8_t, 16>>(std::array<std::uint64_t, 2>{number, 0});
}

}  // namespace

RawCipher::RawCipher(Kind kind, std::size_t key_bytes) : kind_(kind) {
  const std::vector<std::uint8_t> key(key_bytes, 7);
  if (kind == Kind::gcm) {
    const EVP_AEAD* const aead =
        key_bytes == 16 ? lib_.aead_aes_128_gcm() : lib_.aead_aes_256_gcm();
    must(lib_.aead_init(&gcm_, aead, key.data(), key.size(), 16, nullptr) == 1, "aead_init");
    return;
  }
  ctr_ = *crypto::AesCtr::create(key);
  const std::array<std::uint8_t, 64> mac_key{8};
  if (kind == Kind::ctr_sha1) sha1_.emplace(std::span(mac_key).first<20>());
  if (kind == Kind::ctr_sha256) sha256_.emplace(Bytes(mac_key).first(32));
  if (kind == Kind::ctr_sha512) sha512_.emplace(mac_key);
}

RawCipher::~RawCipher() {
  if (kind_ == Kind::gcm) lib_.aead_cleanup(&gcm_);
}

std::size_t RawCipher::tag_bytes() const {
  switch (kind_) {
    case Kind::gcm:
      return 16;
    case Kind::ctr_sha1:
      return 20;
    case Kind::ctr_sha256:
      return 32;
    case Kind::ctr_sha512:
      break;
  }
  return 64;
}

void RawCipher::mac(Mac& out, Bytes header, Bytes ciphertext) {
  if (sha1_) sha1_->mac(std::span(out).first<20>(), {header, ciphertext});
  if (sha256_) sha256_->mac(std::span(out).first<32>(), {header, ciphertext});
  if (sha512_) sha512_->mac(out, {header, ciphertext});
}

void RawCipher::seal(MutableBytes out, Bytes header, Bytes payload, std::uint32_t number) {
  const auto nonce = nonce_of(number);
  if (kind_ == Kind::gcm) {
    std::size_t written = 0;
    must(lib_.aead_seal(&gcm_, out.data(), &written, out.size(), nonce.data(), 12, payload.data(),
                        payload.size(), header.data(), header.size()) == 1,
         "seal");
    return;
  }
  const MutableBytes ciphertext = out.first(payload.size());
  ctr_->apply(ciphertext, nonce, payload);
  Mac tag;
  mac(tag, header, ciphertext);
  std::memcpy(out.data() + ciphertext.size(), tag.data(), tag_bytes());
}

bool RawCipher::open(MutableBytes out, Bytes header, Bytes sealed, std::uint32_t number) {
  const auto nonce = nonce_of(number);
  const Bytes ciphertext = sealed.first(sealed.size() - tag_bytes());
  if (kind_ == Kind::gcm) {
    std::size_t written = 0;
    return lib_.aead_open(&gcm_, out.data(), &written, ciphertext.size(), nonce.data(), 12,
                          sealed.data(), sealed.size(), header.data(), header.size()) == 1;
  }
  Mac tag;
  mac(tag, header, ciphertext);
  if (std::memcmp(tag.data(), sealed.data() + ciphertext.size(), tag_bytes()) != 0) return false;
  ctr_->apply(out.first(ciphertext.size()), nonce, ciphertext);
  return true;
}

}  // namespace sotto::bench
