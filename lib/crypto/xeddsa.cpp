// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/xeddsa.hpp"

#include <array>
#include <cstring>
#include <memory>

#include "base/mask.hpp"
#include "crypto/boring.hpp"
#include "crypto/sha2.hpp"
#include "crypto/sodium_ready.hpp"
#include "crypto/x25519.hpp"

namespace sotto::crypto {
namespace {

using Scalar = Secret<struct ScalarRole, 32>;
using PointBytes = std::array<std::uint8_t, 32>;

/// 2^256 - 2, little-endian: what sets the nonce's hash apart from every other [XEdDSA §2.5:
/// hash_1]. No point encodes to it.
constexpr PointBytes hash_1_prefix = [] {
  PointBytes bytes;
  bytes.fill(0xff);
  bytes[0] = 0xfe;
  return bytes;
}();

Scalar reduce(std::span<const std::uint8_t, 64> wide) noexcept {
  return Scalar::made_by([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_reduce(out.data(), wide.data());
  });
}

Scalar reduce_hash(std::initializer_list<Bytes> parts) noexcept {
  Sha512Digest digest = sha512(parts);
  Scalar scalar = reduce(digest);
  wipe(digest);
  return scalar;
}

/// scalar * B. Its answer says only that the scalar is zero, which none here is but by chance of
/// 2^-252.
PointBytes times_base(std::span<const std::uint8_t, 32> scalar) noexcept {
  PointBytes point;
  static_cast<void>(crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.data()));
  return point;
}

/// `k` reduced, or its negative when `negate` is 1, without a branch [XEdDSA §2.3].
Scalar conditionally_negated(std::span<const std::uint8_t, 32> k, std::uint8_t negate) noexcept {
  std::array<std::uint8_t, 64> wide{};
  std::memcpy(wide.data(), k.data(), 32);
  const Scalar plus = reduce(wide);
  wipe(wide);
  return Scalar::made_by([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_negate(out.data(), plus.expose().data());
    const auto mask = static_cast<std::uint8_t>(base::mask_of(negate));
    for (std::size_t i = 0; i < 32; ++i)
      out[i] = static_cast<std::uint8_t>((out[i] & mask) | (plus.expose()[i] & ~mask));
  });
}

struct BnDeleter {
  void operator()(BIGNUM* n) const noexcept { boring().bn_free(n); }
  void operator()(BN_CTX* context) const noexcept { boring().bn_ctx_free(context); }
};
using Bn = std::unique_ptr<BIGNUM, BnDeleter>;

/// The Edwards y of an acceptable Montgomery u: (u - 1) / (u + 1) mod 2^255 - 19 [XEdDSA §2.3].
/// Neither u - 1 nor u + 1 is zero then. Public bytes only, so variable time is fine. Fails without
/// memory.
bool edwards_y(PointBytes& y, std::span<const std::uint8_t, 32> u) noexcept {
  PointBytes p_bytes;
  p_bytes.fill(0xff);
  p_bytes[0] = 0xed;
  p_bytes[31] = 0x7f;
  const Boring& lib = boring();
  const std::unique_ptr<BN_CTX, BnDeleter> context(lib.bn_ctx_new());
  const Bn p(lib.bn_le2bn(p_bytes.data(), 32, nullptr));
  const Bn above(lib.bn_le2bn(u.data(), 32, nullptr));
  const Bn below(lib.bn_le2bn(u.data(), 32, nullptr));
  return context != nullptr && p != nullptr && above != nullptr && below != nullptr &&
         lib.bn_sub_word(above.get(), 1) == 1 && lib.bn_add_word(below.get(), 1) == 1 &&
         lib.bn_mod_inverse(below.get(), below.get(), p.get(), context.get()) != nullptr &&
         lib.bn_mod_mul(above.get(), above.get(), below.get(), p.get(), context.get()) == 1 &&
         lib.bn_bn2le_padded(y.data(), 32, above.get()) == 1;
}

}  // namespace

Signature xeddsa_sign(std::span<const std::uint8_t, 32> secret, Bytes message,
                      const SignatureNonce& nonce, XeddsaForm form) noexcept {
  static_cast<void>(sodium_ready());
  const Scalar k = Scalar::made_by([&](std::span<std::uint8_t, 32> out) {
    std::memcpy(out.data(), secret.data(), 32);
    out[0] &= 0xf8;
    out[31] = static_cast<std::uint8_t>((out[31] & 0x7f) | 0x40);
  });
  PointBytes key_point = times_base(k.expose());  // A or, in the specification's form, +-A
  const auto sign = static_cast<std::uint8_t>(key_point[31] >> 7);

  const bool as_specified = form == XeddsaForm::specification;
  if (as_specified) key_point[31] &= 0x7f;
  const Scalar a = conditionally_negated(k.expose(), as_specified ? sign : std::uint8_t{0});
  // The wire form hashes the secret as it is kept, the specification's form the scalar it signs
  // with.
  const Bytes hashed_secret = as_specified ? Bytes(a.expose()) : Bytes(k.expose());

  const Scalar r = reduce_hash({hash_1_prefix, hashed_secret, message, nonce.expose()});
  std::array<std::uint8_t, 64> signature;
  const PointBytes commitment = times_base(r.expose());
  std::memcpy(signature.data(), commitment.data(), 32);
  const Scalar h = reduce_hash({commitment, key_point, message});
  const auto product = Scalar::made_by([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_mul(out.data(), h.expose().data(), a.expose().data());
  });
  crypto_core_ed25519_scalar_add(signature.data() + 32, r.expose().data(), product.expose().data());
  if (!as_specified) signature[63] = static_cast<std::uint8_t>(signature[63] | (sign << 7));
  return Signature(signature);
}

Result<void> xeddsa_verify(std::span<const std::uint8_t, 32> u, Bytes message,
                           const Signature& signature) noexcept {
  if (!sodium_ready()) return std::unexpected(Error::backend_unavailable);
  PointBytes key_point;
  if (!is_acceptable_u(u)) return std::unexpected(Error::bad_signature);
  if (!edwards_y(key_point, u)) {  // Not the signer's fault.
    boring().err_clear_error();
    return std::unexpected(Error::out_of_memory);
  }
  std::array<std::uint8_t, 64> plain;
  std::memcpy(plain.data(), signature.bytes().data(), 64);
  key_point[31] = static_cast<std::uint8_t>(key_point[31] | (plain[63] & 0x80));
  plain[63] &= 0x7f;
  // libsodium refuses s not below the group's order, and R and A of small order or out of form.
  if (crypto_sign_ed25519_verify_detached(plain.data(), message.data(), message.size(),
                                          key_point.data()) != 0)
    return std::unexpected(Error::bad_signature);
  return {};
}

}  // namespace sotto::crypto
