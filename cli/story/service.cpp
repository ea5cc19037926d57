// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "story/chapters.hpp"

namespace sotto::story {

void tell_service(World& world, Teller& teller) {
  teller.chapter("The service");
  const auto& kept = world.hub.kept();
  Blob plain;
  std::size_t found = 0;
  std::size_t control = 0;
  for (const std::string& text : world.said()) plain.insert(plain.end(), text.begin(), text.end());
  for (const std::string& text : world.said()) {
    const Blob needle = bytes_of(text);
    if (holds(plain, needle)) ++control;
    if (std::ranges::any_of(kept, [&](const auto& parcel) { return holds(parcel.bytes, needle); }))
      ++found;
  }
  teller.check(
      "it kept " + std::to_string(kept.size()) + " messages, and finds none of the texts",
      found == 0 && control == world.said().size(),
      of(found, world.said().size()) + "; in the plain text " + of(control, world.said().size()));
}

}  // namespace sotto::story
