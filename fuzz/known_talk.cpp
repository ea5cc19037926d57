// SPDX-License-Identifier: MIT OR Apache-2.0
#include "known_talk.hpp"

#include <array>

#include "messenger/choice.hpp"
#include "testing/service.hpp"

namespace sotto::fuzz {
namespace {

using testing::must;
using testing::Phone;
using testing::Service;
using testing::user_of;

constexpr std::uint64_t first_seed = 70;  // The service counts up from here.
constexpr std::uint64_t ann_seed = first_seed + 1;
constexpr std::uint64_t ben_seed = first_seed + 3;

void say(Service& service, Phone& from, const ConversationId& talk, std::string_view said) {
  const Buffer text(said.begin(), said.end());
  must(from.messenger().send(talk, ContentKind::text, text, {}, from.tape, from.now), "send");
  service.collect(from);
}

void hear(Service& service, Phone& phone) {
  Buffer room(delivery_max_bytes);
  for (auto& mail = service.mail(phone.self()); !mail.empty(); mail.pop_front())
    static_cast<void>(must(service.deliver(phone, mail.front(), room), "deliver"));
}

/// The next letter that Ann might write, as bytes.
Buffer letter_of(Phone& ann, const ConversationId& talk) {
  const auto choice = must(ann.messenger().choice(talk), "choice");
  ContentHead head;
  head.id = MessageId(std::array<std::uint8_t, MessageId::size_bytes>{7});
  head.conversation = talk;
  head.sent_at = ann.now;
  head.order = 9;
  head.sender = must(ann.messenger().roster(ann.self().user), "roster")->claim();
  head.recipient = must(ann.messenger().roster(user_of(2)), "roster")->claim();
  const Buffer text{'h', 'e', 'y'};
  Buffer letter(messenger::choice_size(choice) + padded_content_size(content_head_bytes + 3));
  base::Writer writer(letter);
  messenger::put_choice(writer, choice);
  const auto key = must(new_franking_key(ann.tape), "franking key");
  must(write_content(MutableBytes(letter).subspan(messenger::choice_size(choice)), head, key, text),
       "content");
  return letter;
}

KnownTalk make() {
  MemoryStore ann_rows = must(MemoryStore::create(), "rows");
  MemoryStore ben_rows = must(MemoryStore::create(), "rows");
  Service service(first_seed, 4);
  Phone& ann = service.add(1, 1, &ann_rows);
  Phone& tablet = service.add(1, 2);
  Phone& ben = service.add(2, 1, &ben_rows);
  for (Phone* phone : {&ann, &tablet, &ben})
    for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
  const auto talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                               ChosenDevices::all(user_of(2)), ann.tape),
                         "begin");
  say(service, ann, talk, "one");
  hear(service, ben);
  hear(service, tablet);
  say(service, ben, talk, "two");
  hear(service, ann);
  hear(service, tablet);
  say(service, ann, talk, "three");
  hear(service, ben);
  Buffer letter = letter_of(ann, talk);
  return {must(ann_rows.clone(), "rows"),
          must(ben_rows.clone(), "rows"),
          ann.self(),
          tablet.self(),
          ben.self(),
          talk,
          ann.now,
          std::move(letter)};
}

}  // namespace

KnownTalk& known_talk() {
  static KnownTalk known = make();
  return known;
}

TalkSide::TalkSide(MemoryStore& rows, bool is_ann)
    : device_(must(Device::open(rows, Phone::storage_key(is_ann ? ann_seed : ben_seed)), "open")),
      messenger_(must(Messenger::open(device_), "messenger")) {
}

}  // namespace sotto::fuzz
