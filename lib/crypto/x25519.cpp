// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/x25519.hpp"

#include <algorithm>
#include <array>

#include <sotto/keys.hpp>

#include "base/verdict.hpp"
#include "crypto/sodium_ready.hpp"

namespace sotto {
namespace crypto {
namespace {

using FieldBytes = std::array<std::uint8_t, 32>;

/// The canonical u of low order [RFC 7748 §6.1]: 0, 1, the two of order 8, and -1.
constexpr FieldBytes low_order[] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

}  // namespace

Result<SharedSecret> x25519(std::span<const std::uint8_t, 32> k,
                            std::span<const std::uint8_t, 32> u) noexcept {
  if (!sodium_ready()) return std::unexpected(Error::backend_unavailable);
  // Its verdict on the result is looked up again below, where the checker can see it; what it
  // answers early, for a u of low order, depends on public bytes alone and leaves zeros.
  auto shared = SharedSecret::made_by([&](std::span<std::uint8_t, 32> out) {
    [[maybe_unused]] const int answer =
        crypto_scalarmult_curve25519(out.data(), k.data(), u.data());
  });
  if (base::is_zero_ct(shared.expose())) return std::unexpected(Error::weak_key);
  return shared;
}

bool is_canonical_u(std::span<const std::uint8_t, 32> u) noexcept {
  if ((u[31] & 0x80) != 0) return false;
  if (u[31] != 0x7f || !std::ranges::all_of(u.subspan<1, 30>(), [](auto b) { return b == 0xff; }))
    return true;
  return u[0] < 0xed;
}

bool is_acceptable_u(std::span<const std::uint8_t, 32> u) noexcept {
  return is_canonical_u(u) && std::ranges::none_of(low_order, [&](const FieldBytes& bad) {
           return std::ranges::equal(bad, u);
         });
}

}  // namespace crypto

Result<void> detail::complete_key_pair(std::span<std::uint8_t, 32> secret,
                                       std::span<std::uint8_t, 32> public_key) noexcept {
  if (!crypto::sodium_ready()) return std::unexpected(Error::backend_unavailable);
  if (base::is_zero_ct(secret)) return std::unexpected(Error::weak_key);
  secret[0] &= 0xf8;
  secret[31] = static_cast<std::uint8_t>((secret[31] & 0x7f) | 0x40);
  // Answers 0 for every scalar: a clamped one is never zero modulo the group's order.
  static_cast<void>(crypto_scalarmult_curve25519_base(public_key.data(), secret.data()));
  return {};
}

}  // namespace sotto
