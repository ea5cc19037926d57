// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the linker puts around two functions (--wrap), so that the library itself needs no marks.
#include <sotto/keys.hpp>

#include "ct/taint.hpp"

namespace sotto::ct {

// Public keys become public where they are made.
Result<void> make_key_pair(std::span<std::uint8_t, 32> secret,
                           std::span<std::uint8_t, 32> public_key) noexcept
    __asm__("__real__ZN5sotto6detail17complete_key_pairESt4spanIhLm32EES2_");

Result<void> make_key_pair_and_publish(std::span<std::uint8_t, 32> secret,
                                       std::span<std::uint8_t, 32> public_key) noexcept
    __asm__("__wrap__ZN5sotto6detail17complete_key_pairESt4spanIhLm32EES2_");

Result<void> make_key_pair_and_publish(std::span<std::uint8_t, 32> secret,
                                       std::span<std::uint8_t, 32> public_key) noexcept {
  auto made = make_key_pair(secret, public_key);
  publish(public_key);
  return made;
}

}  // namespace sotto::ct

// A frame with a name above a function of libsodium, for ct.supp. The point stays secret.
extern "C" {

int __real_crypto_scalarmult_ed25519_base_noclamp(unsigned char* q, const unsigned char* n);
int __wrap_crypto_scalarmult_ed25519_base_noclamp(unsigned char* q, const unsigned char* n);

int __wrap_crypto_scalarmult_ed25519_base_noclamp(unsigned char* q, const unsigned char* n) {
  const int answer = __real_crypto_scalarmult_ed25519_base_noclamp(q, n);
  asm volatile("" ::: "memory");  // Keeps this frame: not a tail call.
  return answer;
}
}
