// SPDX-License-Identifier: MIT OR Apache-2.0
/// X3DH (revision 1), both sides, in the form of message version 3.
#pragma once

#include <optional>

#include "primitives.hpp"

namespace sotto::model {

/// What both sides end with: the root key and the responder's first sending chain [DR-5.1-1].
struct Agreed {
  Key root;
  Key chain;
};

/// KDF(F || DH1 || DH2 || DH3 || DH4) [X3DH-2.2-3 to X3DH-2.2-5].
inline Agreed agreed_from(Buffer outputs) {
  Buffer f(32, 0xff);
  const Buffer all = hkdf(Key{}, joined({f, outputs}), "WhisperText", 64);
  return {key_at(all, 0), key_at(all, 32)};
}

/// [X3DH-3.3-4, X3DH-3.3-5]
inline Agreed initiator_agreed(const Pair& identity, const Pair& base, const Key& their_identity,
                               const Key& their_signed_prekey, const std::optional<Key>& one_time) {
  Buffer outputs = joined({dh(identity.secret, their_signed_prekey),
                           dh(base.secret, their_identity), dh(base.secret, their_signed_prekey)});
  if (one_time) outputs = joined({outputs, dh(base.secret, *one_time)});
  return agreed_from(outputs);
}

/// [X3DH-3.4-2]
inline Agreed responder_agreed(const Pair& identity, const Pair& signed_prekey,
                               const std::optional<Pair>& one_time, const Key& their_identity,
                               const Key& base) {
  Buffer outputs = joined({dh(signed_prekey.secret, their_identity), dh(identity.secret, base),
                           dh(signed_prekey.secret, base)});
  if (one_time) outputs = joined({outputs, dh(one_time->secret, base)});
  return agreed_from(outputs);
}

}  // namespace sotto::model
