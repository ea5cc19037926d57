// SPDX-License-Identifier: MIT OR Apache-2.0
/// A known answer for each function of the cryptographic libraries that is called here.
#pragma once

#include <sodium.h>

#include "crypto/boring.hpp"

namespace sotto::crypto {

/// The functions of libsodium that are called here and in `lib/base`.
struct SodiumFunctions {
  decltype(&::crypto_scalarmult_curve25519) scalarmult = &::crypto_scalarmult_curve25519;
  decltype(&::crypto_scalarmult_curve25519_base) scalarmult_base =
      &::crypto_scalarmult_curve25519_base;
  decltype(&::crypto_core_ed25519_scalar_reduce) scalar_reduce =
      &::crypto_core_ed25519_scalar_reduce;
  decltype(&::crypto_core_ed25519_scalar_negate) scalar_negate =
      &::crypto_core_ed25519_scalar_negate;
  decltype(&::crypto_core_ed25519_scalar_mul) scalar_mul = &::crypto_core_ed25519_scalar_mul;
  decltype(&::crypto_core_ed25519_scalar_add) scalar_add = &::crypto_core_ed25519_scalar_add;
  decltype(&::crypto_scalarmult_ed25519_base_noclamp) base_noclamp =
      &::crypto_scalarmult_ed25519_base_noclamp;
  decltype(&::crypto_sign_ed25519_verify_detached) verify_detached =
      &::crypto_sign_ed25519_verify_detached;
  decltype(&::sodium_memcmp) equal = &::sodium_memcmp;
  decltype(&::sodium_is_zero) is_zero = &::sodium_is_zero;
};

/// `visit(entry, name)` for every one of them.
template <class Table, class Visitor>
void for_each_sodium_function(Table& table, Visitor visit) {
  visit(table.scalarmult, "crypto_scalarmult_curve25519");
  visit(table.scalarmult_base, "crypto_scalarmult_curve25519_base");
  visit(table.scalar_reduce, "crypto_core_ed25519_scalar_reduce");
  visit(table.scalar_negate, "crypto_core_ed25519_scalar_negate");
  visit(table.scalar_mul, "crypto_core_ed25519_scalar_mul");
  visit(table.scalar_add, "crypto_core_ed25519_scalar_add");
  visit(table.base_noclamp, "crypto_scalarmult_ed25519_base_noclamp");
  visit(table.verify_detached, "crypto_sign_ed25519_verify_detached");
  visit(table.equal, "sodium_memcmp");
  visit(table.is_zero, "sodium_is_zero");
}

/// Whether a libsodium whose interface has these numbers serves what was compiled with these
/// headers: the first changes when something is taken away, the second when something is added.
[[nodiscard]] constexpr bool sodium_version_fits(int major, int minor) noexcept {
  return major == SODIUM_LIBRARY_VERSION_MAJOR && minor >= SODIUM_LIBRARY_VERSION_MINOR;
}

/// The name of the first function of the table whose answer is wrong, or null when all are right.
/// The functions that free have no answer: `EVP_CIPHER_CTX_free`, `BN_free`, `BN_CTX_free`. The
/// answers are those of published standards, named beside each.
[[nodiscard]] const char* first_wrong_answer(const Boring& table) noexcept;
[[nodiscard]] const char* first_wrong_answer(const SodiumFunctions& table) noexcept;

}  // namespace sotto::crypto
