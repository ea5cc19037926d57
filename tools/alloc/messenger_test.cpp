// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a messenger does when there is no memory: its rows are as they were.
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "alloc/starve.hpp"
#include "session/test_stores.hpp"
#include "testing/service.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::hours;
using testing::Blob;
using testing::error_of;
using testing::made_or_not;
using testing::must;
using testing::Phone;
using testing::Posted;
using testing::Service;
using testing::starve;
using testing::user_of;

constexpr std::uint64_t service_seed = 7;
constexpr std::uint32_t prekeys = 3;

Blob text(std::string_view said) {
  return Blob(said.begin(), said.end());
}

/// What has happened before: Ann has spoken with Ben, something of hers waits for delivery, his
/// answer is at hand, and so is a list of his with another phone. It is made once.
struct Past {
  Past() {
    for (Phone* phone : {&ann, &tablet, &ben})
      for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
    talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
    say(ann, "hello", TimerType::after_send);
    hear(ben);
    heard = say(ben, "read this", TimerType::after_read);
    hear(ann);
    say(ben, "an answer", TimerType::off);
    answer = service.mail(ann.self()).front();
    claim = must(ann.messenger().roster(user_of(2)), "roster")->claim();
    waiting =
        must(ann.messenger().send(talk, ContentKind::text, text("waits"), {}, ann.tape, ann.now),
             "send");
    Blob out(delivery_max_bytes);
    delivery = must(ann.messenger().next_delivery(out, {}, ann.now), "delivery")->key;
    const auto theirs = service.add(2, 2).bundle();
    registration = theirs.registration;
    bundle = *verify(theirs.keys);
    const Roster& newest = service.newest(user_of(2));
    list.resize(newest.size_bytes());
    static_cast<void>(must(newest.write(list), "list"));
  }
  MessageId say(Phone& phone, std::string_view said, TimerType type) {
    std::optional<TimerSetting> timer;
    if (type != TimerType::off) timer = TimerSetting{type, 10, phone.now};
    const auto id = must(
        phone.messenger().send(talk, ContentKind::text, text(said), timer, phone.tape, phone.now),
        "send");
    service.collect(phone);
    return id;
  }
  void hear(Phone& phone) {
    Blob room(delivery_max_bytes);
    const Posted posted = service.mail(phone.self()).front();
    service.mail(phone.self()).pop_front();
    static_cast<void>(must(service.deliver(phone, posted, room), "deliver"));
  }

  Service service{service_seed, prekeys};
  MemoryStore rows = *MemoryStore::create();
  Phone& ann = service.add(1, 1, &rows);
  Phone& tablet = service.add(1, 2);
  Phone& ben = service.add(2, 1);
  ConversationId talk;
  MessageId heard, waiting;
  Posted answer;
  DeliveryKey delivery;
  RosterClaim claim{};
  RegistrationId registration{};
  std::optional<VerifiedBundle> bundle;
  Blob list;
};

const Past& past() {
  static const Past all;
  return all;
}

DeviceLimits few_prekeys() {
  DeviceLimits limits;
  limits.prekeys.batch = prekeys;
  return limits;
}

/// Ann's phone, from a copy of its rows.
struct Scene {
  MemoryStore rows = *past().rows.clone();
  Device device = *Device::open(rows, Phone::storage_key(service_seed + 1), {}, few_prekeys());
  Messenger messenger = *Messenger::open(device);
  testing::TapeEntropy tape{9};
  Instant now = past().ann.now;
  Blob out = Blob(delivery_max_bytes);
  std::array<Erased, 8> erased{};
};

using Operation = std::function<std::optional<Error>(Scene&)>;

const std::vector<std::pair<std::string, Operation>>& operations() {
  static const Blob said = text("said"), list = past().list;
  static const std::array<Bytes, 1> lists{Bytes(list)};
  static const std::array<DeviceId, 1> one{DeviceId{1}};
  static const std::vector<std::pair<std::string, Operation>> all{
      {"roster", [](Scene& s) { return error_of(s.messenger.roster(user_of(2))); }},
      {"take_rosters",
       [](Scene& s) { return error_of(s.messenger.take_rosters(user_of(2), lists, s.now)); }},
      {"mark_compared",
       [](Scene& s) { return error_of(s.messenger.mark_compared(user_of(2), past().claim)); }},
      {"accept_identity",
       [](Scene& s) {
         return error_of(s.messenger.accept_identity({user_of(2), DeviceId{1}},
                                                     past().ben.device().identity()));
       }},
      {"begin",
       [](Scene& s) {
         return error_of(s.messenger.begin(ChosenDevices::all(user_of(1)),
                                           ChosenDevices::all(user_of(2)), s.tape));
       }},
      {"next_conversation", [](Scene& s) { return error_of(s.messenger.next_conversation({})); }},
      {"choice", [](Scene& s) { return error_of(s.messenger.choice(past().talk)); }},
      {"choose",
       [](Scene& s) {
         return error_of(s.messenger.choose(past().talk, *ChosenDevices::only(user_of(1), one),
                                            ChosenDevices::all(user_of(2))));
       }},
      {"send",
       [](Scene& s) {
         return error_of(s.messenger.send(past().talk, ContentKind::text, said,
                                          TimerSetting{TimerType::after_send, 10, s.now}, s.tape,
                                          s.now));
       }},
      {"next_delivery",
       [](Scene& s) { return error_of(s.messenger.next_delivery(s.out, {}, s.now)); }},
      {"next_delivery, the next",
       [](Scene& s) { return error_of(s.messenger.next_delivery(s.out, past().delivery, s.now)); }},
      {"delivered", [](Scene& s) { return error_of(s.messenger.delivered(past().delivery)); }},
      {"refused",
       [](Scene& s) { return error_of(s.messenger.refused(past().talk, past().waiting)); }},
      {"receive",
       [](Scene& s) {
         return error_of(s.messenger.receive(s.out, past().answer.envelope(), s.tape, s.now));
       }},
      {"kept",
       [](Scene& s) {
         return error_of(s.messenger.kept(s.out, past().talk, {user_of(2), past().heard}));
       }},
      {"next_kept",
       [](Scene& s) { return error_of(s.messenger.next_kept(s.out, past().talk, {})); }},
      {"read",
       [](Scene& s) {
         return error_of(s.messenger.read(past().talk, {user_of(2), past().heard}, s.now));
       }},
      {"tick", [](Scene& s) { return error_of(s.messenger.tick(s.erased, s.now + hours(1))); }},
      {"next_deadline", [](Scene& s) { return error_of(s.messenger.next_deadline()); }}};
  return all;
}

/// What is held in memory besides the rows may be left out: only the rows count.
TEST(OutOfMemory, a_messenger_s_work_is_whole_or_nothing) {
  for (const auto& [name, operation] : operations()) {
    SCOPED_TRACE(name);
    EXPECT_GE(
        starve([] { return std::make_unique<Scene>(); },
               [&](Scene& s) {
                 s.tape = testing::TapeEntropy(9);
                 return operation(s);
               },
               [](Scene& s) { return session::contents(s.rows); }, testing::Without::something),
        1U);
  }
}

TEST(OutOfMemory, a_messenger_connects_or_not) {
  const std::array<Bytes, 1> lists{Bytes(past().list)};
  EXPECT_GE(
      starve(
          [&] {
            auto scene = std::make_unique<Scene>();
            EXPECT_TRUE(scene->messenger.take_rosters(user_of(2), lists, scene->now));
            return scene;
          },
          [](Scene& s) {
            s.tape = testing::TapeEntropy(9);
            return error_of(s.messenger.connect({user_of(2), DeviceId{2}}, past().registration,
                                                *past().bundle, s.tape, s.now));
          },
          [](Scene& s) { return session::contents(s.rows); }, testing::Without::something),
      1U);
}

TEST(OutOfMemory, a_messenger_is_opened_or_not) {
  Scene scene;
  EXPECT_GE(made_or_not<Messenger>([&] { return Messenger::open(scene.device); }), 1U);
}

}  // namespace
}  // namespace sotto::messenger
