// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peers/openssl_provider.hpp"

#include <array>
#include <memory>
#include <vector>

#include <openssl/evp.h>
#include <signal/signal_protocol.h>

#ifdef OPENSSL_IS_BORINGSSL
#error "the peer's primitives must not be those that we use ourselves"
#endif

namespace sotto::peers {
namespace {

constexpr int done(bool good) {
  return good ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

int give(signal_buffer** out, const std::uint8_t* bytes, std::size_t size) {
  *out = signal_buffer_create(bytes, size);
  return *out != nullptr ? SG_SUCCESS : SG_ERR_NOMEM;
}

int draw(std::uint8_t* out, std::size_t size, void* entropy) {
  return done(static_cast<Entropy*>(entropy)->fill({out, size}).has_value());
}

int hmac_begin(void** mac, const std::uint8_t* key, std::size_t key_bytes, void* /*entropy*/) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(
      EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(hmac.get());
  std::array digest{'S', 'H', 'A', '2', '5', '6', '\0'};
  const std::array parameters{OSSL_PARAM_construct_utf8_string("digest", digest.data(), 0),
                              OSSL_PARAM_construct_end()};
  *mac = context;
  return done(context != nullptr && EVP_MAC_init(context, key, key_bytes, parameters.data()) == 1);
}

int hmac_add(void* mac, const std::uint8_t* data, std::size_t size, void* /*entropy*/) {
  return done(EVP_MAC_update(static_cast<EVP_MAC_CTX*>(mac), data, size) == 1);
}

int hmac_end(void* mac, signal_buffer** out, void* /*entropy*/) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> tag;
  std::size_t size = 0;
  if (EVP_MAC_final(static_cast<EVP_MAC_CTX*>(mac), tag.data(), &size, tag.size()) != 1)
    return SG_ERR_UNKNOWN;
  return give(out, tag.data(), size);
}

void hmac_drop(void* mac, void* /*entropy*/) {
  EVP_MAC_CTX_free(static_cast<EVP_MAC_CTX*>(mac));
}

int sha512_begin(void** digest, void* /*entropy*/) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  *digest = context;
  return done(context != nullptr && EVP_DigestInit_ex(context, EVP_sha512(), nullptr) == 1);
}

int sha512_add(void* digest, const std::uint8_t* data, std::size_t size, void* /*entropy*/) {
  return done(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(digest), data, size) == 1);
}

/// The peer goes on with the same object, so it starts anew.
int sha512_end(void* digest, signal_buffer** out, void* /*entropy*/) {
  auto* const context = static_cast<EVP_MD_CTX*>(digest);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context, hash.data(), &size) != 1) return SG_ERR_UNKNOWN;
  if (EVP_DigestInit_ex(context, EVP_sha512(), nullptr) != 1) return SG_ERR_UNKNOWN;
  return give(out, hash.data(), size);
}

void sha512_drop(void* digest, void* /*entropy*/) {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(digest));
}

/// AES-256-CBC with PKCS #7: the one cipher of message version 3.
int cbc(signal_buffer** out, int cipher, Bytes key, Bytes iv, Bytes input, bool sealing) {
  if (cipher != SG_CIPHER_AES_CBC_PKCS5 || key.size() != 32 || iv.size() != 16) return SG_ERR_INVAL;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::vector<std::uint8_t> bytes(input.size() + 16);
  int first = 0;
  int last = 0;
  const bool good = EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(),
                                      iv.data(), sealing ? 1 : 0) == 1 &&
                    EVP_CipherUpdate(context.get(), bytes.data(), &first, input.data(),
                                     static_cast<int>(input.size())) == 1 &&
                    EVP_CipherFinal_ex(context.get(), bytes.data() + first, &last) == 1;
  return good ? give(out, bytes.data(), static_cast<std::size_t>(first + last)) : SG_ERR_UNKNOWN;
}

int seal(signal_buffer** out, int cipher, const std::uint8_t* key, std::size_t key_bytes,
         const std::uint8_t* iv, std::size_t iv_bytes, const std::uint8_t* input, std::size_t size,
         void* /*entropy*/) {
  return cbc(out, cipher, {key, key_bytes}, {iv, iv_bytes}, {input, size}, true);
}

int open(signal_buffer** out, int cipher, const std::uint8_t* key, std::size_t key_bytes,
         const std::uint8_t* iv, std::size_t iv_bytes, const std::uint8_t* input, std::size_t size,
         void* /*entropy*/) {
  return cbc(out, cipher, {key, key_bytes}, {iv, iv_bytes}, {input, size}, false);
}

}  // namespace

bool provide_primitives(signal_context* context, Entropy& entropy) {
  signal_crypto_provider provider{};
  provider.random_func = draw;
  provider.hmac_sha256_init_func = hmac_begin;
  provider.hmac_sha256_update_func = hmac_add;
  provider.hmac_sha256_final_func = hmac_end;
  provider.hmac_sha256_cleanup_func = hmac_drop;
  provider.sha512_digest_init_func = sha512_begin;
  provider.sha512_digest_update_func = sha512_add;
  provider.sha512_digest_final_func = sha512_end;
  provider.sha512_digest_cleanup_func = sha512_drop;
  provider.encrypt_func = seal;
  provider.decrypt_func = open;
  provider.user_data = &entropy;
  return signal_context_set_crypto_provider(context, &provider) == SG_SUCCESS;
}

}  // namespace sotto::peers
