// SPDX-License-Identifier: MIT OR Apache-2.0
// Compiled into one object together with the archive that the build was given.
#include "crypto/boring_linked.hpp"

namespace {

// In the order of the table.
constinit const sotto::crypto::Boring table = {
    &OpenSSL_version,
    &OpenSSL_version_num,
    &SHA256_TransformBlocks,
    &SHA1_Init,
    &SHA1_Update,
    &SHA1_Final,
    &SHA512_Init,
    &SHA512_Update,
    &SHA512_Final,
    &AES_set_encrypt_key,
    &AES_set_decrypt_key,
    &AES_cbc_encrypt,
    &AES_ctr128_encrypt,
    &EVP_aes_128_ctr,
    &EVP_aes_256_ctr,
    &EVP_CIPHER_CTX_new,
    &EVP_CIPHER_CTX_free,
    &EVP_EncryptInit_ex,
    &EVP_EncryptUpdate,
    &EVP_aead_aes_128_gcm,
    &EVP_aead_aes_256_gcm,
    &EVP_aead_aes_256_gcm_siv,
    &EVP_AEAD_CTX_init,
    &EVP_AEAD_CTX_cleanup,
    &EVP_AEAD_CTX_seal,
    &EVP_AEAD_CTX_open,
    &ERR_peek_error,
    &ERR_clear_error,
    &BN_CTX_new,
    &BN_CTX_free,
    &BN_free,
    &BN_le2bn,
    &BN_bn2le_padded,
    &BN_add_word,
    &BN_sub_word,
    &BN_mod_inverse,
    &BN_mod_mul,
};

}  // namespace

const sotto::crypto::Boring* sotto_linked_boring() noexcept {
  return &table;
}
