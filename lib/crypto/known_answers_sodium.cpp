// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>

#include "crypto/hex_literal.hpp"
#include "crypto/known_answers.hpp"

namespace sotto::crypto {
namespace {

using Number = std::array<std::uint8_t, 32>;

// X25519: the first vector of RFC 7748 §5.2, and Alice's keys of §6.1

constexpr Number scalar =
    bytes_of<32>("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
constexpr Number point =
    bytes_of<32>("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
constexpr Number scalar_times_point =
    bytes_of<32>("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
constexpr Number alice_secret =
    bytes_of<32>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
constexpr Number alice_public =
    bytes_of<32>("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");

const char* wrong_x25519(const SodiumFunctions& lib) noexcept {
  Number out{};
  if (lib.scalarmult(out.data(), scalar.data(), point.data()) != 0 || out != scalar_times_point)
    return "crypto_scalarmult_curve25519";
  out = {};
  if (lib.scalarmult_base(out.data(), alice_secret.data()) != 0 || out != alice_public)
    return "crypto_scalarmult_curve25519_base";
  return nullptr;
}

// Scalars modulo L, the order of edwards25519, and its base point B [RFC 8032 §5.1], all
// little-endian

constexpr Number order =
    bytes_of<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
constexpr Number minus_one =
    bytes_of<32>("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
constexpr Number one = {1};
constexpr Number base =
    bytes_of<32>("5866666666666666666666666666666666666666666666666666666666666666");

const char* wrong_scalars(const SodiumFunctions& lib) noexcept {
  std::array<std::uint8_t, 64> wide{};
  std::ranges::copy(order, wide.begin());
  wide[0] += 2;
  Number out{};
  lib.scalar_reduce(out.data(), wide.data());
  if (out != Number{2}) return "crypto_core_ed25519_scalar_reduce";
  out = {};
  lib.scalar_negate(out.data(), one.data());
  if (out != minus_one) return "crypto_core_ed25519_scalar_negate";
  out = {};
  lib.scalar_mul(out.data(), minus_one.data(), minus_one.data());
  if (out != one) return "crypto_core_ed25519_scalar_mul";
  const Number three = {3};
  out = {};
  lib.scalar_add(out.data(), minus_one.data(), three.data());
  if (out != Number{2}) return "crypto_core_ed25519_scalar_add";
  out = {};
  if (lib.base_noclamp(out.data(), one.data()) != 0 || out != base)
    return "crypto_scalarmult_ed25519_base_noclamp";
  return nullptr;
}

// Ed25519: the second test of RFC 8032 §7.1

constexpr Number signer =
    bytes_of<32>("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
constexpr std::uint8_t message = 0x72;
constexpr auto signature = bytes_of<64>(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

const char* wrong_verification(const SodiumFunctions& lib) noexcept {
  constexpr const char* name = "crypto_sign_ed25519_verify_detached";
  if (lib.verify_detached(signature.data(), &message, 1, signer.data()) != 0) return name;
  auto altered = signature;
  altered[32] ^= 1;
  return lib.verify_detached(altered.data(), &message, 1, signer.data()) == 0 ? name : nullptr;
}

/// Their answers are bits that a caller takes apart: 0 and -1, 1 and 0 [libsodium, utils.h].
const char* wrong_comparison(const SodiumFunctions& lib) noexcept {
  const Number zeros{};
  if (lib.equal(order.data(), order.data(), order.size()) != 0 ||
      lib.equal(order.data(), minus_one.data(), order.size()) != -1)
    return "sodium_memcmp";
  if (lib.is_zero(zeros.data(), zeros.size()) != 1 || lib.is_zero(one.data(), one.size()) != 0)
    return "sodium_is_zero";
  return nullptr;
}

}  // namespace

const char* first_wrong_answer(const SodiumFunctions& table) noexcept {
  for (const auto wrong : {wrong_x25519, wrong_scalars, wrong_verification, wrong_comparison})
    if (const char* const name = wrong(table)) return name;
  return nullptr;
}

}  // namespace sotto::crypto
