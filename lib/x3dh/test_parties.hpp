// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two people and a third, with all their keys at hand, for the tests of this room.
#pragma once

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/x3dh.hpp>

#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::x3dh {

/// The pair of a secret in hexadecimal digits.
template <class Pair>
Pair pair_of(const char* secret) {
  using Key = std::remove_cvref_t<decltype(std::declval<Pair>().secret_key())>;
  return *Pair::from_secret(Key(testing::unhex_array<32>(secret)));
}

/// Somebody with one prekey of each kind.
struct Party {
  explicit Party(std::uint64_t seed) : tape(seed) {}

  testing::TapeEntropy tape;
  IdentityKeyPair identity = *IdentityKeyPair::generate(tape);
  SignedPrekey signed_prekey = *SignedPrekey::generate(SignedPrekeyId{7}, identity, tape);
  OneTimePrekey one_time = *OneTimePrekey::generate(OneTimePrekeyId{9}, tape);

  [[nodiscard]] Bundle bundle(bool with_one_time = true) const {
    return publish(identity.public_key(), signed_prekey, with_one_time ? &one_time : nullptr);
  }
  [[nodiscard]] Result<Initiated> reach(const Bundle& other) {
    const auto verified = verify(other);
    if (!verified) return std::unexpected(verified.error());
    return initiate(identity, *verified, tape);
  }
  [[nodiscard]] Result<ResponderAgreement> answer(const Initiation& initiation) const {
    return respond(identity, signed_prekey, initiation.one_time_prekey_id ? &one_time : nullptr,
                   initiation);
  }
};

/// The cause of a failure, or nothing where there was none.
template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::optional<Error>() : result.error();
}

template <class A, class B>
bool same_root(const A& a, const B& b) {
  return testing::hex(a.root_key.expose()) == testing::hex(b.root_key.expose());
}
template <class A, class B>
bool same_chain(const A& a, const B& b) {
  return testing::hex(a.chain_key.expose()) == testing::hex(b.chain_key.expose());
}

/// Every u that no agreement may touch: of low order [RFC 7748 §6.1], p to 2^255 - 1, and all of
/// these and an honest key with the top bit set.
inline std::vector<std::array<std::uint8_t, 32>> refused_keys() {
  using testing::unhex_array;
  std::vector<std::array<std::uint8_t, 32>> keys = {
      unhex_array<32>("0000000000000000000000000000000000000000000000000000000000000000"),
      unhex_array<32>("0100000000000000000000000000000000000000000000000000000000000000"),
      unhex_array<32>("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
      unhex_array<32>("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
      unhex_array<32>("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  };
  auto alias = keys.back();
  for (unsigned low = 0xed; low <= 0xff; ++low) {
    alias[0] = static_cast<std::uint8_t>(low);
    keys.push_back(alias);
  }
  keys.push_back(
      unhex_array<32>("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  for (std::size_t i = 0, count = keys.size(); i < count; ++i) {
    auto marked = keys[i];
    marked[31] |= 0x80;
    keys.push_back(marked);
  }
  keys.erase(keys.begin() + 24);  // the honest key as it should be
  return keys;
}

}  // namespace sotto::x3dh
