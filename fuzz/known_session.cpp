// SPDX-License-Identifier: MIT OR Apache-2.0
#include "known_session.hpp"

#include "agreement.hpp"
#include "conversation.hpp"
#include "testing/ratchet_image.hpp"

namespace sotto::fuzz {
namespace {

constexpr Instant noon{std::chrono::milliseconds(43'200'000)};

struct Ends {
  Ratchet alice;
  Ratchet bob;
};

Ends start() {
  testing::TapeEntropy tape(7);
  auto agreed = prop::agree(true, tape);
  const RatchetLimits limits{.max_forward_jump = 50};
  return {prop::must(Ratchet::start(std::move(agreed.initiator), tape, limits)),
          prop::must(Ratchet::start(std::move(agreed.responder), limits))};
}

Buffer send(Ratchet& from, Bytes text) {
  Buffer wire(Ratchet::encrypted_size(text.size()));
  prop::must(from.encrypt(wire, text));
  return wire;
}

void receive(Ratchet& to, Bytes wire, Entropy& tape) {
  Buffer out(wire.size());
  prop::must(to.decrypt(out, wire, tape, noon));
}

void add(Position& position, Ratchet& from) {
  const Buffer text(5 * position.genuine.size(), 'x');
  position.genuine.push_back(send(from, text));
  position.plaintexts.push_back(text);
}

std::array<Position, 3> make() {
  std::array<Position, 3> made;
  testing::TapeEntropy tape(8);
  Ends ends = start();
  made[0].image = prop::image_of(ends.bob);
  for (int i = 0; i < 4; ++i) add(made[0], ends.alice);
  // Bob hears the last of them only: three keys are kept; then both turn.
  receive(ends.bob, made[0].genuine[3], tape);
  made[1].genuine.assign(made[0].genuine.begin(), made[0].genuine.begin() + 3);
  made[1].plaintexts.assign(made[0].plaintexts.begin(), made[0].plaintexts.begin() + 3);
  receive(ends.alice, send(ends.bob, {}), tape);
  made[1].image = prop::image_of(ends.bob);
  for (int i = 0; i < 2; ++i) add(made[1], ends.alice);
  made[2].image = prop::image_of(ends.alice);
  for (int i = 0; i < 3; ++i) add(made[2], ends.bob);
  return made;
}

}  // namespace

const std::array<Position, 3>& positions() {
  static const auto made = make();
  return made;
}

Ratchet loaded(Bytes image) {
  return Ratchet(prop::must(testing::load_image(image)));
}

}  // namespace sotto::fuzz
