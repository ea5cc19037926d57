// SPDX-License-Identifier: MIT OR Apache-2.0
// How an app holds a messenger: threads, rows of its own, stores that cannot be purged now.
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <sotto/unopened.hpp>

#include "messenger/test_world.hpp"
#include "testing/meanwhile.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::seconds;
using testing::error_of;
using testing::Meanwhile;

TEST(MessengerUse, NoKeyOfTheAppsReachesARowOfTheMessengers) {
  World world;
  world.say(world.ann, "kept");
  // Whatever an app may call its rows: all first bytes, read, written and erased.
  auto tx = must(world.ann.device().begin(), "begin");
  Blob room(400);
  EXPECT_FALSE(must(tx.next(room, {}, {}), "next"));
  for (unsigned first = 0; first < 256; ++first) {
    const auto byte = static_cast<std::uint8_t>(first);
    for (const Blob& key : {Blob{byte}, Blob{byte, 'a'}, Blob{0xc5, byte}}) {
      if (key != Blob{0xc5, 'a'}) {
        EXPECT_FALSE(must(tx.size(key), "size")) << first;
      }
      ASSERT_TRUE(tx.put(key, text("x")));
      if (first % 2 == 0) {
        ASSERT_TRUE(tx.erase(key));
      }
    }
  }
  ASSERT_TRUE(std::move(tx).commit());
  world.ann.restart();
  EXPECT_EQ(world.kept(world.ann), Strings{"kept"});
  world.say(world.ann, "more");
  EXPECT_EQ(world.kept(world.ann), (Strings{"kept", "more"}));
}

/// Somebody else reads there, so that nothing can be purged.
class BusyStore final : public Store {
 public:
  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (silent) return std::unexpected(Error::store_failed);
    return rows_.get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    if (silent) return std::unexpected(Error::store_failed);
    return rows_.next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    const auto done = rows_.commit(changes);
    if (!loses_answer) return done;
    silent = true;
    return std::unexpected(Error::outcome_unknown);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    if (silent) return std::unexpected(Error::store_failed);
    return rows_.revision();
  }
  [[nodiscard]] Result<void> purge() noexcept override {
    ++purges;
    if (busy) return std::unexpected(Error::conflict);
    return rows_.purge();
  }
  bool busy = false;
  bool loses_answer = false;  ///< the next commit happens, and the store is silent from then on
  bool silent = false;
  int purges = 0;

 private:
  MemoryStore rows_ = must(MemoryStore::create(), "rows");
};

/// Dan's phone over that store, which has something to erase a second later.
struct Disappearing {
  Disappearing() {
    for (const UserId& user : {user_of(1), user_of(4)}) world.service.fetch(dan, user);
    const auto all = [](unsigned user) {
      return ChosenDevices::all(user_of(static_cast<std::uint8_t>(user)));
    };
    const ConversationId talk = must(dan.messenger().begin(all(4), all(1), dan.tape), "begin");
    const TimerSetting timer{TimerType::after_send, 1, dan.now};
    static_cast<void>(
        must(dan.messenger().send(talk, ContentKind::text, text("short"), timer, dan.tape, dan.now),
             "send"));
  }
  Ticked tick() { return must(dan.messenger().tick(room, dan.now), "tick"); }

  World world;
  BusyStore store;
  Phone& dan = world.service.add(4, 1, &store);
  std::array<Erased, 4> room{};
};

TEST(MessengerUse, WhatCouldNotBePurgedIsSaidAndTriedAgain) {  // [CV-5-3]
  Disappearing all;
  all.store.busy = true;
  EXPECT_EQ(all.tick().unpurged, Error::conflict) << "at a start there may be something";
  all.dan.now += seconds(1);
  auto ticked = all.tick();
  EXPECT_EQ(ticked.erased.size(), 1U) << "what was erased is told all the same";
  EXPECT_EQ(ticked.unpurged, Error::conflict);
  all.store.busy = false;
  const int failed = all.store.purges;
  ticked = all.tick();
  EXPECT_EQ(all.store.purges, failed + 1) << "tried again";
  EXPECT_TRUE(ticked.erased.empty());
  EXPECT_EQ(ticked.unpurged, std::nullopt);
  const int before = all.store.purges;
  static_cast<void>(all.tick());
  EXPECT_EQ(all.store.purges, before) << "there is nothing to purge any more";
}

TEST(MessengerUse, WhatWasErasedByACommitOfUnknownOutcomeIsPurgedToo) {  // [CV-5-3]
  Disappearing all;
  static_cast<void>(all.tick());
  const int before = all.store.purges;
  all.dan.now += seconds(1);
  all.store.loses_answer = true;
  EXPECT_EQ(error_of(all.dan.messenger().tick(all.room, all.dan.now)), Error::outcome_unknown);
  all.store.loses_answer = all.store.silent = false;
  const auto ticked = all.tick();
  EXPECT_TRUE(ticked.erased.empty()) << "it was erased";
  EXPECT_EQ(all.store.purges, before + 1);
  EXPECT_EQ(ticked.unpurged, std::nullopt);
}

TEST(MessengerUse, WhileOneThreadIsInsideTheOtherIsRefused) {
  World world;
  Messenger& ann = world.ann.messenger();
  const auto before = must(world.ann.rows().revision(), "revision");
  std::vector<std::optional<Error>> answers;
  Meanwhile entropy([&] {
    testing::TapeEntropy tape(6);
    Blob out(delivery_max_bytes);
    std::array<Erased, 4> room{};
    const Instant now = world.ann.now;
    const MessageName none{user_of(1), {}};
    answers = {
        error_of(ann.send(world.talk, ContentKind::text, text("two"), {}, tape, now)),
        error_of(ann.begin(ChosenDevices::all(user_of(1)), ChosenDevices::all(user_of(2)), tape)),
        error_of(ann.next_delivery(out, {}, now)),
        error_of(ann.delivered({1, world.ben.self()})),
        error_of(ann.refused(world.talk, {})),
        error_of(ann.kept(out, world.talk, none)),
        error_of(ann.next_kept(out, world.talk, {})),
        error_of(ann.next_conversation({})),
        error_of(ann.read(world.talk, none, now)),
        error_of(ann.close(world.talk, none, now)),
        error_of(ann.tick(room, now)),
        error_of(ann.next_deadline()),
        error_of(ann.roster(user_of(2))),
        error_of(ann.take_rosters(user_of(2), {}, now)),
        error_of(ann.accept_identity(world.ben.self(), world.ben.keys().public_key())),
        error_of(world.ann.device().begin()),
        error_of(world.ann.device().purge()),
    };
    EXPECT_EQ(must(world.ann.rows().revision(), "revision"), before);
  });
  ASSERT_TRUE(ann.send(world.talk, ContentKind::text, text("one"), {}, entropy, world.ann.now));
  ASSERT_EQ(answers.size(), 17U);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], Error::wrong_state) << i;
  EXPECT_EQ(world.kept(world.ann), Strings{"one"});
}

TEST(MessengerUse, WithoutRandomnessNothingChangesAndNobodyIsAccused) {
  World world;
  testing::FailingEntropy none;  // It answers as if a message were one of before.
  Messenger& ann = world.ann.messenger();
  const Instant now = world.ann.now;
  EXPECT_EQ(
      error_of(ann.begin(ChosenDevices::all(user_of(1)), ChosenDevices::all(user_of(2)), none)),
      Error::entropy_failed);
  EXPECT_EQ(error_of(ann.send(world.talk, ContentKind::text, text("lost"), {}, none, now)),
            Error::entropy_failed);
  const auto bundle = world.ben.bundle();
  EXPECT_EQ(error_of(ann.connect(world.ben.self(), bundle.registration,
                                 must(verify(bundle.keys), "bundle"), none, now)),
            Error::entropy_failed);
  world.say(world.ann, "the only copy");
  const Posted posted = world.service.mail(world.ben.self()).front();
  Blob room(delivery_max_bytes);
  EXPECT_EQ(error_of(world.ben.messenger().receive(room, posted.envelope(), none, now)),
            Error::entropy_failed);
  EXPECT_EQ(unopened(Error::entropy_failed), Unopened::keep);
  EXPECT_EQ(shown(must(world.hear(world.ben), "receive").content), "the only copy");
}

TEST(MessengerUse, OfTwoThreadsOnOneMessengerNoneSpendsAnythingTwice) {
  World world;
  Messenger& ann = world.ann.messenger();
  const Instant now = world.ann.now;
  constexpr std::size_t each = 60;
  std::array<std::vector<MessageId>, 2> said;
  std::array<std::vector<std::pair<DeliveryKey, Blob>>, 2> sealed;
  std::array<std::vector<Error>, 2> refused;
  const auto run = [&](std::size_t i) {
    testing::TapeEntropy tape(100 + i);
    Blob out(delivery_max_bytes);
    std::array<Erased, 4> room{};
    const auto heed = [&](const auto& result) {
      if (!result) refused[i].push_back(result.error());
      return result.has_value();
    };
    for (std::size_t done = 0; done < each;) {
      const auto id = ann.send(world.talk, ContentKind::text, text("hi"), {}, tape, now);
      if (heed(id)) {
        said[i].push_back(*id);
        ++done;
      }
      const auto next = ann.next_delivery(out, {}, now);
      if (heed(next) && *next && !(**next).needs_session) {
        const Delivery& delivery = **next;
        sealed[i].emplace_back(delivery.key, Blob(delivery.bytes.begin(), delivery.bytes.end()));
        static_cast<void>(heed(ann.delivered(delivery.key)));
      }
      static_cast<void>(heed(ann.tick(room, now)));
    }
  };
  // Sessions first: the world knows how.
  world.say(world.ann, "first");
  static_cast<void>(must(world.hear(world.ben), "receive"));
  static_cast<void>(must(world.hear(world.tablet), "receive"));
  {
    std::jthread one([&] { run(0); });
    std::jthread two([&] { run(1); });
  }
  std::set<MessageId> ids;
  for (const auto& list : said) ids.insert(list.begin(), list.end());
  EXPECT_EQ(ids.size(), 2 * each);
  for (const auto& list : refused)
    for (const Error error : list) ASSERT_EQ(error, Error::wrong_state);
  // One key has one message, whoever was given it; and no two keys have the same.
  std::map<std::pair<std::uint64_t, UserDevice>, Blob> by_key;
  std::set<Blob> all;
  for (const auto& list : sealed)
    for (const auto& [key, bytes] : list) {
      const auto [place, fresh] = by_key.emplace(std::pair(key.number, key.to), bytes);
      EXPECT_EQ(place->second, bytes);
      EXPECT_EQ(all.insert(bytes).second, fresh) << "a number twice";
    }
  EXPECT_FALSE(all.empty());
}

}  // namespace
}  // namespace sotto::messenger
