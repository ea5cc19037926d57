// SPDX-License-Identifier: MIT OR Apache-2.0
// What is kept of messages, reported, noticed and erased.
#include "messenger/desk.hpp"
#include "messenger/rows.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::seconds;
using testing::error_of;

TEST(Messenger, AFrankingTagThatIsNotTheContentsIsRefused) {  // [CV-4-2]
  World world;
  world.say(world.ann, "reportable");
  Posted posted = world.service.mail(world.ben.self()).front();
  std::array<std::uint8_t, 32> bytes{};
  std::copy(posted.tag.bytes().begin(), posted.tag.bytes().end(), bytes.begin());
  bytes[31] ^= 1;
  const FrankingTag right = posted.tag;
  posted.tag = FrankingTag(bytes);
  Blob room(delivery_max_bytes, 0xaa);
  EXPECT_EQ(error_of(world.service.deliver(world.ben, posted, room)), Error::authentication_failed);
  EXPECT_EQ(room, Blob(room.size(), 0)) << "nothing of it is seen";
  posted.tag = right;
  EXPECT_EQ(shown(world.service.deliver(world.ben, posted, room)->content), "reportable");
}

TEST(Messenger, WhatIsKeptCanBeReported) {
  World world;
  const OrderKey said = world.say(world.ann, "shameful");
  static_cast<void>(world.hear(world.ben));
  Blob out(content_max_padded + 200);
  const auto kept =
      must(world.ben.messenger().kept(out, world.talk, {said.sender, said.id}), "kept");
  ASSERT_TRUE(kept);
  std::vector<ReportedMessage> messages;
  messages.push_back({{user_of(1), 1, user_of(2), world.talk, kept->stamped_at, kept->counter},
                      kept->stamp,
                      FrankingKey(kept->content.franking_key),
                      kept->content.franked});
  Blob report(*report_size(messages));
  ASSERT_TRUE(write_report(report, messages));
  const auto verified = VerifiedReport::verify(world.service.platform, report);
  ASSERT_TRUE(verified) << name(verified.error());
  const auto content = read_franked_content(verified->messages()[0].content);
  ASSERT_TRUE(content);
  EXPECT_EQ(std::string(content->body.begin(), content->body.end()), "shameful");
}

TEST(Messenger, WhatIsOverIsErased) {  // [CV-5-1]
  World world;
  const TimerSetting ten{TimerType::after_send, 10, world.ann.now};
  world.say(world.ann, "gone soon", ten);
  world.say(world.ann, "stays");
  for (int i = 0; i < 2; ++i) static_cast<void>(world.hear(world.ben));
  EXPECT_EQ(must(world.ben.messenger().next_deadline(), "deadline"), world.ben.now + seconds(10));
  std::array<Erased, 4> erased{};
  EXPECT_TRUE(
      must(world.ben.messenger().tick(erased, world.ben.now + seconds(9)), "tick").erased.empty());
  const auto gone =
      must(world.ben.messenger().tick(erased, world.ben.now + seconds(10)), "tick").erased;
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].conversation, world.talk);
  EXPECT_EQ(gone[0].message.author, user_of(1));
  EXPECT_EQ(world.kept(world.ben), Strings{"stays"});
  world.ben.restart();
  EXPECT_EQ(world.kept(world.ben), Strings{"stays"});
  EXPECT_FALSE(must(world.ben.messenger().next_deadline(), "none"));
  // The tablet hears of it after its time.
  world.tablet.now += seconds(11);
  EXPECT_EQ(world.hear(world.tablet)->kind, Arrival::Kind::over);  // [CV-5-2]
  EXPECT_EQ(shown(world.hear(world.tablet)->content), "stays");
  EXPECT_EQ(world.kept(world.tablet), Strings{"stays"});
}

/// How many books of timers a phone has.
std::size_t books(Phone& phone) {
  std::size_t count = 0;
  auto desk = must(Desk::open(phone.device()), "desk");
  const RowKey all(RowKind::timers);
  RowKey behind = all;
  while (true) {
    std::array<std::uint8_t, RowKey::max_bytes> room{};
    const auto next = must(desk.next(room, all, behind), "next");
    if (!next) return count;
    behind = RowKey(RowKind::timers).put(*next);
    ++count;
  }
}

TEST(Messenger, OnlyWhatIsTimedIsLookedThrough) {  // [CV-5-4]
  // Whichever conversation's book is found first.
  for (const bool second_first : {false, true}) {
    World world;
    world.say(world.ann, "stays");
    static_cast<void>(world.hear(world.ben));
    EXPECT_EQ(books(world.ann) + books(world.ben), 0U);
    EXPECT_EQ(must(world.ben.messenger().next_deadline(), "deadline"), std::nullopt);
    const Instant now = world.ann.now;
    const auto second =
        must(world.ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                         ChosenDevices::all(user_of(2)), world.ann.tape),
             "begin");
    const ConversationId first = world.talk;
    for (const auto& [talk, lifetime] : {std::pair(first, second_first ? 20U : 10U),
                                         std::pair(second, second_first ? 10U : 20U)}) {
      world.talk = talk;
      world.say(world.ann, "gone soon", TimerSetting{TimerType::after_send, lifetime, now});
      static_cast<void>(must(world.hear(world.ben), "receive"));
    }
    EXPECT_EQ(books(world.ben), 2U) << "one of each conversation";
    EXPECT_EQ(must(world.ben.messenger().next_deadline(), "deadline"), now + seconds(10));
    std::array<Erased, 4> erased{};
    auto gone = must(world.ben.messenger().tick(erased, now + seconds(10)), "tick").erased;
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].conversation, second_first ? second : first);
    EXPECT_EQ(must(world.ben.messenger().next_deadline(), "deadline"), now + seconds(20));
    // Both at once, where there is room for one at a time.
    const auto one = std::span(erased).first(1);
    for (int i = 0; i < 2; ++i) {
      gone = must(world.ann.messenger().tick(one, now + seconds(20)), "tick").erased;
      ASSERT_EQ(gone.size(), 1U);
      EXPECT_TRUE(gone[0].conversation == first || gone[0].conversation == second);
    }
    EXPECT_TRUE(must(world.ann.messenger().tick(one, now + seconds(20)), "tick").erased.empty());
    EXPECT_EQ(must(world.ann.messenger().next_deadline(), "deadline"), std::nullopt);
  }
}

TEST(Messenger, WhatIsOverIsNotSentAnyMore) {  // [CV-5-1]
  World world;
  const TimerSetting one{TimerType::after_send, 1, world.ann.now};
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("short"),
                                                    one, world.ann.tape, world.ann.now),
                         "send"));
  std::array<Erased, 4> erased{};
  EXPECT_EQ(
      must(world.ann.messenger().tick(erased, world.ann.now + seconds(1)), "tick").erased.size(),
      1U);
  Blob out(delivery_max_bytes);
  EXPECT_FALSE(must(world.ann.messenger().next_delivery(out, {}, world.ann.now), "delivery"));
}

TEST(Messenger, TheConversationsTimerIsEverybodys) {
  World world;
  std::array<std::uint8_t, 32> body{};
  const auto setting = *write_timer_change(body, {TimerType::after_send, 60, world.ann.now});
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::timer_change, setting,
                                                    {}, world.ann.tape, world.ann.now),
                         "send"));
  world.service.collect(world.ann);
  static_cast<void>(world.hear(world.ben));
  world.say(world.ben, "for a minute");
  const auto arrival = world.hear(world.ann);
  EXPECT_EQ(arrival->content->head.timer.seconds, 60U);
}

TEST(Messenger, DeletedForAllWhicheverComesFirst) {
  World world;
  const OrderKey said = world.say(world.ann, "oops");
  std::array<std::uint8_t, 16> body{};
  const auto of = *write_delete(body, said.id);
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::delete_for_all, of, {},
                                                    world.ann.tape, world.ann.now),
                         "send"));
  world.service.collect(world.ann);
  EXPECT_EQ(world.kept(world.ann).size(), 1U) << "only the deletion";
  static_cast<void>(world.hear(world.ben));
  static_cast<void>(world.hear(world.ben));
  EXPECT_EQ(world.kept(world.ben).size(), 1U);
  auto& mail = world.service.mail(world.tablet.self());
  std::swap(mail[0], mail[1]);
  static_cast<void>(world.hear(world.tablet));
  EXPECT_EQ(world.hear(world.tablet)->kind, Arrival::Kind::known);
  EXPECT_EQ(world.kept(world.tablet).size(), 1U);
}

TEST(Messenger, NobodyDeletesOrHidesWhatOthersSay) {
  World world;
  const OrderKey said = world.say(world.ann, "mine");
  static_cast<void>(world.hear(world.ben));
  // Ben deletes Ann's message, and takes its id for one of his own, before her tablet has heard it.
  std::array<std::uint8_t, 16> body{};
  const auto of = *write_delete(body, said.id);
  static_cast<void>(must(world.ben.messenger().send(world.talk, ContentKind::delete_for_all, of, {},
                                                    world.ben.tape, world.ben.now),
                         "send"));
  world.service.collect(world.ben);
  auto& mail = world.service.mail(world.tablet.self());
  std::swap(mail[0], mail[1]);
  static_cast<void>(world.hear(world.tablet));
  const auto hers = world.hear(world.tablet);
  ASSERT_TRUE(hers);
  EXPECT_EQ(hers->kind, Arrival::Kind::content);
  EXPECT_EQ(shown(hers->content), "mine");
  static_cast<void>(world.hear(world.ann));
  EXPECT_EQ(world.kept(world.ann).front(), "mine");
}

TEST(Messenger, WhatIsWrongChangesNothing) {
  World world;
  const ConversationId none;
  const auto before = must(world.ann.rows().revision(), "revision");
  const auto send = [&](const ConversationId& id, const Blob& body) {
    return error_of(
        world.ann.messenger().send(id, ContentKind::text, body, {}, world.ann.tape, world.ann.now));
  };
  EXPECT_EQ(send(none, text("x")), Error::wrong_state);
  EXPECT_EQ(send(world.talk, {}), Error::malformed);
  EXPECT_EQ(send(world.talk, Blob{0xff}), Error::malformed);
  EXPECT_EQ(error_of(world.ann.messenger().choice(none)), Error::wrong_state);
  EXPECT_EQ(error_of(world.ann.messenger().choose(world.talk, ChosenDevices::all(user_of(1)),
                                                  ChosenDevices::all(user_of(3)))),
            Error::malformed);
  EXPECT_EQ(error_of(world.ann.messenger().begin(ChosenDevices::all(user_of(2)),
                                                 ChosenDevices::all(user_of(3)), world.ann.tape)),
            Error::malformed);
  EXPECT_EQ(error_of(Messenger::create(world.ann.device(), user_of(9))), Error::already_exists);
  EXPECT_EQ(must(world.ann.rows().revision(), "revision"), before);
  // A conversation with somebody whose list is not known.
  const auto talk =
      must(world.ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                       ChosenDevices::all(user_of(3)), world.ann.tape),
           "begin");
  EXPECT_EQ(send(talk, text("x")), Error::rosters_differ);
  // Whoever hands in no timer is told of that, and not of lists.
  for (const TimerSetting& wrong : {TimerSetting{TimerType::after_send, 0, world.ann.now},
                                    TimerSetting{TimerType::off, 1, world.ann.now}})
    EXPECT_EQ(error_of(world.ann.messenger().send(talk, ContentKind::text, text("x"), wrong,
                                                  world.ann.tape, world.ann.now)),
              Error::invalid_argument);
}

}  // namespace
}  // namespace sotto::messenger
