// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a saved state: what loads saves as the same bytes, and can be used.
#include "conversation.hpp"
#include "known_session.hpp"
#include "testing/ratchet_image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const Bytes image(data, size);
  auto state = testing::load_image(image);
  if (!state) return 0;
  Ratchet ratchet(*std::move(state));
  fuzz::require(std::ranges::equal(prop::image_of(ratchet), image),
                "what was loaded saves as something else");
  // Whatever its keys: no use of it may harm.
  constexpr std::array<std::uint8_t, 7> text{};
  std::array<std::uint8_t, Ratchet::encrypted_size(7)> wire;
  const auto sealed = ratchet.encrypt(wire, text);
  fuzz::require(sealed || sealed.error() == Error::exhausted, "a loaded state does not seal");
  testing::TapeEntropy tape(1);
  for (const auto& position : fuzz::positions())
    for (const auto& message : position.genuine) {
      fuzz::Buffer out(message.size());
      const fuzz::Buffer before = prop::image_of(ratchet);
      const auto opened = ratchet.decrypt(out, message, tape, Instant{});
      const fuzz::Buffer after = prop::image_of(ratchet);
      fuzz::require(opened.has_value() != (before == after), "state and answer do not agree");
      fuzz::require(testing::load_image(after).has_value(),
                    "a state that was reached does not load");
      fuzz::require(ratchet.skipped_keys() <= ratchet.state().limits().max_skipped_total,
                    "more keys than the limit");
    }
  return 0;
}
