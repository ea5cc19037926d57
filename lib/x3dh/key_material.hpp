// SPDX-License-Identifier: MIT OR Apache-2.0
/// From Diffie-Hellman outputs to the keys that a ratchet starts with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/keys.hpp>

#include "crypto/x25519.hpp"
#include "x3dh/labels.hpp"

namespace sotto::x3dh {

/// SK as message version 3 cuts it: 64 bytes of KDF, of which the first half is the root key and
/// the second the responder's first sending chain [DR-5.1-1].
struct AgreedKeys {
  RootKey root;
  ChainKey chain;
};

/// F || DH1 || DH2 || DH3 [|| DH4], the input of KDF [X3DH-2.2-3]. Wiped at its end, so that no
/// output outlives the call that made it [X3DH-3.3-6, X3DH-3.4-2].
class KeyMaterial {
 public:
  KeyMaterial() noexcept;
  KeyMaterial(const KeyMaterial&) = delete;
  KeyMaterial& operator=(const KeyMaterial&) = delete;
  ~KeyMaterial() { wipe(bytes_); }

  /// Append DH(ours, theirs), which is X25519 [X3DH-2.2-1]: three or four of them, in the order of
  /// the specification. After a failure nothing else counts.
  template <class Ours, class Theirs>
  void append_dh(const KeyPair<Ours>& ours, const Public<Theirs, 32>& theirs) noexcept {
    append(crypto::agree(ours.secret_key(), theirs));
  }

  /// KDF [X3DH-2.2-4, X3DH-2.2-5]. Errors: `weak_key`, `backend_unavailable`, from the outputs.
  [[nodiscard]] Result<AgreedKeys> derive() const noexcept;

 private:
  void append(const Result<crypto::SharedSecret>& output) noexcept;

  std::array<std::uint8_t, separation_bytes + 4 * crypto::SharedSecret::size_bytes> bytes_;
  std::size_t used_ = separation_bytes;
  Result<void> outcome_;
};

}  // namespace sotto::x3dh
