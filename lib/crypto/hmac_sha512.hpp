// SPDX-License-Identifier: MIT OR Apache-2.0
/// HMAC-SHA512 (RFC 2104) under a key whose pads are hashed once, and HKDF-SHA512 (RFC 5869).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include <sotto/bytes.hpp>

namespace sotto::crypto {

/// An HMAC-SHA512 key, saved as the two states after its pads. Wiped at its end.
class HmacSha512Key {
 public:
  static constexpr std::size_t mac_bytes = 64;

  /// A key of any length; one above 128 bytes is hashed first [RFC 2104 §2].
  explicit HmacSha512Key(Bytes key) noexcept;
  HmacSha512Key(const HmacSha512Key&) = delete;
  HmacSha512Key& operator=(const HmacSha512Key&) = delete;
  ~HmacSha512Key();

  /// HMAC over the parts, one after the other.
  void mac(std::span<std::uint8_t, mac_bytes> out,
           std::initializer_list<Bytes> parts) const noexcept;

 private:
  using State = std::array<std::uint64_t, 27>;  ///< room for the backend's context
  State inner_;
  State outer_;
};

/// HKDF-Extract and HKDF-Expand [RFC 5869 §2.2, §2.3]. `out` is at most 255 * 64 bytes; longer asks
/// are a mistake of the caller and end the process.
void hkdf_sha512_extract(std::span<std::uint8_t, 64> prk, Bytes salt, Bytes input_key) noexcept;
void hkdf_sha512_expand(MutableBytes out, const HmacSha512Key& prk, Bytes info) noexcept;

}  // namespace sotto::crypto
