// SPDX-License-Identifier: MIT OR Apache-2.0
// X3DH: bundles, and the agreement as either side comes to it.
#include <optional>
#include <utility>

#include <sotto/x3dh.hpp>

#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

constexpr SignedPrekeyId signed_prekey_id{7};
constexpr OneTimePrekeyId one_time_id{8};

template <class Pair, class Role>
Result<Pair> pair_of(const Key& secret) {
  return Pair::from_secret(Secret<Role, 32>(secret));
}

Result<IdentityKeyPair> identity_of(const Key& secret) {
  return pair_of<IdentityKeyPair, struct IdentityRole>(secret);
}

std::optional<Key> optional_key(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::nullopt;
  return fields.hex_of<32>(name);
}

Result<std::optional<OneTimePrekey>> one_time_of(const std::optional<Key>& secret) {
  if (!secret) return std::nullopt;
  auto keys = pair_of<OneTimePrekeyPair, struct OneTimePrekeyRole>(*secret);
  if (!keys) return std::unexpected(keys.error());
  return OneTimePrekey{one_time_id, *std::move(keys)};
}

/// What both sides must come to [X3DH §3.3].
struct Agreed {
  Key root_key;
  Key chain_key;

  static Agreed read(Fields& fields) {
    return {fields.hex_of<32>("root_key"), fields.hex_of<32>("chain_key")};
  }

  template <class Agreement>
  void check(Checks& checks, std::string_view side, const Agreement& agreement) const {
    const std::string suffix = ", at the " + std::string(side);
    checks.equal("root_key" + suffix, agreement.root_key.expose(), root_key);
    checks.equal("chain_key" + suffix, agreement.chain_key.expose(), chain_key);
  }
};

/// The responder alone, from the initiator's public keys.
struct X3dhRespond {
  Key identity_secret;
  Key signed_prekey_secret;
  std::optional<Key> one_time_prekey_secret;
  Key their_identity;
  Key base_key;
  std::optional<Agreed> agreed;

  static X3dhRespond read(Fields& fields) {
    X3dhRespond test{fields.hex_of<32>("identity_secret"),
                     fields.hex_of<32>("signed_prekey_secret"),
                     optional_key(fields, "one_time_prekey_secret"),
                     fields.hex_of<32>("their_identity"),
                     fields.hex_of<32>("base_key"),
                     std::nullopt};
    if (!refused(fields)) test.agreed = Agreed::read(fields);
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto identity = identity_of(identity_secret);
    if (!identity) return std::unexpected(identity.error());
    auto keys = pair_of<SignedPrekeyPair, struct SignedPrekeyRole>(signed_prekey_secret);
    if (!keys) return std::unexpected(keys.error());
    const SignedPrekey prekey{signed_prekey_id, *std::move(keys), Signature()};
    const auto one_time = one_time_of(one_time_prekey_secret);
    if (!one_time) return std::unexpected(one_time.error());
    Initiation initiation{IdentityPublic(their_identity), EphemeralPublic(base_key),
                          signed_prekey_id, std::nullopt};
    if (*one_time) initiation.one_time_prekey_id = one_time_id;
    const auto agreement =
        respond(*identity, prekey, *one_time ? &**one_time : nullptr, initiation);
    if (!agreement) return std::unexpected(agreement.error());
    if (agreed) agreed->check(checks, "responder", *agreement);
    return {};
  }
};

/// The whole agreement, from the secrets of both sides.
struct X3dhAgreement {
  Key initiator_identity_secret;
  Key responder_identity_secret;
  Key signed_prekey_secret;
  Blob signature_nonce;
  std::optional<Key> one_time_prekey_secret;
  Key ephemeral_secret;
  std::array<std::uint8_t, 64> signature;
  Key base_key;
  Agreed agreed;

  static X3dhAgreement read(Fields& fields) {
    return {fields.hex_of<32>("initiator_identity_secret"),
            fields.hex_of<32>("responder_identity_secret"),
            fields.hex_of<32>("signed_prekey_secret"),
            fields.hex("signature_nonce"),
            optional_key(fields, "one_time_prekey_secret"),
            fields.hex_of<32>("ephemeral_secret"),
            fields.hex_of<64>("signature"),
            fields.hex_of<32>("base_key"),
            Agreed::read(fields)};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto initiator = identity_of(initiator_identity_secret);
    const auto responder = identity_of(responder_identity_secret);
    const auto one_time = one_time_of(one_time_prekey_secret);
    if (!initiator || !responder || !one_time) return std::unexpected(Error::weak_key);

    Blob drawn(signed_prekey_secret.begin(), signed_prekey_secret.end());
    drawn.insert(drawn.end(), signature_nonce.begin(), signature_nonce.end());
    FixedEntropy responder_entropy(std::move(drawn));
    const auto prekey = SignedPrekey::generate(signed_prekey_id, *responder, responder_entropy);
    if (!prekey) return std::unexpected(prekey.error());
    checks.require(responder_entropy.used_up(), "a signed prekey drew less than its secret");
    checks.equal("signature", prekey->signature.bytes(), signature);

    const OneTimePrekey* spare = *one_time ? &**one_time : nullptr;
    const auto bundle = sotto::verify(publish(responder->public_key(), *prekey, spare));
    if (!bundle) return std::unexpected(bundle.error());
    FixedEntropy initiator_entropy({ephemeral_secret.begin(), ephemeral_secret.end()});
    const auto initiated = initiate(*initiator, *bundle, initiator_entropy);
    if (!initiated) return std::unexpected(initiated.error());
    checks.require(initiator_entropy.used_up(), "the initiator drew less than its base key");
    checks.equal("base_key", initiated->initiation.base_key.bytes(), base_key);
    agreed.check(checks, "initiator", initiated->agreement);

    const auto answered = respond(*responder, *prekey, spare, initiated->initiation);
    if (!answered) return std::unexpected(answered.error());
    agreed.check(checks, "responder", *answered);
    return {};
  }
};

/// Whether a bundle may be used [X3DH §3.3].
struct X3dhBundle {
  Bundle bundle;

  static X3dhBundle read(Fields& fields) {
    X3dhBundle test{{IdentityPublic(fields.hex_of<32>("identity")), signed_prekey_id,
                     SignedPrekeyPublic(fields.hex_of<32>("signed_prekey")),
                     Signature(fields.hex_of<64>("signature")), std::nullopt}};
    if (const auto key = optional_key(fields, "one_time_prekey"))
      test.bundle.one_time = Bundle::OneTime{one_time_id, OneTimePrekeyPublic(*key)};
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto verified = sotto::verify(bundle);
    if (!verified) return std::unexpected(verified.error());
    checks.require(verified->bundle() == bundle, "the verified bundle is another one");
    return {};
  }
};

constexpr Kind kinds[] = {
    {"x3dh_respond", run_case<X3dhRespond>},
    {"x3dh_agreement", run_case<X3dhAgreement>},
    {"x3dh_bundle", run_case<X3dhBundle>},
};

}  // namespace

std::span<const Kind> x3dh_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
