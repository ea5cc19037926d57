// SPDX-License-Identifier: MIT OR Apache-2.0
// The example of README.md: a test holds the two to be the same, and runs this one.
#include <cstdio>

#include <sotto/sotto.hpp>

using namespace sotto;

int main() {
  SystemEntropy entropy;
  if (!check_backend()) return 1;

  // Bob keeps an identity and a prekey, and publishes a bundle of their public halves.
  const auto bob = IdentityKeyPair::generate(entropy).value();
  const auto prekey = SignedPrekey::generate(SignedPrekeyId{1}, bob, entropy).value();
  const Bundle bundle = publish(bob.public_key(), prekey, nullptr);

  // Alice checks it, agrees on keys with it and encrypts.
  const auto alice = IdentityKeyPair::generate(entropy).value();
  auto initiated = initiate(alice, verify(bundle).value(), entropy).value();
  auto hers = Ratchet::start(std::move(initiated.agreement), entropy).value();
  const std::array<std::uint8_t, 5> text{'h', 'e', 'l', 'l', 'o'};
  std::array<std::uint8_t, Ratchet::encrypted_size(text.size())> buffer;
  const auto message = hers.encrypt(buffer, text).value();

  // Bob gets `initiated.initiation` and the message, agrees on the same keys and reads.
  auto his = Ratchet::start(respond(bob, prekey, nullptr, initiated.initiation).value()).value();
  const auto now = std::chrono::floor<Instant::duration>(std::chrono::system_clock::now());
  std::array<std::uint8_t, sizeof buffer> opened;
  const auto read = his.decrypt(opened, message, entropy, now);
  if (!read) return 1;
  std::printf("%.*s\n", static_cast<int>(read->size()), reinterpret_cast<char*>(read->data()));
}
