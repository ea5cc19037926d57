// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two parties agree by X3DH on tapes; with all the parts at hand.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <sotto/x3dh.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::prop {

/// The value of what cannot fail here; ends the process when it did.
template <class T>
T must(Result<T>&& result) {
  if (!result) {
    std::fprintf(stderr, "failed: %s\n", name(result.error()).data());
    std::abort();
  }
  return *std::move(result);
}

/// A responder with one signed prekey and one one-time prekey.
struct Responder {
  IdentityKeyPair identity;
  SignedPrekey signed_prekey;
  OneTimePrekey one_time;

  explicit Responder(Entropy& tape) : Responder(must(IdentityKeyPair::generate(tape)), tape) {}

  [[nodiscard]] Bundle bundle(bool with_one_time) const {
    return publish(identity.public_key(), signed_prekey, with_one_time ? &one_time : nullptr);
  }
  [[nodiscard]] Result<ResponderAgreement> respond_to(const Initiation& initiation) const {
    return respond(identity, signed_prekey, initiation.one_time_prekey_id ? &one_time : nullptr,
                   initiation);
  }

 private:
  Responder(IdentityKeyPair&& keys, Entropy& tape)
      : identity(std::move(keys)),
        signed_prekey(must(SignedPrekey::generate(SignedPrekeyId{22}, identity, tape))),
        one_time(must(OneTimePrekey::generate(OneTimePrekeyId{31}, tape))) {}
};

/// A whole agreement and those who made it.
struct Agreement {
  IdentityKeyPair alice;
  std::shared_ptr<const Responder> bob;
  Initiation initiation;
  InitiatorAgreement initiator;
  ResponderAgreement responder;
};

/// Alice agrees with Bob.
inline Agreement agree(const IdentityKeyPair& alice, const std::shared_ptr<const Responder>& bob,
                       bool with_one_time, Entropy& tape) {
  auto initiated = must(initiate(alice, must(verify(bob->bundle(with_one_time))), tape));
  auto responded = must(bob->respond_to(initiated.initiation));
  return {alice.duplicate(), bob, initiated.initiation, std::move(initiated.agreement),
          std::move(responded)};
}

/// Two that a tape makes agree.
inline Agreement agree(bool with_one_time, Entropy& tape) {
  const auto alice = must(IdentityKeyPair::generate(tape));
  return agree(alice, std::make_shared<const Responder>(tape), with_one_time, tape);
}

}  // namespace sotto::prop
