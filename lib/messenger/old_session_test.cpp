// SPDX-License-Identifier: MIT OR Apache-2.0
// What becomes of a session that was left: of a stolen one nothing; of two begun at once, one
// comes back, and that is told [CV-4-4].
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

/// Ann and Ben, each with one phone, who have spoken. Ann's rows can be copied.
struct Two {
  Two() {
    for (Phone* phone : {&ann, &ben})
      for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
    talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
    EXPECT_FALSE(say(ann, ben).has(Notice::session_returned));
    EXPECT_FALSE(say(ben, ann).has(Notice::session_returned));
  }
  void write(Phone& from) {
    static_cast<void>(
        must(from.messenger().send(talk, ContentKind::text, text("hello"), {}, from.tape, from.now),
             "send"));
    service.collect(from);
  }
  /// What the reader is told.
  Notices read(Phone& to) {
    const Posted posted = service.mail(to.self()).front();
    service.mail(to.self()).pop_front();
    room.assign(delivery_max_bytes, 0);
    return must(service.deliver(to, posted, room), "receive").notices;
  }
  Notices say(Phone& from, Phone& to) {
    write(from);
    return read(to);
  }
  void begin_anew(Phone& from, Phone& with) {
    const auto bundle = with.bundle();
    must(from.messenger().connect(with.self(), bundle.registration,
                                  must(verify(bundle.keys), "verify"), from.tape, from.now),
         "connect");
  }
  Service service{7};
  MemoryStore rows = must(MemoryStore::create(), "rows");
  Phone& ann = service.add(1, 1, &rows);
  Phone& ben = service.add(2, 1);
  ConversationId talk;
  Blob room;
};

TEST(OldSession, OfAThiefIsNotWrittenIn) {
  Two two;
  auto stolen = must(two.rows.clone(), "a copy");
  two.begin_anew(two.ann, two.ben);
  EXPECT_FALSE(two.say(two.ann, two.ben).has(Notice::session_returned)) << "Ann began anew";
  EXPECT_FALSE(two.say(two.ben, two.ann).has(Notice::session_returned));

  auto device = must(Device::open(stolen, Phone::storage_key(8)), "open");
  auto thief = must(Messenger::open(device), "messenger");
  testing::TapeEntropy tape(99);
  static_cast<void>(must(
      thief.send(two.talk, ContentKind::text, text("send money"), {}, tape, two.ann.now), "send"));
  Blob out(delivery_max_bytes);
  const auto delivery = must(thief.next_delivery(out, {}, two.ann.now), "delivery");
  ASSERT_TRUE(delivery && !delivery->needs_session);
  Envelope envelope;
  envelope.from = two.ann.self();
  envelope.kind = delivery->kind;
  envelope.bytes = delivery->bytes;
  envelope.tag = delivery->tag;
  two.room.assign(delivery_max_bytes, 0);
  const auto arrival =
      must(two.ben.messenger().receive(two.room, envelope, two.ben.tape, two.ben.now), "receive");
  EXPECT_FALSE(arrival.notices.has(Notice::session_returned));
  // What Ben says then reaches Ann.
  EXPECT_FALSE(two.say(two.ben, two.ann).has(Notice::session_returned));
  EXPECT_FALSE(two.say(two.ann, two.ben).has(Notice::session_returned));
}

TEST(OldSession, ThatComesBackIsTold) {
  // Both begin anew at once, and their letters cross twice: each goes where the other one speaks.
  Two two;
  two.begin_anew(two.ann, two.ben);
  two.begin_anew(two.ben, two.ann);
  for (const bool returns : {false, true}) {
    two.write(two.ann);
    two.write(two.ben);
    EXPECT_EQ(two.read(two.ann).has(Notice::session_returned), returns);
    EXPECT_EQ(two.read(two.ben).has(Notice::session_returned), returns);
  }
}

}  // namespace
}  // namespace sotto::messenger
