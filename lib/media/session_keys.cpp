// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/srtp.hpp>

#include "base/verdict.hpp"
#include "media/srtp_kdf.hpp"

namespace sotto {
namespace {

/// A master that has been looked at.
struct Deriving {
  Bytes key;
  const media::KdfSalt* salt;

  template <class Derived>
  [[nodiscard]] Derived first(std::size_t size, media::SrtpLabel label) const noexcept {
    return Derived::made_by(
        [&](MutableBytes out) { media::derive_srtp(out.first(size), key, *salt, label); });
  }
};

}  // namespace

Result<SrtpSessionKeys> srtp_session_keys(SrtpProfile profile, Bytes master_key,
                                          Bytes master_salt) noexcept {
  using enum media::SrtpLabel;
  const SrtpSizes sizes = srtp_sizes(profile);
  if (sizes.key == 0 || master_key.size() != sizes.key || master_salt.size() != sizes.salt)
    return std::unexpected(Error::malformed);
  if (base::is_zero_ct(master_key)) return std::unexpected(Error::weak_key);
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  // A salt of 12 bytes has two zeros behind it [RFC 7714 §11].
  const auto salt = media::KdfSalt::made_by(
      [&](MutableBytes out) { std::ranges::copy(master_salt, out.begin()); });
  const Deriving master{master_key, &salt};
  using Keys = SrtpSessionKeys;
  const std::size_t auth_bytes = sizes.salt == 12 ? 0 : Keys::Auth::size_bytes;
  return Keys{sizes.key,
              sizes.salt,
              auth_bytes,
              master.first<Keys::Key>(sizes.key, rtp_encryption),
              master.first<Keys::Auth>(auth_bytes, rtp_authentication),
              master.first<Keys::Salt>(sizes.salt, rtp_salt),
              master.first<Keys::Key>(sizes.key, rtcp_encryption),
              master.first<Keys::Auth>(auth_bytes, rtcp_authentication),
              master.first<Keys::Salt>(sizes.salt, rtcp_salt)};
}

}  // namespace sotto
