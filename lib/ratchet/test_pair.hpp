// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two ends of a conversation for tests, from agreed keys that stand in for X3DH.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ratchet.hpp>

#include "ratchet/test_bytes.hpp"
#include "testing/ratchet_image.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::ratchet {

inline Instant at(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds));
}

/// The keys that `who`'s tape determines.
struct Agreed {
  IdentityPublic alice;
  IdentityPublic bob;
  RootKey root;
  ChainKey chain;
  RatchetKeyPair bob_prekey;

  explicit Agreed(std::uint64_t seed = 1) : Agreed(testing::TapeEntropy(seed)) {}

  InitiatorAgreement initiator() const {
    return {root.duplicate(), chain.duplicate(), bob_prekey.public_key(), alice, bob};
  }
  ResponderAgreement responder() const {
    return {root.duplicate(), chain.duplicate(), bob_prekey.duplicate(), bob, alice};
  }

 private:
  template <class T>
  static T secret(Entropy& tape) {
    return T::made_by([&](MutableBytes out) { EXPECT_TRUE(tape.fill(out)); });
  }
  explicit Agreed(testing::TapeEntropy tape)
      : alice(IdentityKeyPair::generate(tape)->public_key()),
        bob(IdentityKeyPair::generate(tape)->public_key()),
        root(secret<RootKey>(tape)),
        chain(secret<ChainKey>(tape)),
        bob_prekey(*RatchetKeyPair::generate(tape)) {}
};

/// Every bit of a ratchet's state.
inline Buffer image_of(const Ratchet& ratchet) {
  return testing::image_of(ratchet.state());
}

/// One end, with buffers and a tape of its own.
struct End {
  Ratchet ratchet;
  testing::TapeEntropy tape;
  Instant now = at(1'000'000);

  Buffer send(std::string_view text) {
    const Buffer plaintext = bytes_of(text);
    Buffer out(Ratchet::encrypted_size(plaintext.size()));
    const auto sent = ratchet.encrypt(out, plaintext);
    EXPECT_TRUE(sent) << (sent ? "" : name(sent.error()));
    EXPECT_EQ(sent->size(), out.size());
    return out;
  }

  Result<std::string> receive(Bytes message) { return receive(message, tape); }
  Result<std::string> receive(Bytes message, Entropy& entropy) {
    Buffer out(message.size(), 0xa5);
    const Buffer before = image_of(ratchet);
    const auto opened = ratchet.decrypt(out, message, entropy, now);
    if (!opened) {
      for (const std::uint8_t byte : out) EXPECT_TRUE(byte == 0xa5 || byte == 0);
      EXPECT_EQ(image_of(ratchet), before) << "a failure changed the state";
      return std::unexpected(opened.error());
    }
    return std::string(opened->begin(), opened->end());
  }

  /// Go on from the saved image alone.
  void restart() {
    auto state = testing::load_image(image_of(ratchet), ratchet.state().limits());
    ASSERT_TRUE(state);
    ratchet = Ratchet(*std::move(state));
  }
};

struct Pair {
  End alice;
  End bob;

  explicit Pair(const RatchetLimits& limits = {}, std::uint64_t seed = 1)
      : Pair(Agreed(seed), limits, testing::TapeEntropy(seed + 100), seed) {}

  /// One message each way, so that both have turned.
  void settle() {
    ASSERT_EQ(bob.receive(alice.send("from alice")), "from alice");
    ASSERT_EQ(alice.receive(bob.send("from bob")), "from bob");
  }

 private:
  Pair(const Agreed& agreed, const RatchetLimits& limits, testing::TapeEntropy tape,
       std::uint64_t seed)
      : alice{*Ratchet::start(agreed.initiator(), tape, limits), testing::TapeEntropy(seed + 200)},
        bob{*Ratchet::start(agreed.responder(), limits), testing::TapeEntropy(seed + 300)} {}
};

/// What went wrong, as text; "opened" when nothing did.
inline std::string outcome(const Result<std::string>& result) {
  return result ? "opened" : std::string(name(result.error()));
}

}  // namespace sotto::ratchet
