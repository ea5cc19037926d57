// SPDX-License-Identifier: MIT OR Apache-2.0
#include "x3dh/agreement.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "crypto/hkdf.hpp"
#include "crypto/x25519.hpp"
#include "x3dh/labels.hpp"

namespace sotto {
namespace x3dh {
namespace {

using crypto::SharedSecret;

/// F || DH1 || DH2 || DH3 [|| DH4] [X3DH §2.2, §3.3], wiped at its end.
class KeyMaterial {
 public:
  KeyMaterial() noexcept { std::memset(bytes_.data(), separation_byte, separation_bytes); }
  KeyMaterial(const KeyMaterial&) = delete;
  KeyMaterial& operator=(const KeyMaterial&) = delete;
  ~KeyMaterial() { wipe(bytes_); }

  /// Append the next output, or take note of why there is none.
  void append(const Result<SharedSecret>& output) noexcept {
    if (!output) {
      failure_ = std::unexpected(output.error());
      return;
    }
    std::memcpy(bytes_.data() + used_, output->expose().data(), SharedSecret::size_bytes);
    used_ += SharedSecret::size_bytes;
  }

  [[nodiscard]] const Result<void>& state() const noexcept { return failure_; }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(used_); }

 private:
  std::array<std::uint8_t, separation_bytes + 4 * SharedSecret::size_bytes> bytes_;
  std::size_t used_ = separation_bytes;
  Result<void> failure_;
};

struct Keys {
  RootKey root;
  ChainKey chain;
};

/// KDF(KM) [X3DH §2.2]: 64 bytes, root key || chain key.
Keys derive(const KeyMaterial& material) noexcept {
  using Output = Secret<struct OutputRole, 64>;
  const Output output = Output::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), material.bytes(), crypto::label(info));
  });
  return {RootKey(output.expose().first<32>()), ChainKey(output.expose().last<32>())};
}

}  // namespace

Result<Initiated> initiate_with(const IdentityKeyPair& ours, const VerifiedBundle& verified,
                                EphemeralKeyPair&& ephemeral) noexcept {
  const EphemeralKeyPair base(std::move(ephemeral));
  const Bundle& bundle = verified.bundle();
  if (bundle.identity == ours.public_key()) return std::unexpected(Error::own_identity);

  KeyMaterial material;
  material.append(crypto::agree(ours.secret_key(), bundle.signed_prekey));  // DH1
  material.append(crypto::agree(base.secret_key(), bundle.identity));       // DH2
  material.append(crypto::agree(base.secret_key(), bundle.signed_prekey));  // DH3
  if (bundle.one_time)
    material.append(crypto::agree(base.secret_key(), bundle.one_time->key));  // DH4
  if (!material.state()) return std::unexpected(material.state().error());

  Keys keys = derive(material);
  Initiation initiation{ours.public_key(), base.public_key(), bundle.signed_prekey_id, {}};
  if (bundle.one_time) initiation.one_time_prekey_id = bundle.one_time->id;
  return Initiated{initiation, InitiatorAgreement{std::move(keys.root), std::move(keys.chain),
                                                  bundle.signed_prekey.as<struct RatchetRole>(),
                                                  ours.public_key(), bundle.identity}};
}

}  // namespace x3dh

Result<Initiated> initiate(const IdentityKeyPair& ours, const VerifiedBundle& bundle,
                           Entropy& entropy) noexcept {
  auto ephemeral = EphemeralKeyPair::generate(entropy);
  if (!ephemeral) return std::unexpected(ephemeral.error());
  return x3dh::initiate_with(ours, bundle, *std::move(ephemeral));
}

Result<ResponderAgreement> respond(const IdentityKeyPair& ours, const SignedPrekey& signed_prekey,
                                   const OneTimePrekey* one_time,
                                   const Initiation& initiation) noexcept {
  if (initiation.signed_prekey_id != signed_prekey.id)
    return std::unexpected(Error::unknown_prekey);
  if (initiation.one_time_prekey_id.has_value() != (one_time != nullptr))
    return std::unexpected(Error::unknown_prekey);
  if (one_time != nullptr && *initiation.one_time_prekey_id != one_time->id)
    return std::unexpected(Error::unknown_prekey);
  if (!crypto::is_acceptable_u(initiation.identity.bytes()) ||
      !crypto::is_acceptable_u(initiation.base_key.bytes()))
    return std::unexpected(Error::weak_key);
  if (initiation.identity == ours.public_key()) return std::unexpected(Error::own_identity);

  x3dh::KeyMaterial material;
  material.append(crypto::agree(signed_prekey.keys.secret_key(), initiation.identity));  // DH1
  material.append(crypto::agree(ours.secret_key(), initiation.base_key));                // DH2
  material.append(crypto::agree(signed_prekey.keys.secret_key(), initiation.base_key));  // DH3
  if (one_time != nullptr)
    material.append(crypto::agree(one_time->keys.secret_key(), initiation.base_key));  // DH4
  if (!material.state()) return std::unexpected(material.state().error());

  x3dh::Keys keys = x3dh::derive(material);
  return ResponderAgreement{std::move(keys.root), std::move(keys.chain),
                            signed_prekey.keys.duplicate().into<struct RatchetRole>(),
                            ours.public_key(), initiation.identity};
}

}  // namespace sotto
