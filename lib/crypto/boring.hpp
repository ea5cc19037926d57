// SPDX-License-Identifier: MIT OR Apache-2.0
/// BoringSSL as a table of functions: the only way in which this library reaches it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/bn.h>
#include <openssl/cipher.h>
#include <openssl/err.h>
#include <openssl/is_boringssl.h>  // Missing when these are the headers of another library.
#include <openssl/sha.h>

namespace sotto::crypto {

/// The functions used, under their own names, loaded once from a private copy of the library
/// (docs/decisions/0002). The names are looked up as a linker would; a missing one is a failure of
/// the whole table.
struct Boring {
  decltype(&::SHA256_TransformBlocks) sha256_transform_blocks;
  decltype(&::SHA1_Init) sha1_init;
  decltype(&::SHA1_Update) sha1_update;
  decltype(&::SHA1_Final) sha1_final;
  decltype(&::SHA512_Init) sha512_init;
  decltype(&::SHA512_Update) sha512_update;
  decltype(&::SHA512_Final) sha512_final;
  decltype(&::AES_set_encrypt_key) aes_set_encrypt_key;
  decltype(&::AES_set_decrypt_key) aes_set_decrypt_key;
  decltype(&::AES_cbc_encrypt) aes_cbc_encrypt;
  decltype(&::AES_ctr128_encrypt) aes_ctr128_encrypt;
  decltype(&::EVP_aes_128_ctr) aes_128_ctr;
  decltype(&::EVP_aes_256_ctr) aes_256_ctr;
  decltype(&::EVP_CIPHER_CTX_new) cipher_new;
  decltype(&::EVP_CIPHER_CTX_free) cipher_free;
  decltype(&::EVP_EncryptInit_ex) encrypt_init;
  decltype(&::EVP_EncryptUpdate) encrypt_update;
  decltype(&::EVP_aead_aes_128_gcm) aead_aes_128_gcm;
  decltype(&::EVP_aead_aes_256_gcm) aead_aes_256_gcm;
  decltype(&::EVP_aead_aes_256_gcm_siv) aead_aes_256_gcm_siv;
  decltype(&::EVP_AEAD_CTX_init) aead_init;
  decltype(&::EVP_AEAD_CTX_cleanup) aead_cleanup;
  decltype(&::EVP_AEAD_CTX_seal) aead_seal;
  decltype(&::EVP_AEAD_CTX_open) aead_open;
  decltype(&::ERR_clear_error) err_clear_error;
  decltype(&::BN_CTX_new) bn_ctx_new;
  decltype(&::BN_CTX_free) bn_ctx_free;
  decltype(&::BN_new) bn_new;
  decltype(&::BN_free) bn_free;
  decltype(&::BN_le2bn) bn_le2bn;
  decltype(&::BN_bn2le_padded) bn_bn2le_padded;
  decltype(&::BN_add_word) bn_add_word;
  decltype(&::BN_sub_word) bn_sub_word;
  decltype(&::BN_mod_inverse) bn_mod_inverse;
  decltype(&::BN_mod_mul) bn_mod_mul;
};

/// The table, or null when the library cannot be loaded.
[[nodiscard]] const Boring* find_boring() noexcept;

/// The table; ends the process when there is none, rather than go on without cryptography.
[[nodiscard]] const Boring& boring() noexcept;

}  // namespace sotto::crypto
