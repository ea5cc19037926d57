// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aes_gcm_siv.hpp"

#include <array>
#include <cstdlib>
#include <new>

#include <sotto/secret.hpp>

#include "crypto/boring.hpp"

namespace sotto::crypto {
namespace {

/// More than BoringSSL's frames below a call take.
constexpr std::size_t below_bytes = 2048;

/// BoringSSL works on the last block of a plaintext, if it is no whole one, in a place on its
/// stack, and leaves it there. Called right after it, from the same depth.
[[gnu::noinline]] void wipe_below() noexcept {
  std::array<std::uint8_t, below_bytes> room;
  wipe(room);
}

}  // namespace

struct AesGcmSiv::Context {
  EVP_AEAD_CTX aead;
  bool ready = false;

  Context() noexcept = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (ready) boring().aead_cleanup(&aead);
    wipe({reinterpret_cast<std::uint8_t*>(&aead), sizeof aead});
  }
};

AesGcmSiv::AesGcmSiv(std::unique_ptr<Context> context) noexcept : context_(std::move(context)) {
}
AesGcmSiv::AesGcmSiv(AesGcmSiv&&) noexcept = default;
AesGcmSiv& AesGcmSiv::operator=(AesGcmSiv&&) noexcept = default;
AesGcmSiv::~AesGcmSiv() = default;

Result<AesGcmSiv> AesGcmSiv::create(Bytes key) noexcept {
  if (key.size() != 32) return std::unexpected(Error::malformed);
  const Boring* lib = find_boring();
  if (lib == nullptr) return std::unexpected(Error::backend_unavailable);
  std::unique_ptr<Context> context(new (std::nothrow) Context);
  if (context == nullptr) return std::unexpected(Error::out_of_memory);
  if (lib->aead_init(&context->aead, lib->aead_aes_256_gcm_siv(), key.data(), key.size(), tag_bytes,
                     nullptr) != 1) {
    lib->err_clear_error();
    return std::unexpected(Error::out_of_memory);
  }
  context->ready = true;
  return AesGcmSiv(std::move(context));
}

void AesGcmSiv::seal(MutableBytes out, Nonce nonce, Bytes plaintext,
                     Bytes associated) const noexcept {
  std::size_t written = 0;
  const int done = boring().aead_seal(&context_->aead, out.data(), &written, out.size(),
                                      nonce.data(), nonce.size(), plaintext.data(),
                                      plaintext.size(), associated.data(), associated.size());
  wipe_below();
  // It fails only for sizes that no caller here can ask for (64 GiB and more, RFC 8452 section 6).
  if (done != 1 || written != plaintext.size() + tag_bytes) std::abort();
}

Result<void> AesGcmSiv::open(MutableBytes out, Nonce nonce, Bytes sealed,
                             Bytes associated) const noexcept {
  std::size_t written = 0;
  const int done = boring().aead_open(&context_->aead, out.data(), &written, out.size(),
                                      nonce.data(), nonce.size(), sealed.data(), sealed.size(),
                                      associated.data(), associated.size());
  wipe_below();
  if (done == 1) return {};
  boring().err_clear_error();
  wipe(out);
  return std::unexpected(Error::authentication_failed);
}

}  // namespace sotto::crypto
