// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/call_schedule.hpp"

#include <array>
#include <cstring>

#include "crypto/hkdf.hpp"
#include "media/labels.hpp"

namespace sotto::media {
namespace {

constexpr std::size_t key_bytes = SrtpMasterKey::size_bytes;
constexpr std::size_t salt_bytes = SrtpMasterSalt::size_bytes;
constexpr std::size_t master_bytes = key_bytes + salt_bytes;
constexpr std::size_t identity_bytes = IdentityPublic::size_bytes;

using Okm = Secret<struct CallOkmRole, 2 * master_bytes>;

SrtpMaster master_at(std::span<const std::uint8_t, master_bytes> bytes) noexcept {
  return {SrtpMasterKey(bytes.first<key_bytes>()), SrtpMasterSalt(bytes.last<salt_bytes>())};
}

}  // namespace

CallMasters call_schedule(const crypto::SharedSecret& shared,
                          const CallIdentities& identities) noexcept {
  std::array<std::uint8_t, call_schedule_label.size() + 2 * identity_bytes> info;
  std::uint8_t* at = info.data();
  std::memcpy(at, call_schedule_label.data(), call_schedule_label.size());
  at += call_schedule_label.size();
  std::memcpy(at, identities.caller.bytes().data(), identity_bytes);
  at += identity_bytes;
  std::memcpy(at, identities.callee.bytes().data(), identity_bytes);

  const auto okm = Okm::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), shared.expose(), info);
  });
  return {master_at(okm.expose().first<master_bytes>()),
          master_at(okm.expose().last<master_bytes>())};
}

}  // namespace sotto::media
