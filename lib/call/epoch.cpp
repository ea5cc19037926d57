// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/epoch.hpp"

#include <cstdlib>
#include <string_view>

#include "base/writer.hpp"
#include "crypto/hkdf.hpp"

namespace sotto::call {
namespace {

/// Expand(PRK, "sotto call 1 " || label || epoch(4)).
class Expander {
 public:
  Expander(const crypto::HmacSha256Key& prk, std::uint32_t epoch) noexcept
      : prk_(&prk), epoch_(epoch) {}

  void operator()(MutableBytes out, std::string_view label) const noexcept {
    std::array<std::uint8_t, 64> room;
    base::Writer info(room);
    info.put(crypto::label("sotto call 1 "));
    info.put(crypto::label(label));
    info.put_uint(epoch_);
    const auto written = info.finish();
    if (!written) std::abort();  // No label is that long.
    crypto::hkdf_sha256_expand(out, *prk_, *written);
  }

  template <class Key>
  [[nodiscard]] Key key(std::string_view label, std::size_t size = Key::size_bytes) const noexcept {
    return Key::made_by([&](MutableBytes out) { (*this)(out.first(size), label); });
  }

 private:
  const crypto::HmacSha256Key* prk_;
  std::uint32_t epoch_;
};

EpochKeys expand(const crypto::HmacSha256Key& salt, const crypto::SharedSecret& shared,
                 const CallTerms& terms, std::uint32_t epoch) noexcept {
  std::array<std::uint8_t, 32> prk;
  salt.mac(prk, {shared.expose()});
  const crypto::HmacSha256Key prk_key(prk);
  wipe(prk);
  const Expander from(prk_key, epoch);
  const SrtpSizes sizes = srtp_sizes(terms.srtp);
  const std::size_t srtp_bytes = sizes.key + sizes.salt;
  return {{from.key<SrtpKeys>("caller srtp", srtp_bytes), from.key<FrameKey>("caller frames"),
           from.key<ConfirmKey>("caller confirm")},
          {from.key<SrtpKeys>("callee srtp", srtp_bytes), from.key<FrameKey>("callee frames"),
           from.key<ConfirmKey>("callee confirm")},
          from.key<ChainSecret>("chain"),
          from.key<CodeKey>("code")};
}

}  // namespace

EpochKeys first_epoch(const Transcript& transcript, const crypto::SharedSecret& shared,
                      const CallTerms& terms) noexcept {
  return expand(crypto::HmacSha256Key(transcript.bytes()), shared, terms, 0);
}

EpochKeys next_epoch(const ChainSecret& chain, const Transcript& transcript,
                     const crypto::SharedSecret& shared, const CallTerms& terms,
                     std::uint32_t epoch) noexcept {
  std::array<std::uint8_t, 32> salt;
  crypto::HmacSha256Key(chain.expose()).mac(salt, {transcript.bytes()});
  const crypto::HmacSha256Key salt_key(salt);
  wipe(salt);
  return expand(salt_key, shared, terms, epoch);
}

std::array<std::uint8_t, 32> confirmation(const ConfirmKey& key, const Transcript& transcript,
                                          Bytes body) noexcept {
  std::array<std::uint8_t, 32> mac;
  crypto::HmacSha256Key(key.expose()).mac(mac, {transcript.bytes(), body});
  return mac;
}

}  // namespace sotto::call
