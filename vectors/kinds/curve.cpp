// SPDX-License-Identifier: MIT OR Apache-2.0
// X25519 and XEdDSA.
#include <optional>
#include <utility>

#include <sotto/keys.hpp>

#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

/// X25519(k, u) = result.
struct X25519 {
  Key k;
  Key u;
  std::optional<Key> result;

  static X25519 read(Fields& fields) {
    X25519 test{fields.hex_of<32>("k"), fields.hex_of<32>("u"), std::nullopt};
    if (!refused(fields)) test.result = fields.hex_of<32>("result");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto shared = crypto::x25519(k, u);
    if (!shared) return std::unexpected(shared.error());
    if (result) checks.equal("result", shared->expose(), *result);
    return {};
  }
};

/// k, u = X25519(k, u), k; `iterations` times. [RFC 7748 §5.2]
struct X25519Iterated {
  Key k;
  Key u;
  std::uint64_t iterations;
  Key result;

  static X25519Iterated read(Fields& fields) {
    // Some 40 microseconds each.
    return {fields.hex_of<32>("k"), fields.hex_of<32>("u"), fields.number("iterations", 1'000'000),
            fields.hex_of<32>("result")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Key now = k;
    Key before = u;
    for (std::uint64_t i = 0; i < iterations; ++i) {
      const auto next = crypto::x25519(now, before);
      if (!next) return std::unexpected(next.error());
      before = now;
      std::ranges::copy(next->expose(), now.begin());
    }
    checks.equal("result", now, result);
    return {};
  }
};

/// Two key pairs and what they share. [RFC 7748 §6.1]
struct KeyAgreement {
  Key a_secret, a_public, b_secret, b_public, shared;

  static KeyAgreement read(Fields& fields) {
    return {fields.hex_of<32>("a_secret"), fields.hex_of<32>("a_public"),
            fields.hex_of<32>("b_secret"), fields.hex_of<32>("b_public"),
            fields.hex_of<32>("shared")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto a = CallKeyPair::from_secret(Secret<struct CallRole, 32>(a_secret));
    const auto b = CallKeyPair::from_secret(Secret<struct CallRole, 32>(b_secret));
    if (!a) return std::unexpected(a.error());
    if (!b) return std::unexpected(b.error());
    checks.equal("a_public", a->public_key().bytes(), a_public);
    checks.equal("b_public", b->public_key().bytes(), b_public);
    const auto at_a = crypto::agree(a->secret_key(), b->public_key());
    const auto at_b = crypto::agree(b->secret_key(), a->public_key());
    if (!at_a) return std::unexpected(at_a.error());
    if (!at_b) return std::unexpected(at_b.error());
    checks.equal("shared, as a sees it", at_a->expose(), shared);
    checks.equal("shared, as b sees it", at_b->expose(), shared);
    return {};
  }
};

/// Whether a public key from outside may be used: `weak_key` when it is of low order or not in
/// canonical form.
struct X25519Public {
  Key u;

  static X25519Public read(Fields& fields) { return {fields.hex_of<32>("u")}; }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    if (!crypto::is_acceptable_u(u)) return std::unexpected(Error::weak_key);
    checks.require(crypto::is_canonical_u(u), "u is acceptable, and yet not canonical");
    return {};
  }
};

/// Signing, in either form. [XEdDSA §2.5]
struct XeddsaSign {
  Key secret;
  Key public_key;
  Blob message;
  std::array<std::uint8_t, 64> nonce;
  crypto::XeddsaForm form;
  std::array<std::uint8_t, 64> signature;

  static crypto::XeddsaForm form_of(Fields& fields) {
    const std::string form = fields.text("form");
    if (form == "wire") return crypto::XeddsaForm::wire;
    if (form == "specification") return crypto::XeddsaForm::specification;
    fields.wrong("form", "is neither \"wire\" nor \"specification\"");
  }

  static XeddsaSign read(Fields& fields) {
    return {fields.hex_of<32>("secret"),
            fields.hex_of<32>("public"),
            fields.hex("message"),
            fields.hex_of<64>("nonce"),
            form_of(fields),
            fields.hex_of<64>("signature")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto keys = IdentityKeyPair::from_secret(Secret<struct IdentityRole, 32>(secret));
    if (!keys) return std::unexpected(keys.error());
    checks.equal("public", keys->public_key().bytes(), public_key);
    const Signature made =
        crypto::xeddsa_sign(secret, message, crypto::SignatureNonce(nonce), form);
    checks.equal("signature", made.bytes(), signature);
    return crypto::xeddsa_verify(public_key, message, Signature(signature));
  }
};

/// Verifying; both forms are accepted. [XEdDSA §2.5]
struct XeddsaVerify {
  Key public_key;
  Blob message;
  std::array<std::uint8_t, 64> signature;

  static XeddsaVerify read(Fields& fields) {
    return {fields.hex_of<32>("public"), fields.hex("message"), fields.hex_of<64>("signature")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto answer = crypto::xeddsa_verify(public_key, message, Signature(signature));
    if (!answer) return answer;
    checks.require(true, "");
    return {};
  }
};

constexpr Kind kinds[] = {
    {"x25519", run_case<X25519>},
    {"x25519_iterated", run_case<X25519Iterated>},
    {"x25519_agreement", run_case<KeyAgreement>},
    {"x25519_public", run_case<X25519Public>},
    {"xeddsa_sign", run_case<XeddsaSign>},
    {"xeddsa_verify", run_case<XeddsaVerify>},
};

}  // namespace

std::span<const Kind> curve_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
