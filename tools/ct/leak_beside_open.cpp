// SPDX-License-Identifier: MIT OR Apache-2.0
/// Must be reported: a branch of ours on a payload that an AEAD has just opened. It shows that what
/// is allowed to the AEAD inside the backend is not allowed to its callers.
#include <array>

#include "crypto/aes_gcm.hpp"
#include "ct/taint.hpp"

using namespace sotto;

namespace {

[[gnu::noinline]] int leaks_after_open(const crypto::AesGcm& gcm, Bytes sealed) {
  std::array<std::uint8_t, 16> out;
  const std::array<std::uint8_t, 12> nonce{};
  if (!gcm.open(out, nonce, sealed, {})) return 2;
  if (out[0] == 0x5a) return std::puts("the payload begins with 5a");
  return 0;
}

}  // namespace

int main() {
  std::array<std::uint8_t, 32> key{1};
  ct::make_secret(key);
  const auto gcm = crypto::AesGcm::create(key);
  std::array<std::uint8_t, 16> text;
  text.fill(0x5a);
  std::array<std::uint8_t, 32> sealed;
  const std::array<std::uint8_t, 12> nonce{};
  gcm->seal(sealed, nonce, text, {});
  ct::publish(sealed);
  return leaks_after_open(*gcm, sealed) == 2 ? 1 : 0;
}
