// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a message: nothing opens but what was sent, and a refusal changes no bit.
#include "conversation.hpp"
#include "known_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input in(data, size);
  const fuzz::Position& position = fuzz::positions()[in.byte() % fuzz::positions().size()];
  const Bytes message = in.rest();
  const auto sent = std::ranges::find_if(
      position.genuine, [&](const auto& wire) { return std::ranges::equal(wire, message); });

  Ratchet ratchet = fuzz::loaded(position.image);
  testing::TapeEntropy tape(1);
  constexpr std::uint8_t mark = 0xa5;
  fuzz::Buffer out(message.size(), mark);
  const auto opened = ratchet.decrypt(out, message, tape, Instant{});
  if (sent != position.genuine.end()) {
    const auto which = static_cast<std::size_t>(sent - position.genuine.begin());
    fuzz::require(opened && std::ranges::equal(*opened, position.plaintexts[which]),
                  "a genuine message did not open to what was sent");
    return 0;
  }
  fuzz::require(!opened, "what nobody sent was opened");
  fuzz::require(prop::image_of(ratchet) == position.image, "a refusal changed the state");
  fuzz::require(fuzz::untouched_or_zeroed(out, mark), "a refusal left something in the output");
  fuzz::require(tape.drawn() == 0, "a refusal drew randomness");
  return 0;
}
