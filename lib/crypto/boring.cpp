// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/boring.hpp"

#include <cstdio>
#include <cstdlib>

#include <dlfcn.h>

#include "crypto/backend_config.hpp"

namespace sotto::crypto {
namespace {

class Loader {
 public:
  Loader() noexcept
      : library_(
            dlopen(boringssl_library, RTLD_NOW | RTLD_LOCAL | (bind_deeply ? RTLD_DEEPBIND : 0))) {}

  template <class Function>
  void find(Function*& function, const char* symbol) noexcept {
    function = library_ == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library_, symbol));
    complete_ = complete_ && function != nullptr;
  }

  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  void* library_;  // Never closed: functions of it stay in use until the process ends.
  bool complete_ = true;
};

struct Loaded {
  Boring table{};
  bool complete = false;

  Loaded() noexcept {
    Loader loader;
    loader.find(table.sha256_transform_blocks, "SHA256_TransformBlocks");
    loader.find(table.sha1_init, "SHA1_Init");
    loader.find(table.sha1_update, "SHA1_Update");
    loader.find(table.sha1_final, "SHA1_Final");
    loader.find(table.sha512_init, "SHA512_Init");
    loader.find(table.sha512_update, "SHA512_Update");
    loader.find(table.sha512_final, "SHA512_Final");
    loader.find(table.aes_set_encrypt_key, "AES_set_encrypt_key");
    loader.find(table.aes_set_decrypt_key, "AES_set_decrypt_key");
    loader.find(table.aes_cbc_encrypt, "AES_cbc_encrypt");
    loader.find(table.aes_ctr128_encrypt, "AES_ctr128_encrypt");
    loader.find(table.aes_128_ctr, "EVP_aes_128_ctr");
    loader.find(table.aes_256_ctr, "EVP_aes_256_ctr");
    loader.find(table.cipher_new, "EVP_CIPHER_CTX_new");
    loader.find(table.cipher_free, "EVP_CIPHER_CTX_free");
    loader.find(table.encrypt_init, "EVP_EncryptInit_ex");
    loader.find(table.encrypt_update, "EVP_EncryptUpdate");
    loader.find(table.aead_aes_128_gcm, "EVP_aead_aes_128_gcm");
    loader.find(table.aead_aes_256_gcm, "EVP_aead_aes_256_gcm");
    loader.find(table.aead_aes_256_gcm_siv, "EVP_aead_aes_256_gcm_siv");
    loader.find(table.aead_init, "EVP_AEAD_CTX_init");
    loader.find(table.aead_cleanup, "EVP_AEAD_CTX_cleanup");
    loader.find(table.aead_seal, "EVP_AEAD_CTX_seal");
    loader.find(table.aead_open, "EVP_AEAD_CTX_open");
    loader.find(table.err_clear_error, "ERR_clear_error");
    loader.find(table.bn_ctx_new, "BN_CTX_new");
    loader.find(table.bn_ctx_free, "BN_CTX_free");
    loader.find(table.bn_new, "BN_new");
    loader.find(table.bn_free, "BN_free");
    loader.find(table.bn_le2bn, "BN_le2bn");
    loader.find(table.bn_bn2le_padded, "BN_bn2le_padded");
    loader.find(table.bn_add_word, "BN_add_word");
    loader.find(table.bn_sub_word, "BN_sub_word");
    loader.find(table.bn_mod_inverse, "BN_mod_inverse");
    loader.find(table.bn_mod_mul, "BN_mod_mul");
    complete = loader.complete();
  }
};

}  // namespace

const Boring* find_boring() noexcept {
  static const Loaded loaded;
  return loaded.complete ? &loaded.table : nullptr;
}

const Boring& boring() noexcept {
  static const Boring* const table = find_boring();
  if (table == nullptr) {
    std::fputs("sotto: BoringSSL cannot be loaded; see sotto::check_backend\n", stderr);
    std::abort();
  }
  return *table;
}

}  // namespace sotto::crypto
