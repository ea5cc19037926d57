// SPDX-License-Identifier: MIT OR Apache-2.0
// Two messengers over the same rows: whatever the one does between two calls of the other's store,
// neither is told what was never so [SES-9-3].
#include "testing/interleaving.hpp"

#include <iostream>
#include <map>
#include <memory>

#include <sotto/content_body.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/wire.hpp>

#include "messenger/test_world.hpp"
#include "testing/hex.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::seconds;

/// One of two who use Ann's phone, with a messenger of their own.
struct User {
  User(Store& rows, const StorageKey& key, std::uint64_t seed)
      : device(must(Device::open(rows, key), "open")),
        messenger(must(Messenger::open(device), "messenger")),
        tape(seed) {}

  Device device;
  Messenger messenger;
  testing::TapeEntropy tape;
  std::map<std::string, Blob> sealed;  ///< by their keys' numbers
  bool spent_twice = false;

  void sent(const Delivery& delivery) {
    const auto number = [](const wire::SignalMessage& message) {
      return testing::hex(message.ratchet_key.bytes()) + ' ' + std::to_string(message.counter);
    };
    const std::string under =
        delivery.kind == MessageKind::signal
            ? number(must(wire::parse_signal_message(delivery.bytes), "a message"))
            : number(must(wire::parse_prekey_message(delivery.bytes), "a message").message);
    const Blob bytes(delivery.bytes.begin(), delivery.bytes.end());
    const auto [place, is_new] = sealed.emplace(under, bytes);
    spent_twice = spent_twice || place->second != bytes;
  }
};

using Operation = testing::Operation<User>;

std::string said(Error error) {
  return std::string(name(error));
}
template <class T>
std::string said(const Result<T>& done) {
  return done ? "done" : said(done.error());
}
std::string short_of(Bytes bytes) {
  return testing::hex(bytes.first(3));
}

/// Ann's phone in the middle of things: one message to Ben is on its way, another waits, and more
/// have come that it has not opened.
struct Talk {
  Talk() {
    for (Phone* phone : {&ann, &tablet, &ben})
      for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
    talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
    say(ann, "hello");
    service.collect(ann);
    for (Phone* phone : {&tablet, &ben}) hear(*phone);
    theirs = say(ben, "hello yourself");
    say(ben, "over soon", TimerSetting{TimerType::after_send, 10, ben.now});
    say(ben, "when read", TimerSetting{TimerType::after_read, 10, ben.now});
    service.collect(ben);
    for (int i = 0; i < 3; ++i) hear(ann);
    say(tablet, "from my tablet");
    service.collect(tablet);
    say(ben, "next");
    say(ben, "after that");
    service.collect(ben);
    const MessageName last = say(ben, "taken back");
    service.collect(ben);
    Blob body(MessageId::size_bytes);
    static_cast<void>(must(write_delete(body, last.id), "delete"));
    static_cast<void>(
        must(ben.messenger().send(talk, ContentKind::delete_for_all, body, {}, ben.tape, ben.now),
             "send"));
    service.collect(ben);
    ours = say(ann, "waits");
    const auto first = must(ann.messenger().next_delivery(room, {}, ann.now), "delivery");
    waiting = first->key;
    Phone& ben_2 = service.add(2, 2);
    bundle = ben_2.bundle();
    new_list = Blob(service.newest(user_of(2)).size_bytes());
    static_cast<void>(must(service.newest(user_of(2)).write(new_list), "list"));
  }

  MessageName say(Phone& phone, std::string_view what, std::optional<TimerSetting> timer = {}) {
    const auto id = must(
        phone.messenger().send(talk, ContentKind::text, text(what), timer, phone.tape, phone.now),
        "send");
    return {phone.self().user, id};
  }
  void hear(Phone& phone) {
    const Posted posted = service.mail(phone.self()).front();
    service.mail(phone.self()).pop_front();
    static_cast<void>(must(service.deliver(phone, posted, room), "deliver"));
  }
  [[nodiscard]] std::vector<Operation> operations();
  [[nodiscard]] std::string look(User& user) const;

  MemoryStore rows = *MemoryStore::create();
  Service service{7};
  Phone& ann = service.add(1, 1, &rows);
  StorageKey key = Phone::storage_key(8);
  Phone& tablet = service.add(1, 2);
  Phone& ben = service.add(2, 1);
  ConversationId talk;
  MessageName theirs, ours;
  DeliveryKey waiting;
  wire::DeviceBundle bundle{};
  Blob new_list;
  Blob room = Blob(delivery_max_bytes);
};

std::string said(const Result<std::optional<Delivery>>& next) {
  if (!next) return said(next.error());
  if (!*next) return "nothing";
  const Delivery& delivery = **next;
  return std::to_string(delivery.key.number) + " to " + short_of(delivery.key.to.user.bytes()) +
         std::to_string(std::to_underlying(delivery.key.to.device)) +
         (delivery.needs_session ? " needs a session" : "") +
         (delivery.blocked ? said(*delivery.blocked) : "") + ' ' +
         std::to_string(delivery.bytes.size());
}

std::string said(const Result<Arrival>& arrival) {
  if (!arrival) return said(arrival.error());
  return std::to_string(std::to_underlying(arrival->kind)) + ' ' + shown(arrival->content);
}

/// All contents that are kept, or an error.
std::string all_kept(User& user, const ConversationId& talk) {
  Blob out(content_max_padded + 200);
  std::string all;
  for (std::optional<OrderKey> after;;) {
    const auto next = user.messenger.next_kept(out, talk, after);
    if (!next) return said(next.error());
    if (!*next) return all;
    after = (*next)->place;
    all += shown((*next)->content) + ", ";
  }
}

std::string Talk::look(User& user) const {
  std::string all = all_kept(user, talk);
  const auto choice = user.messenger.choice(talk);
  all += choice ? std::to_string(choice->number()) : said(choice.error());
  for (const std::uint8_t person : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto known = user.messenger.roster(user_of(person));
    all += known && *known ? ' ' + std::to_string((*known)->newest()->number()) : said(known);
  }
  const auto deadline = user.messenger.next_deadline();
  all += deadline && *deadline ? " " + std::to_string((**deadline).time_since_epoch().count()) : "";
  Blob out(delivery_max_bytes);
  for (std::optional<DeliveryKey> after;;) {
    const auto next = user.messenger.next_delivery(out, after, ann.now);
    all += "; " + said(next);
    if (!next || !*next) return all;
    after = (*next)->key;
  }
}

std::vector<Operation> Talk::operations() {
  const auto receives = [this](std::string called, std::size_t which) {
    return Operation{
        std::move(called), [this, which](User& user) {
          Blob out(delivery_max_bytes);
          const Posted& posted = service.mail(ann.self()).at(which);
          return said(user.messenger.receive(out, posted.envelope(), user.tape, ann.now));
        }};
  };
  const auto sides = [] {
    return std::pair(must(ChosenDevices::only(user_of(1), std::vector{DeviceId{1}}), "one"),
                     ChosenDevices::all(user_of(2)));
  };
  return {
      {"send",
       [this](User& user) {
         const auto id =
             user.messenger.send(talk, ContentKind::text, text("said"), {}, user.tape, ann.now);
         return id ? short_of(id->bytes()) : said(id.error());
       }},
      {"begin",
       [](User& user) {
         return said(user.messenger.begin(ChosenDevices::all(user_of(1)),
                                          ChosenDevices::all(user_of(2)), user.tape));
       }},
      {"choose",
       [this, sides](User& user) {
         const auto [one, other] = sides();
         return said(user.messenger.choose(talk, one, other));
       }},
      {"deliver the first",
       [this](User& user) {
         Blob out(delivery_max_bytes);
         const auto next = user.messenger.next_delivery(out, {}, ann.now);
         if (next && *next && !(*next)->bytes.empty()) user.sent(**next);
         return said(next);
       }},
      {"deliver the next",
       [this](User& user) {
         Blob out(delivery_max_bytes);
         const auto next = user.messenger.next_delivery(out, waiting, ann.now);
         if (next && *next && !(*next)->bytes.empty()) user.sent(**next);
         return said(next);
       }},
      {"delivered", [this](User& user) { return said(user.messenger.delivered(waiting)); }},
      {"refused", [this](User& user) { return said(user.messenger.refused(talk, ours.id)); }},
      receives("receive a first one", 0),
      receives("receive", 1),
      receives("receive out of order", 2),
      receives("receive what is taken back", 4),
      {"kept",
       [this](User& user) {
         Blob out(content_max_padded + 200);
         const auto kept = user.messenger.kept(out, talk, ours);
         return kept ? (*kept ? shown((*kept)->content) : "nothing") : said(kept.error());
       }},
      {"read", [this](User& user) { return said(user.messenger.read(talk, theirs, ann.now)); }},
      {"close", [this](User& user) { return said(user.messenger.close(talk, theirs, ann.now)); }},
      {"tick",
       [this](User& user) {
         std::array<Erased, 4> erased{};
         const auto ticked = user.messenger.tick(erased, ann.now + seconds(20));
         return ticked ? std::to_string(ticked->erased.size()) : said(ticked.error());
       }},
      {"deadline",
       [](User& user) {
         const auto at = user.messenger.next_deadline();
         return at ? (*at ? std::to_string((**at).time_since_epoch().count()) : "none")
                   : said(at.error());
       }},
      {"conversations",
       [](User& user) {
         const auto next = user.messenger.next_conversation({});
         return next ? (*next ? short_of((*next)->bytes()) : "none") : said(next.error());
       }},
      {"take lists",
       [this](User& user) {
         const std::vector<Bytes> lists{new_list};
         const auto taken = user.messenger.take_rosters(user_of(2), lists, ann.now);
         return taken ? std::to_string(std::to_underlying(taken->news.event)) : said(taken.error());
       }},
      {"compared",
       [](User& user) {
         const auto known = user.messenger.roster(user_of(2));
         return known && *known ? said(user.messenger.mark_compared(user_of(2), (*known)->claim()))
                                : said(known);
       }},
      {"connect",
       [this](User& user) {
         return said(user.messenger.connect({user_of(2), DeviceId{2}}, bundle.registration,
                                            must(verify(bundle.keys), "bundle"), user.tape,
                                            ann.now));
       }},
  };
}

/// Two users over a copy of Ann's rows.
class Two {
 public:
  explicit Two(const Talk& talk)
      : talk_(&talk),
        rows_(*talk.rows.clone()),
        others_rows_(*rows_.share()),
        store(rows_),
        we(store, talk.key, 11),
        they(others_rows_, talk.key, 12) {}

  std::string after() {
    std::map<std::string, Blob> all = we.sealed;
    bool twice = we.spent_twice || they.spent_twice;
    for (const auto& [under, bytes] : they.sealed) {
      const auto [place, is_new] = all.emplace(under, bytes);
      twice = twice || place->second != bytes;
    }
    std::string found = twice ? "two messages under one key! " : "";
    for (User* user : {&we, &they}) found += said(user->device.begin()) + ' ';
    User third(rows_, talk_->key, 13);
    return found + talk_->look(third);
  }

 private:
  const Talk* talk_;
  MemoryStore rows_;
  MemoryStore others_rows_;

 public:
  testing::InterruptedStore store;
  User we;
  User they;
};

TEST(TwoMessengers, each_does_anything_before_or_after_the_other) {
  Talk talk;
  const auto operations = talk.operations();
  std::size_t cases = 0;
  for (const Operation& ours : operations)
    for (const Operation& theirs : operations)
      cases +=
          testing::check_interleaved([&] { return std::make_unique<Two>(talk); }, ours, theirs);
  std::cout << cases << " cases\n";
  EXPECT_GT(cases, operations.size() * operations.size());
}

TEST(TwoMessengers, a_walk_over_what_is_kept_is_not_cut_short) {
  // The other erases what the walk has just found, and more is behind it.
  Talk talk;
  const auto operations = talk.operations();
  const Operation walks{"all kept", [&](User& user) { return all_kept(user, talk.talk); }};
  for (std::size_t n = 1;; ++n) {
    Two two(talk);
    std::array<Erased, 4> erased{};
    two.store.interrupt(n, [&] {
      static_cast<void>(must(two.they.messenger.tick(erased, talk.ann.now + seconds(20)), "tick"));
    });
    const std::string found = walks.run(two.we);
    if (!two.store.interrupted()) break;
    if (found == said(Error::conflict)) continue;
    EXPECT_TRUE(found.contains("hello") && found.contains("waits")) << n << ' ' << found;
  }
}

}  // namespace
}  // namespace sotto::messenger
