// SPDX-License-Identifier: MIT OR Apache-2.0
#include "letter_seeds.hpp"

#include <algorithm>
#include <stdexcept>

#include "known_talk.hpp"
#include "messenger/choice.hpp"
#include "messenger/state.hpp"
#include "talk/parcel_codec.hpp"

namespace sotto::fuzz {
namespace {

Buffer with_front(std::uint8_t front, Bytes rest) {
  Buffer all(1 + rest.size(), front);
  std::ranges::copy(rest, all.begin() + 1);
  return all;
}

void parcels(const AddSeed& add) {
  talk::Parcel parcel;
  parcel.bytes = {1, 2, 3};
  add("parcel_fuzzer", "small", talk::encode(parcel));
  parcel.key.number = UINT64_MAX;
  parcel.kind = MessageKind::prekey;
  add("parcel_fuzzer", "prekey", talk::encode(parcel));
}

void letters(const AddSeed& add) {
  const KnownTalk& known = known_talk();
  for (const std::uint8_t how : std::initializer_list<std::uint8_t>{0, 1, 2, 4})
    add("letter_fuzzer", "letter-" + std::to_string(how), with_front(how, known.letter));
  Buffer other_talk = known.letter;
  const auto place = std::ranges::search(other_talk, known.talk.bytes());
  if (place.empty()) throw std::runtime_error("a letter without its conversation");
  place.begin()[0] ^= 1;
  add("letter_fuzzer", "other-talk", with_front(0, other_talk));
  messenger::ConversationState state;
  state.choice = messenger::read_choice(known.letter)->choice;
  state.sent = state.largest_order = 5;
  Buffer row(messenger::state_max_bytes);
  add("letter_fuzzer", "row", with_front(8, *messenger::write_state(row, state)));
  add("letter_fuzzer", "choice", with_front(8, known.letter));
}

}  // namespace

void letter_seeds(const AddSeed& add) {
  parcels(add);
  letters(add);
}

}  // namespace sotto::fuzz
