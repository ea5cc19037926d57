// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a bundle and as an initiation: only what its owner signed verifies, and only what
/// the initiator made leads to the same keys.
#include <sotto/x3dh.hpp>

#include "agreement.hpp"
#include "input.hpp"

namespace {

using namespace sotto;

/// Fixed keys, made once and never changed.
const prop::Agreement& known() {
  static const prop::Agreement agreement = [] {
    testing::TapeEntropy tape(11);
    return prop::agree(true, tape);
  }();
  return agreement;
}

template <class T>
T overlaid(const T& value, fuzz::Input& in) {
  // What stays zero in the input stays as it is: single bits are easy to reach.
  auto bytes = in.array<T::size_bytes>();
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= value.bytes()[i];
  return T(bytes);
}

void try_bundle(fuzz::Input& in) {
  const Bundle genuine = known().bob->bundle(true);
  const std::uint8_t flags = in.byte();
  Bundle bundle{overlaid(genuine.identity, in), SignedPrekeyId{in.number(4)},
                overlaid(genuine.signed_prekey, in), overlaid(genuine.signature, in), std::nullopt};
  if ((flags & 1) != 0)
    bundle.one_time = {OneTimePrekeyId{in.number(4)}, overlaid(genuine.one_time->key, in)};
  const auto verified = verify(bundle);
  if (!verified) return;
  fuzz::require(
      bundle.identity != genuine.identity ||
          (bundle.signed_prekey == genuine.signed_prekey && bundle.signature == genuine.signature),
      "a signature that Bob did not make");
  testing::TapeEntropy tape(1);
  const auto initiated = initiate(known().alice, *verified, tape);
  fuzz::require(initiated || initiated.error() == Error::own_identity,
                "a verified bundle leads nowhere");
}

void try_initiation(fuzz::Input& in) {
  const Initiation& genuine = known().initiation;
  const std::uint8_t flags = in.byte();
  Initiation initiation{overlaid(genuine.identity, in), overlaid(genuine.base_key, in),
                        SignedPrekeyId{22 ^ in.number(4)}, std::nullopt};
  if ((flags & 1) == 0) initiation.one_time_prekey_id = OneTimePrekeyId{31 ^ in.number(4)};
  const auto responded = known().bob->respond_to(initiation);
  fuzz::require(responded || initiation != genuine, "a genuine initiation was refused");
  if (!responded) return;
  const bool same =
      std::ranges::equal(responded->root_key.expose(), known().initiator.root_key.expose()) ||
      std::ranges::equal(responded->chain_key.expose(), known().initiator.chain_key.expose());
  fuzz::require(same == (initiation == genuine), "another initiation leads to the same keys");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  if ((in.byte() & 1) == 0)
    try_bundle(in);
  else
    try_initiation(in);
  return 0;
}
