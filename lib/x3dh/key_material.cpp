// SPDX-License-Identifier: MIT OR Apache-2.0
#include "x3dh/key_material.hpp"

#include <cstring>

#include "crypto/hkdf.hpp"

namespace sotto::x3dh {

KeyMaterial::KeyMaterial() noexcept {
  std::memset(bytes_.data(), separation_byte, separation_bytes);
}

void KeyMaterial::append(const Result<crypto::SharedSecret>& output) noexcept {
  if (!output) {
    outcome_ = std::unexpected(output.error());
    return;
  }
  std::memcpy(bytes_.data() + used_, output->expose().data(), crypto::SharedSecret::size_bytes);
  used_ += crypto::SharedSecret::size_bytes;
}

// HKDF with SHA-256 [X3DH-2.1-2], a salt of zeros, the application's info [X3DH-2.2-4].
Result<AgreedKeys> KeyMaterial::derive() const noexcept {
  if (!outcome_) return std::unexpected(outcome_.error());
  using Output = Secret<struct AgreedKeysRole, 64>;
  const Output output = Output::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), Bytes(bytes_).first(used_), crypto::label(info));
  });
  return AgreedKeys{RootKey(output.expose().first<32>()), ChainKey(output.expose().last<32>())};
}

}  // namespace sotto::x3dh
