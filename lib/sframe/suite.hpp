// SPDX-License-Identifier: MIT OR Apache-2.0
/// The cipher suites of SFrame as a table [RFC 9605 §4.5].
#pragma once

#include <cstdint>

#include <sotto/sframe.hpp>

namespace sotto::sframe {

struct Suite {
  enum class Hash : std::uint8_t { sha256, sha512 };
  enum class Cipher : std::uint8_t { gcm, ctr_hmac };

  SframeSuite id;
  Hash hash;
  Cipher cipher;
  std::uint8_t cipher_key_bytes;  ///< Nka, or Nk of the AEADs
  std::uint8_t tag_bytes;         ///< Nt

  [[nodiscard]] constexpr std::size_t hash_bytes() const noexcept {  ///< Nh
    return hash == Hash::sha256 ? 32 : 64;
  }
  [[nodiscard]] constexpr std::size_t key_bytes() const noexcept {  ///< Nk
    return cipher_key_bytes + (cipher == Cipher::ctr_hmac ? hash_bytes() : 0);
  }
};

inline constexpr std::size_t max_key_bytes = 32 + 64;
inline constexpr std::size_t max_tag_bytes = 32;

/// The suite of that number, or null.
[[nodiscard]] const Suite* find_suite(SframeSuite id) noexcept;

/// Forgeries borne under one key of the suite, by the length of its tag [RFC9605-9.4-1].
[[nodiscard]] std::uint64_t forgery_budget(const Suite& suite) noexcept;

}  // namespace sotto::sframe
