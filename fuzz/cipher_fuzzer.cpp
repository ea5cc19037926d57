// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-CBC, AES-GCM, HMAC and HKDF against their twins.
#include "crypto/aes_gcm.hpp"
#include "crypto/hkdf.hpp"
#include "input.hpp"
#include "twins.hpp"

namespace {

using namespace sotto;

void try_cbc(fuzz::Input& in) {
  const auto key = in.array<32>();
  const auto iv = in.array<16>();
  const Bytes data = in.rest();
  fuzz::Buffer sealed(crypto::cbc_padded_size(data.size()));
  crypto::aes256_cbc_encrypt(sealed, key, iv, data);
  fuzz::require(sealed == prop::twin::cbc_encrypt(key, iv, data), "CBC is not its definition");
  fuzz::Buffer out(sealed.size());
  const auto opened = crypto::aes256_cbc_decrypt(out, key, iv, sealed);
  fuzz::require(opened && std::ranges::equal(*opened, data), "CBC does not open");
  // The data as a ciphertext: whatever opens must encrypt to it again.
  constexpr std::uint8_t mark = 0xa5;
  out.assign(data.size(), mark);
  const auto any = crypto::aes256_cbc_decrypt(out, key, iv, data);
  if (any)
    fuzz::require(std::ranges::equal(prop::twin::cbc_encrypt(key, iv, *any), data),
                  "two ciphertexts of one plaintext");
  else
    fuzz::require(fuzz::untouched_or_zeroed(out, 0), "a refusal left something in the output");
}

void try_gcm(fuzz::Input& in) {
  const bool long_key = (in.byte() & 1) != 0;
  const auto key_bytes = in.array<32>();
  const Bytes key = Bytes(key_bytes).first(long_key ? 32 : 16);
  const auto nonce = in.array<12>();
  const Bytes associated = in.take(in.byte());
  const Bytes data = in.rest();
  const auto gcm = crypto::AesGcm::create(key);
  fuzz::require(gcm.has_value(), "no context");
  fuzz::Buffer sealed(data.size() + 16);
  gcm->seal(sealed, nonce, data, associated);
  fuzz::require(sealed == prop::twin::gcm_seal(key, nonce, data, associated),
                "GCM is not its definition");
  fuzz::Buffer out(data.size());
  fuzz::require(gcm->open(out, nonce, sealed, associated).has_value(), "GCM does not open");
  out.assign(data.size() < 16 ? 0 : data.size() - 16, 0xa5);
  const auto any = gcm->open(out, nonce, data, associated);
  fuzz::require(!any || std::ranges::equal(prop::twin::gcm_seal(key, nonce, out, associated), data),
                "what was not sealed opened");
  fuzz::require(any || fuzz::untouched_or_zeroed(out, 0), "a refusal left something in the output");
}

void try_hkdf(fuzz::Input& in) {
  const std::size_t n = in.byte();
  const Bytes salt = in.take(in.byte());
  const Bytes info = in.take(in.byte());
  fuzz::Buffer out(n);
  crypto::hkdf_sha256(out, crypto::HmacSha256Key(salt), in.rest(), info);
  fuzz::require(out == prop::twin::hkdf(salt, in.rest(), info, n), "HKDF is not its definition");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  switch (in.byte() % 3) {
    case 0:
      try_cbc(in);
      break;
    case 1:
      try_gcm(in);
      break;
    default:
      try_hkdf(in);
      break;
  }
  return 0;
}
