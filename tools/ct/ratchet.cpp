// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of the Double Ratchet: messages in and out of order, new ratchet keys, forgeries.
#include <algorithm>
#include <vector>

#include <sotto/ratchet.hpp>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr Instant now(std::chrono::milliseconds(1'000'000));

/// A plaintext of which only the size is known.
Buffer plaintext(std::size_t bytes) {
  Buffer text(bytes, 0x5a);
  ct::make_secret(text);
  return text;
}

Buffer send(Ratchet& from, std::size_t bytes) {
  Buffer message(Ratchet::encrypted_size(bytes));
  const unsigned before = ct::verdicts();
  ct::require(from.encrypt(message, plaintext(bytes)).has_value(), "encrypt");
  ct::require(ct::verdicts() == before, "encrypting asks for no verdict");
  ct::publish(message);
  return message;
}

void receive(Ratchet& to, const Buffer& message, std::size_t bytes, Entropy& tape) {
  Buffer out(message.size());
  const auto opened = to.decrypt(out, message, tape, now);
  ct::require(opened.has_value(), "decrypt");
  ct::require(opened->size() == bytes, "the plaintext has its size");
  ct::publish(out);
  ct::require(std::ranges::all_of(*opened, [](auto byte) { return byte == 0x5a; }), "same text");
}

void refuse(Ratchet& to, const Buffer& message, Error why, Entropy& tape) {
  Buffer out(message.size());
  const auto opened = to.decrypt(out, message, tape, now);
  ct::require(!opened && opened.error() == why, name(why));
}

}  // namespace

int main() {
  ct::SecretTape tape(4);
  const auto alice_identity = IdentityKeyPair::generate(tape)->public_key();
  const auto bob_identity = IdentityKeyPair::generate(tape)->public_key();
  const auto root = ct::draw<RootKey>(tape);
  const auto chain = ct::draw<ChainKey>(tape);
  auto prekey = RatchetKeyPair::generate(tape);
  const auto prekey_public = prekey->public_key();

  auto alice = Ratchet::start(InitiatorAgreement{root.duplicate(), chain.duplicate(), prekey_public,
                                                 alice_identity, bob_identity},
                              tape);
  auto bob = Ratchet::start(ResponderAgreement{root.duplicate(), chain.duplicate(),
                                               *std::move(prekey), bob_identity, alice_identity});
  ct::require(alice && bob, "start");

  // Both directions, each message a new ratchet key.
  for (int turn = 0; turn < 3; ++turn) {
    receive(*bob, send(*alice, 64), 64, tape);
    receive(*alice, send(*bob, 0), 0, tape);
  }

  // Late, lost, repeated and forged.
  std::vector<Buffer> sent;
  for (std::size_t i = 0; i < 12; ++i) sent.push_back(send(*alice, 10 * i));
  receive(*bob, sent[5], 50, tape);
  receive(*bob, sent[2], 20, tape);
  refuse(*bob, sent[2], Error::replayed, tape);
  Buffer forged = sent[11];
  forged.back() ^= 1;
  refuse(*bob, forged, Error::authentication_failed, tape);
  forged = sent[3];
  forged[60] ^= 1;
  refuse(*bob, forged, Error::authentication_failed, tape);
  receive(*bob, sent[11], 110, tape);
  receive(*bob, sent[3], 30, tape);

  // A forged ratchet key: a whole step of the Diffie-Hellman ratchet for nothing.
  forged = send(*bob, 16);
  forged[1] ^= 1;
  refuse(*alice, forged, Error::authentication_failed, tape);

  const Ratchet moved = *std::move(alice);
  return moved.skipped_keys() == 0 ? 0 : 1;
}
