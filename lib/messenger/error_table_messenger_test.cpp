// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the functions of a messenger fail. tools/check_errors.py compares the rows with the header.
#include <optional>
#include <span>
#include <string>

#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"
#include "testing/error_rows.hpp"

namespace sotto::messenger {
namespace {

using testing::error_of;
using testing::Fault;

const ChosenDevices& ours() {
  static const ChosenDevices chosen = ChosenDevices::all(user_of(1));
  return chosen;
}
const ChosenDevices& theirs() {
  static const ChosenDevices chosen = ChosenDevices::all(user_of(2));
  return chosen;
}

/// The world, and a store in which a call that fails changes nothing.
struct Scene : World {
  [[nodiscard]] Messenger& messenger() { return ann.messenger(); }

  /// From here on nothing may be committed.
  void watch(Store& rows) {
    watched_ = &rows;
    before_ = must(rows.revision(), "revision");
  }
  /// Ann's messenger while a transaction of her device is open.
  Messenger& busy() {
    watch(ann.rows());
    transaction_.emplace(must(ann.device().begin(), "begin"));
    return ann.messenger();
  }
  /// Ann's messenger, in which nothing changes.
  Messenger& watched() {
    watch(ann.rows());
    return ann.messenger();
  }
  void expect_unchanged(const std::string& where) {
    ASSERT_NE(watched_, nullptr) << where << ": nothing was watched";
    transaction_.reset();
    EXPECT_EQ(must(watched_->revision(), "revision"), before_) << where;
  }

  Result<MessageId> send(Messenger& with, const ConversationId& to, Bytes body = text("x"),
                         const std::optional<TimerSetting>& timer = {}) {
    return with.send(to, ContentKind::text, body, timer, ann.tape, ann.now);
  }
  /// What Ben makes of a message of his friend Ann's device, after `change`.
  template <class Change>
  std::optional<Error> hear(Device& from, const Change& change) {
    const Blob said{1, 0, 0};  // A letter's version, and not enough behind it.
    Blob sealed(max_message_size(said.size()));
    const auto message =
        must(from.encrypt(sealed, address_of(ben.self()), said, ann.now), "encrypt");
    Envelope envelope;
    envelope.from = ann.self();
    envelope.kind = message.kind;
    envelope.bytes = message.bytes;
    change(envelope, message.bytes);
    return hear(envelope);
  }
  std::optional<Error> hear(const Envelope& envelope) {
    watch(ben.rows());
    room.assign(delivery_max_bytes, 0);
    return error_of(ben.messenger().receive(room, envelope, ben.tape, ben.now));
  }
  void meet() {
    say(ann, "hello");
    static_cast<void>(must(World::hear(ben), "receive"));
    say(ben, "hello yourself");
    static_cast<void>(must(World::hear(ann), "receive"));
  }
  Result<void> connect(Messenger& with, const UserDevice& to) {
    const auto bundle = ben.bundle();
    return with.connect(to, bundle.registration, must(verify(bundle.keys), "bundle"), ann.tape,
                        ann.now);
  }

  Blob out = Blob(delivery_max_bytes);
  const MessageName none{user_of(1), {}};
  const ConversationId nowhere{};

 private:
  Store* watched_ = nullptr;
  Revision before_{};
  std::optional<Transaction> transaction_;
};

/// Rows of which a commit fails, and then the look whether it happened; it did not.
class SilentStore final : public Store {
 public:
  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (std::exchange(silent, false)) return std::unexpected(Error::store_failed);
    return under.get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return under.next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (!std::exchange(failing, false)) return under.commit(changes);
    silent = true;
    return std::unexpected(Error::store_failed);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override { return under.revision(); }

  MemoryStore under = must(MemoryStore::create(), "rows");
  bool failing = false;
  bool silent = false;
};

using ErrorRow = testing::ErrorRow<Scene>;

void provoke(std::span<const ErrorRow> rows) {
  testing::provoke_each(rows);
}

constexpr ErrorRow open_transactions[]{
    {"Messenger::roster", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().roster(user_of(2))); }},
    {"Messenger::take_rosters", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().take_rosters(user_of(2), {}, s.ann.now)); }},
    {"Messenger::accept_reset", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().accept_reset(user_of(2), {}, s.ann.now)); }},
    {"Messenger::mark_compared", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().mark_compared(user_of(2), {})); }},
    {"Messenger::accept_identity", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) {
       return error_of(s.busy().accept_identity(s.ben.self(), s.ben.keys().public_key()));
     }},
    {"Messenger::connect", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.connect(s.busy(), s.ben.self())); }},
    {"Messenger::begin", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().begin(ours(), theirs(), s.ann.tape)); }},
    {"Messenger::next_conversation", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().next_conversation({})); }},
    {"Messenger::choice", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().choice(s.talk)); }},
    {"Messenger::choose", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().choose(s.talk, ours(), theirs())); }},
    {"Messenger::send", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.send(s.busy(), s.talk)); }},
    {"Messenger::next_delivery", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().next_delivery(s.out, {}, s.ann.now)); }},
    {"Messenger::delivered", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().delivered({1, s.ben.self()})); }},
    {"Messenger::refused", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().refused(s.talk, {})); }},
    {"Messenger::receive", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().receive(s.out, {}, s.ann.tape, s.ann.now)); }},
    {"Messenger::kept", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().kept(s.out, s.talk, s.none)); }},
    {"Messenger::next_kept", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().next_kept(s.out, s.talk, {})); }},
    {"Messenger::read", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().read(s.talk, s.none, s.ann.now)); }},
    {"Messenger::close", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().close(s.talk, s.none, s.ann.now)); }},
    {"Messenger::tick", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().tick({}, s.ann.now)); }},
    {"Messenger::next_deadline", Error::wrong_state, Fault::caller, "beside a transaction",
     [](Scene& s) { return error_of(s.busy().next_deadline()); }},
};

constexpr ErrorRow conversations[]{
    {"Messenger::take_rosters", Error::malformed, Fault::peer, "without a list",
     [](Scene& s) { return error_of(s.watched().take_rosters(user_of(2), {}, s.ann.now)); }},
    {"Messenger::create", Error::already_exists, Fault::caller, "of a device that is somebody's",
     [](Scene& s) {
       s.watch(s.ann.rows());
       return error_of(Messenger::create(s.ann.device(), user_of(3)));
     }},
    {"Messenger::open", Error::not_set_up, Fault::caller, "of a device that is nobody's",
     [](Scene& s) {
       static MemoryStore rows = must(MemoryStore::create(), "rows");
       rows = must(MemoryStore::create(), "rows");
       auto device = must(Device::create(rows, Phone::storage_key(1), s.ben.keys(), DeviceId{1},
                                         RegistrationId{1}),
                          "device");
       s.watch(rows);
       return error_of(Messenger::open(device));
     }},
    {"Messenger::begin", Error::malformed, Fault::caller, "without us",
     [](Scene& s) {
       return error_of(s.watched().begin(ChosenDevices::all(user_of(3)), theirs(), s.ann.tape));
     }},
    {"Messenger::choice", Error::wrong_state, Fault::caller, "of no conversation",
     [](Scene& s) { return error_of(s.watched().choice(s.nowhere)); }},
    {"Messenger::choose", Error::wrong_state, Fault::caller, "in no conversation",
     [](Scene& s) { return error_of(s.watched().choose(s.nowhere, ours(), theirs())); }},
    {"Messenger::choose", Error::malformed, Fault::caller, "of other people",
     [](Scene& s) {
       return error_of(s.watched().choose(s.talk, ours(), ChosenDevices::all(user_of(3))));
     }},
    {"Messenger::send", Error::wrong_state, Fault::caller, "in no conversation",
     [](Scene& s) { return error_of(s.send(s.watched(), s.nowhere)); }},
    {"Messenger::send", Error::invalid_argument, Fault::caller, "with a timer that is none",
     [](Scene& s) {
       return error_of(s.send(s.watched(), s.talk, text("x"),
                              TimerSetting{TimerType::after_send, 0, s.ann.now}));
     }},
    {"Messenger::send", Error::malformed, Fault::caller, "with a body that is no text",
     [](Scene& s) { return error_of(s.send(s.watched(), s.talk, Blob{0xff})); }},
    {"Messenger::send", Error::rosters_differ, Fault::peer, "to somebody whose lists are unknown",
     [](Scene& s) {
       const auto unknown =
           must(s.messenger().begin(ours(), ChosenDevices::all(user_of(3)), s.ann.tape), "begin");
       return error_of(s.send(s.watched(), unknown));
     }},
    {"Messenger::send", Error::outcome_unknown, Fault::store, "over a store that is not sure",
     [](Scene& s) {
       static std::optional<SilentStore> store;
       store.emplace();
       Phone dan(user_of(4), DeviceId{1}, 77, 2, &*store);
       const auto talk =
           must(dan.messenger().begin(ChosenDevices::all(user_of(4)), theirs(), dan.tape), "begin");
       testing::TapeEntropy tape(4);
       for (const auto& [user, keys] :
            {std::pair(user_of(4), &dan), std::pair(user_of(2), &s.ben)}) {
         const Roster list =
             must(Roster::begin(user, DeviceId{1}, keys->keys(), dan.now, tape), "list 0");
         Blob bytes(list.size_bytes());
         static_cast<void>(must(list.write(bytes), "list"));
         const std::vector<Bytes> lists{bytes};
         static_cast<void>(must(dan.messenger().take_rosters(user, lists, dan.now), "lists"));
       }
       s.watch(store->under);
       store->failing = true;
       return error_of(s.send(dan.messenger(), talk));
     }},
    {"Messenger::kept", Error::buffer_too_small, Fault::caller, "into nothing",
     [](Scene& s) {
       const OrderKey place = s.say(s.ann, "kept");
       return error_of(s.watched().kept({}, s.talk, {user_of(1), place.id}));
     }},
    {"Messenger::next_kept", Error::buffer_too_small, Fault::caller, "into nothing",
     [](Scene& s) {
       s.say(s.ann, "kept");
       return error_of(s.watched().next_kept({}, s.talk, {}));
     }},
};

constexpr ErrorRow deliveries[]{
    {"Messenger::accept_identity", Error::rosters_differ, Fault::peer, "of no device",
     [](Scene& s) {
       return error_of(
           s.watched().accept_identity({user_of(2), DeviceId{9}}, s.ben.keys().public_key()));
     }},
    {"Messenger::connect", Error::rosters_differ, Fault::peer, "to no device",
     [](Scene& s) { return error_of(s.connect(s.watched(), {user_of(2), DeviceId{9}})); }},
    {"Messenger::connect", Error::identity_changed, Fault::peer, "to one that was set up anew",
     [](Scene& s) {
       s.meet();
       Phone& tablet = s.service.add(2, 2);
       Phone& anew = s.service.replace(s.ben.self());
       static_cast<void>(tablet);
       s.service.fetch(s.ann, user_of(2));
       const auto bundle = anew.bundle();
       return error_of(s.watched().connect(anew.self(), bundle.registration,
                                           must(verify(bundle.keys), "bundle"), s.ann.tape,
                                           s.ann.now));
     }},
    {"Messenger::next_delivery", Error::buffer_too_small, Fault::caller, "into nothing",
     [](Scene& s) {
       s.meet();
       static_cast<void>(must(s.send(s.messenger(), s.talk), "send"));
       return error_of(s.watched().next_delivery({}, {}, s.ann.now));
     }},
    {"Messenger::refused", Error::wrong_state, Fault::caller, "of no message",
     [](Scene& s) { return error_of(s.watched().refused(s.talk, {})); }},
    {"Messenger::refused", Error::exhausted, Fault::nobody, "for the sixth time",
     [](Scene& s) {
       const auto id = must(s.send(s.messenger(), s.talk), "send");
       for (int i = 0; i < messenger_max_rounds; ++i)
         static_cast<void>(must(s.messenger().refused(s.talk, id), "refused"));
       return error_of(s.watched().refused(s.talk, id));
     }},
    {"Messenger::receive", Error::rosters_differ, Fault::peer,
     "from somebody whose lists are unknown",
     [](Scene& s) {
       s.meet();
       return s.hear(s.ann.device(),
                     [](Envelope& envelope, MutableBytes) { envelope.from.user = user_of(3); });
     }},
    {"Messenger::receive", Error::identity_changed, Fault::peer, "from one who poses as a friend",
     [](Scene& s) {
       s.meet();
       Phone stranger(user_of(1), DeviceId{1}, 96, 4);
       const auto bundle = s.ben.bundle();
       must(stranger.device().connect(address_of(s.ben.self()), bundle.registration,
                                      must(verify(bundle.keys), "bundle"), stranger.tape,
                                      stranger.now),
            "connect");
       return s.hear(stranger.device(), [](Envelope&, MutableBytes) {});
     }},
    {"Messenger::receive", Error::malformed, Fault::peer, "of what is no letter",
     [](Scene& s) {
       s.meet();
       return s.hear(s.ann.device(), [](Envelope&, MutableBytes) {});
     }},
    {"Messenger::receive", Error::authentication_failed, Fault::peer, "of an altered message",
     [](Scene& s) {
       s.meet();
       return s.hear(s.ann.device(), [](Envelope&, MutableBytes bytes) { bytes.back() ^= 1; });
     }},
    {"Messenger::receive", Error::authentication_failed, Fault::peer, "with another franking tag",
     [](Scene& s) {
       s.say(s.ann, "hello");
       Posted posted = s.service.mail(s.ben.self()).front();
       posted.tag = {};
       return s.hear(posted.envelope());
     }},
    {"Messenger::receive", Error::replayed, Fault::nobody, "for the second time",
     [](Scene& s) {
       s.say(s.ann, "hello");
       const Posted posted = s.service.mail(s.ben.self()).front();
       EXPECT_EQ(s.hear(posted.envelope()), std::nullopt);
       return s.hear(posted.envelope());
     }},
};

TEST(ErrorTable, while_the_device_is_busy) {
  provoke(open_transactions);
}
TEST(ErrorTable, conversations_of_a_messenger) {
  provoke(conversations);
}
TEST(ErrorTable, deliveries_of_a_messenger) {
  provoke(deliveries);
}

}  // namespace
}  // namespace sotto::messenger
