// SPDX-License-Identifier: MIT OR Apache-2.0
/// BoringSSL as a table of functions: the only way in which this library reaches it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/bn.h>
#include <openssl/cipher.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/is_boringssl.h>  // Missing when these are the headers of another library.
#include <openssl/sha.h>

namespace sotto::crypto {

/// The functions used, under their own names, from a copy of the library that is private to this
/// one (docs/decisions/0002). A missing one is a failure of the whole table.
struct Boring {
  decltype(&::OpenSSL_version) version;
  decltype(&::OpenSSL_version_num) version_num;
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
  decltype(&::ERR_peek_error) err_peek_error;
  decltype(&::ERR_clear_error) err_clear_error;
  decltype(&::BN_CTX_new) bn_ctx_new;
  decltype(&::BN_CTX_free) bn_ctx_free;
  decltype(&::BN_free) bn_free;
  decltype(&::BN_le2bn) bn_le2bn;
  decltype(&::BN_bn2le_padded) bn_bn2le_padded;
  decltype(&::BN_add_word) bn_add_word;
  decltype(&::BN_sub_word) bn_sub_word;
  decltype(&::BN_mod_inverse) bn_mod_inverse;
  decltype(&::BN_mod_mul) bn_mod_mul;
};

/// `visit(entry, name)` for every entry of a table, with the name by which the library exports it.
template <class Table, class Visitor>
void for_each_function(Table& table, Visitor visit) {
  visit(table.version, "OpenSSL_version");
  visit(table.version_num, "OpenSSL_version_num");
  visit(table.sha256_transform_blocks, "SHA256_TransformBlocks");
  visit(table.sha1_init, "SHA1_Init");
  visit(table.sha1_update, "SHA1_Update");
  visit(table.sha1_final, "SHA1_Final");
  visit(table.sha512_init, "SHA512_Init");
  visit(table.sha512_update, "SHA512_Update");
  visit(table.sha512_final, "SHA512_Final");
  visit(table.aes_set_encrypt_key, "AES_set_encrypt_key");
  visit(table.aes_set_decrypt_key, "AES_set_decrypt_key");
  visit(table.aes_cbc_encrypt, "AES_cbc_encrypt");
  visit(table.aes_ctr128_encrypt, "AES_ctr128_encrypt");
  visit(table.aes_128_ctr, "EVP_aes_128_ctr");
  visit(table.aes_256_ctr, "EVP_aes_256_ctr");
  visit(table.cipher_new, "EVP_CIPHER_CTX_new");
  visit(table.cipher_free, "EVP_CIPHER_CTX_free");
  visit(table.encrypt_init, "EVP_EncryptInit_ex");
  visit(table.encrypt_update, "EVP_EncryptUpdate");
  visit(table.aead_aes_128_gcm, "EVP_aead_aes_128_gcm");
  visit(table.aead_aes_256_gcm, "EVP_aead_aes_256_gcm");
  visit(table.aead_aes_256_gcm_siv, "EVP_aead_aes_256_gcm_siv");
  visit(table.aead_init, "EVP_AEAD_CTX_init");
  visit(table.aead_cleanup, "EVP_AEAD_CTX_cleanup");
  visit(table.aead_seal, "EVP_AEAD_CTX_seal");
  visit(table.aead_open, "EVP_AEAD_CTX_open");
  visit(table.err_peek_error, "ERR_peek_error");
  visit(table.err_clear_error, "ERR_clear_error");
  visit(table.bn_ctx_new, "BN_CTX_new");
  visit(table.bn_ctx_free, "BN_CTX_free");
  visit(table.bn_free, "BN_free");
  visit(table.bn_le2bn, "BN_le2bn");
  visit(table.bn_bn2le_padded, "BN_bn2le_padded");
  visit(table.bn_add_word, "BN_add_word");
  visit(table.bn_sub_word, "BN_sub_word");
  visit(table.bn_mod_inverse, "BN_mod_inverse");
  visit(table.bn_mod_mul, "BN_mod_mul");
}

/// The table once it is loaded and its answers were found right, else null.
inline constinit std::atomic<const Boring*> loaded_boring = nullptr;

/// The table, or null when the library cannot be loaded or gives wrong answers. Loads it if it is
/// not loaded yet.
[[nodiscard]] const Boring* find_boring() noexcept;

/// Says that there is no table, and ends the process.
[[noreturn]] void end_without_boring() noexcept;

/// The table; ends the process when there is none, rather than go on without cryptography.
[[nodiscard]] inline const Boring& boring() noexcept {
  const Boring* table = loaded_boring.load(std::memory_order_acquire);
  if (table == nullptr) [[unlikely]] {
    table = find_boring();
    if (table == nullptr) end_without_boring();
  }
  return *table;
}

}  // namespace sotto::crypto
