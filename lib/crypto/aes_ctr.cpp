// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aes_ctr.hpp"

#include <cstdlib>
#include <new>

#include "crypto/boring.hpp"

namespace sotto::crypto {

struct AesCtr::Context {
  EVP_CIPHER_CTX* cipher = nullptr;

  Context() noexcept = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (cipher != nullptr) boring().cipher_free(cipher);  // BoringSSL zeroes what it frees.
  }
};

AesCtr::AesCtr(std::unique_ptr<Context> context) noexcept : context_(std::move(context)) {
}
AesCtr::AesCtr(AesCtr&&) noexcept = default;
AesCtr& AesCtr::operator=(AesCtr&&) noexcept = default;
AesCtr::~AesCtr() = default;

Result<AesCtr> AesCtr::create(Bytes key) noexcept {
  if (key.size() != 16 && key.size() != 32) return std::unexpected(Error::malformed);
  const Boring* lib = find_boring();
  if (lib == nullptr) return std::unexpected(Error::backend_unavailable);
  std::unique_ptr<Context> context(new (std::nothrow) Context);
  if (context == nullptr) return std::unexpected(Error::out_of_memory);
  context->cipher = lib->cipher_new();
  const EVP_CIPHER* const kind = key.size() == 16 ? lib->aes_128_ctr() : lib->aes_256_ctr();
  if (context->cipher == nullptr ||
      lib->encrypt_init(context->cipher, kind, nullptr, key.data(), nullptr) != 1) {
    lib->err_clear_error();
    return std::unexpected(Error::out_of_memory);
  }
  return AesCtr(std::move(context));
}

void AesCtr::apply(MutableBytes out, Counter counter, Bytes in) const noexcept {
  if (in.empty()) return;
  const Boring& lib = boring();
  int written = 0;
  // It fails only for sizes that no caller here can ask for.
  if (lib.encrypt_init(context_->cipher, nullptr, nullptr, nullptr, counter.data()) != 1 ||
      lib.encrypt_update(context_->cipher, out.data(), &written, in.data(),
                         static_cast<int>(in.size())) != 1 ||
      written != static_cast<int>(in.size()))
    std::abort();
}

}  // namespace sotto::crypto
