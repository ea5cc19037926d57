// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device's own word for whose device it is [RO-2-1].
#include <array>

#include <sotto/backend.hpp>
#include <sotto/roster.hpp>

#include "conversation/roster_form.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto {
namespace {

/// "sotto device 1", user(32), device(4).
using ClaimMessage = std::array<std::uint8_t, 14 + 32 + 4>;

ClaimMessage message_of(const UserId& user, DeviceId device) noexcept {
  ClaimMessage message;
  base::Writer writer(message);
  writer.put(crypto::label("sotto device 1"));
  writer.put(user.bytes());
  writer.put_uint(static_cast<std::uint32_t>(device));
  return message;
}

}  // namespace

Result<DeviceClaim> claim_device(const UserId& user, DeviceId device, const IdentityKeyPair& keys,
                                 Entropy& entropy) noexcept {
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  const auto signature = crypto::sign(keys, message_of(user, device), entropy);
  if (!signature) return std::unexpected(signature.error());
  return DeviceClaim{device, keys.public_key(), *signature};
}

Result<void> verify_claim(const UserId& user, const DeviceClaim& claim) noexcept {
  if (const auto ready = check_backend(); !ready) return ready;
  return crypto::xeddsa_verify(claim.identity.bytes(), message_of(user, claim.device),
                               claim.signature);
}

Result<MutableBytes> write_device_claim(MutableBytes out, const DeviceClaim& claim) noexcept {
  if (out.size() < device_claim_bytes) return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  conversation::put_claim(writer, claim);
  return writer.finish();
}

Result<DeviceClaim> read_device_claim(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const DeviceClaim claim = conversation::take_claim(fields);
  if (!fields.finished()) return std::unexpected(Error::malformed);
  return claim;
}

}  // namespace sotto
