// SPDX-License-Identifier: MIT OR Apache-2.0
// A library that has every function of the table and answers nothing, for backend_test.cpp.
extern "C" {
void* OpenSSL_version() {
  return nullptr;
}
void* OpenSSL_version_num() {
  return nullptr;
}
void* SHA256_TransformBlocks() {
  return nullptr;
}
void* SHA1_Init() {
  return nullptr;
}
void* SHA1_Update() {
  return nullptr;
}
void* SHA1_Final() {
  return nullptr;
}
void* SHA512_Init() {
  return nullptr;
}
void* SHA512_Update() {
  return nullptr;
}
void* SHA512_Final() {
  return nullptr;
}
void* AES_set_encrypt_key() {
  return nullptr;
}
void* AES_set_decrypt_key() {
  return nullptr;
}
void* AES_cbc_encrypt() {
  return nullptr;
}
void* AES_ctr128_encrypt() {
  return nullptr;
}
void* EVP_aes_128_ctr() {
  return nullptr;
}
void* EVP_aes_256_ctr() {
  return nullptr;
}
void* EVP_CIPHER_CTX_new() {
  return nullptr;
}
void* EVP_CIPHER_CTX_free() {
  return nullptr;
}
void* EVP_EncryptInit_ex() {
  return nullptr;
}
void* EVP_EncryptUpdate() {
  return nullptr;
}
void* EVP_aead_aes_128_gcm() {
  return nullptr;
}
void* EVP_aead_aes_256_gcm() {
  return nullptr;
}
void* EVP_aead_aes_256_gcm_siv() {
  return nullptr;
}
void* EVP_AEAD_CTX_init() {
  return nullptr;
}
void* EVP_AEAD_CTX_cleanup() {
  return nullptr;
}
void* EVP_AEAD_CTX_seal() {
  return nullptr;
}
void* EVP_AEAD_CTX_open() {
  return nullptr;
}
void* ERR_peek_error() {
  return nullptr;
}
void* ERR_clear_error() {
  return nullptr;
}
void* BN_CTX_new() {
  return nullptr;
}
void* BN_CTX_free() {
  return nullptr;
}
void* BN_free() {
  return nullptr;
}
void* BN_le2bn() {
  return nullptr;
}
void* BN_bn2le_padded() {
  return nullptr;
}
void* BN_add_word() {
  return nullptr;
}
void* BN_sub_word() {
  return nullptr;
}
void* BN_mod_inverse() {
  return nullptr;
}
void* BN_mod_mul() {
  return nullptr;
}
}
