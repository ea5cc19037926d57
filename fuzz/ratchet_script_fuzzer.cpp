// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two ratchets driven by a byte script: what is delivered opens to what was sent, once, and what
/// fails changes no bit.
#include "scripts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input in(data, size);
  prop::Conversation conversation(fuzz::start_of(in));
  for (int i = 0; i < fuzz::most_events && !in.empty(); ++i)
    fuzz::require(conversation.apply(fuzz::event_of(in)));
  fuzz::require(conversation.settle());
  return 0;
}
