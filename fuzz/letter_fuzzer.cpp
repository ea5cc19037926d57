// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a letter that a device of one's conversation seals: it is refused and nothing has
/// changed, or it is taken and stands once, and the conversation goes on. And any bytes as the rows
/// that a messenger keeps of a conversation: what is read is written again as it was.
#include <algorithm>

#include "known_talk.hpp"
#include "messenger/choice.hpp"
#include "messenger/desk.hpp"
#include "messenger/state.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::fuzz {
namespace {

Buffer all_of(MemoryStore& rows) {
  Buffer all;
  Buffer after;
  while (true) {
    const auto next = rows.next({}, after);
    require(next.has_value(), "rows cannot be read");
    if (!*next) return all;
    after.assign((*next)->key.begin(), (*next)->key.end());
    all.insert(all.end(), after.begin(), after.end());
    all.insert(all.end(), (*next)->value.begin(), (*next)->value.end());
  }
}

std::size_t kept_in(Messenger& messenger, const ConversationId& talk) {
  Buffer room(content_max_padded);
  std::optional<OrderKey> after;
  for (std::size_t count = 0;; ++count) {
    const auto next = messenger.next_kept(room, talk, after);
    require(next.has_value(), "what is kept cannot be read");
    if (!*next) return count;
    require(!after || *after < (*next)->place, "what is kept has no order");
    after = (*next)->place;
  }
}

/// The tag that fits, when there is something that it could fit.
FrankingTag tag_of(Bytes letter) {
  const auto choice = messenger::read_choice(letter);
  if (!choice) return {};
  const auto content = read_content(choice->rest);
  if (!content) return {};
  return frank(FrankingKey(content->franking_key), content->franked);
}

void written_again(const Arrival& arrival, Bytes letter) {
  const auto choice = messenger::read_choice(letter);
  require(choice.has_value(), "a letter without a choice was taken");
  Buffer room(content_max_padded);
  const auto written =
      write_content(room, arrival.content->head, FrankingKey(arrival.content->franking_key),
                    arrival.content->body);
  require(written && std::ranges::equal(*written, choice->rest), "a letter reads as another one");
}

void as_letter(Bytes letter, std::uint8_t how) {
  const KnownTalk& known = known_talk();
  MemoryStore ann_rows = *known.ann_rows.clone();
  MemoryStore ben_rows = *known.ben_rows.clone();
  TalkSide ann(ann_rows, true);
  TalkSide ben(ben_rows, false);
  testing::TapeEntropy tape(5);
  Buffer sealed(max_message_size(letter.size()));
  const auto message =
      ann.device().encrypt(sealed, messenger::address_of(known.ben), letter, known.now);
  if (!message) return;
  Envelope envelope{known.ann, message->kind, message->bytes, tag_of(letter), 1, known.now, {}};
  if ((how & 1) != 0) envelope.tag = {};
  if ((how & 2) != 0) envelope.from = known.tablet;
  const Instant now = known.now + ((how & 4) != 0 ? std::chrono::days(400) : std::chrono::days(0));

  const Buffer before = all_of(ben_rows);
  const std::size_t kept = kept_in(ben.messenger(), known.talk);
  Buffer room(envelope.bytes.size(), 0xa5);
  const auto arrival = ben.messenger().receive(room, envelope, tape, now);
  if (!arrival) {
    require(all_of(ben_rows) == before, "a letter that was refused has changed something");
    require(std::ranges::all_of(room, [](std::uint8_t byte) { return byte == 0; }) ||
                std::ranges::all_of(room, [](std::uint8_t byte) { return byte == 0xa5; }),
            "plaintext left behind by a failure");
    return;
  }
  require((how & 3) == 0, "a letter of another tag or device was taken");
  require(arrival->content.has_value() == (arrival->kind == Arrival::Kind::content), "no content");
  if (arrival->content) written_again(*arrival, letter);
  const bool here = arrival->conversation == known.talk;
  const std::size_t more = kept_in(ben.messenger(), known.talk);
  if (here && arrival->kind != Arrival::Kind::content) require(more <= kept, "kept, not shown");
  require(more <= kept + 1, "one letter is kept twice");

  // The same once more is nothing, also for who starts again.
  TalkSide again(ben_rows, false);
  const auto repeated = again.messenger().receive(room, envelope, tape, now);
  require(!repeated && repeated.error() == Error::replayed, "a letter was taken twice");
  std::array<Erased, 4> erased;
  require(again.messenger().tick(erased, now + std::chrono::days(800)).has_value(),
          "what is over cannot be erased");
  require(again.messenger().next_deadline().has_value(), "no next deadline");
  const Buffer text{'o', 'k'};
  const auto said =
      again.messenger().send(arrival->conversation, ContentKind::text, text, {}, tape, now);
  require(said.has_value() || said.error() == Error::wrong_state,
          "the conversation does not go on");
}

void as_rows(Bytes bytes) {
  Buffer room(messenger::state_max_bytes + bytes.size());
  if (const auto state = messenger::read_state(bytes)) {
    const auto written = messenger::write_state(room, *state);
    require(written && std::ranges::equal(*written, bytes), "a row reads as another one");
  }
  if (const auto choice = messenger::read_choice(bytes)) {
    base::Writer writer(room);
    messenger::put_choice(writer, choice->choice);
    const std::size_t size = bytes.size() - choice->rest.size();
    require(size == messenger::choice_size(choice->choice) &&
                std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size),
                           bytes.begin()),
            "a choice reads as another one");
  }
}

}  // namespace
}  // namespace sotto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::fuzz::Input in(data, size);
  const std::uint8_t how = in.byte();
  if ((how & 8) != 0)
    sotto::fuzz::as_rows(in.rest());
  else
    sotto::fuzz::as_letter(in.rest(), how);
  return 0;
}
