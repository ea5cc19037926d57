// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/schedule.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/writer.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/hmac_sha512.hpp"

namespace sotto::sframe {
namespace {

constexpr std::string_view key_label = "SFrame 1.0 Secret key ";
constexpr std::string_view salt_label = "SFrame 1.0 Secret salt ";
constexpr std::string_view ratchet_label = "SFrame 1.0 Ratchet";

/// HKDF-Expand(HKDF-Extract("", base_key), info) with the suite's hash.
void derive(MutableBytes out, const Suite& suite, Bytes base_key, Bytes info) noexcept {
  std::array<std::uint8_t, 64> prk;
  if (suite.hash == Suite::Hash::sha256) {
    const auto half = std::span(prk).first<32>();
    crypto::zero_salt().mac(half, {base_key});
    crypto::hkdf_sha256_expand(out, crypto::HmacSha256Key(half), info);
  } else {
    crypto::hkdf_sha512_extract(prk, {}, base_key);
    crypto::hkdf_sha512_expand(out, crypto::HmacSha512Key(prk), info);
  }
  wipe(prk);
}

/// The same, under a label of a key: label || KID (8) || suite (2).
void derive(MutableBytes out, const Suite& suite, Bytes base_key, std::string_view label,
            SframeKid kid) noexcept {
  std::array<std::uint8_t, salt_label.size() + 8 + 2> info;
  base::Writer writer(info);
  writer.put(crypto::label(label));
  writer.put_uint(std::to_underlying(kid));
  writer.put_uint(std::to_underlying(suite.id));
  const auto written = writer.finish();
  if (!written) std::abort();
  derive(out, suite, base_key, *written);
}

}  // namespace

FrameKeys derive_keys(const Suite& suite, SframeKid kid, Bytes base_key) noexcept {
  return {
      decltype(FrameKeys::key)::made_by([&](MutableBytes out) {
        derive(out.first(suite.key_bytes()), suite, base_key, key_label, kid);
      }),
      FrameSalt::made_by([&](MutableBytes out) { derive(out, suite, base_key, salt_label, kid); })};
}

SframeBaseKey next_base_key(const Suite& suite, Bytes base_key) noexcept {
  std::array<std::uint8_t, 64> next;
  const auto used = std::span(next).first(suite.hash_bytes());
  derive(used, suite, base_key, crypto::label(ratchet_label));
  auto key = SframeBaseKey::create(used);
  wipe(next);
  if (!key) std::abort();  // Its size is one of two.
  return *std::move(key);
}

}  // namespace sotto::sframe
