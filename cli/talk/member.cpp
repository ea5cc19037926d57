// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/member.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <sotto/primitives.hpp>
#include <sotto/unopened.hpp>
#include <sotto/wire.hpp>

#include "demo/failure.hpp"

namespace sotto::talk {
namespace {

using demo::Failure;
using demo::need;

constexpr std::size_t kept_bundles = 8;

Device opened(const UserDevice& self, Store& rows, const Keys& keys, Entropy& entropy) {
  auto device = Device::open(rows, keys.storage);
  if (device) return *std::move(device);
  if (device.error() != Error::not_set_up) return need(std::move(device), "opening the device");
  std::array<std::uint8_t, 2> drawn{};
  need(entropy.fill(drawn), "a registration number");
  const auto registration =
      RegistrationId{1 + ((std::uint32_t{drawn[0]} << 8U | drawn[1]) & 0x3FFFU) % 0x3FFEU};
  return need(Device::create(rows, keys.storage, keys.identity, self.device, registration),
              "a device");
}

Messenger speaking(const UserDevice& self, Device& device) {
  auto messenger = Messenger::open(device);
  if (!messenger && messenger.error() == Error::not_set_up)
    messenger = Messenger::create(device, self.user);
  auto made = need(std::move(messenger), "the messenger");
  if (made.self() != self) throw Failure("the store is another device's");
  return made;
}

Blob written(const Roster& list) {
  Blob bytes(list.size_bytes());
  static_cast<void>(need(list.write(bytes), "a list of devices"));
  return bytes;
}

/// What need not be kept: nothing will ever come of it.
bool is_spent(Error error) noexcept {
  const Unopened message = unopened(error);
  return message == Unopened::worthless || message == Unopened::doubtful;
}

}  // namespace

Keys new_keys(Entropy& entropy) {
  return {StorageKey::made_by([&](MutableBytes out) { need(entropy.fill(out), "a storage key"); }),
          need(IdentityKeyPair::generate(entropy), "an identity key")};
}

UserId user_named(std::string_view name) {
  static constexpr std::string_view salt = "sotto talk: account of a name";
  const auto bytes_of = [](std::string_view text) {
    return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  std::array<std::uint8_t, UserId::size_bytes> id{};
  need(primitives::hkdf_sha256(id, bytes_of(salt), bytes_of(name), {}), "an account");
  return UserId(id);
}

Member::Member(const UserDevice& self, Store& rows, const Keys& keys, Post& post,
               std::function<Instant()> clock)
    : clock_(std::move(clock)),
      keys_(&keys),
      post_(&post),
      device_(opened(self, rows, keys, entropy_)),
      messenger_(speaking(self, device_)) {
}

bool Member::enrol() {
  const UserDevice us = self();
  static_cast<void>(fetch(us.user));
  const auto known = need(messenger_.roster(us.user), "our list");
  if (!known || known->newest() == nullptr) {
    publish(need(Roster::begin(us.user, us.device, keys_->identity, now(), entropy_),
                 "our first list"));
  } else if (known->newest()->find(us.device) == nullptr) {
    const auto claim =
        need(claim_device(us.user, us.device, keys_->identity, entropy_), "our claim");
    Blob bytes(device_claim_bytes);
    static_cast<void>(need(write_device_claim(bytes, claim), "our claim"));
    post_->publish_claim(us, bytes);
    return false;
  }
  publish_prekeys();
  return true;
}

void Member::publish_prekeys() {
  const bool once = post_->gives_once();
  const std::size_t wanted = once ? kept_bundles : 1;
  const std::size_t there = post_->bundles(self());
  auto tx = need(device_.begin(), "a transaction");
  const auto status = need(tx.prekey_status(now()), "the prekeys");
  if (status.rotate_due)
    need(tx.rotate_signed_prekey(entropy_, now()), "a signed prekey");
  else if (there >= wanted)
    return;
  static_cast<void>(need(tx.replenish(entropy_), "one-time prekeys"));
  std::vector<Pending<wire::DeviceBundle>> bundles;
  for (std::size_t i = there; i < wanted || bundles.empty(); ++i)
    bundles.push_back(need(once ? tx.bundle() : tx.last_resort_bundle(), "a bundle"));
  const auto committed = need(std::move(tx).commit(), "storing the prekeys");
  for (const auto& pending : bundles) {
    const auto bundle = need(pending.release(committed), "a bundle");
    Blob room(wire::max_bundle_bytes);
    const auto bytes = need(wire::write_bundle(room, bundle), "a bundle");
    post_->publish_bundle(self(), Blob(bytes.begin(), bytes.end()));
  }
}

void Member::publish(const Roster& list) {
  post_->publish_list(list.user(), list.number(), written(list));
  static_cast<void>(fetch(list.user()));
}

std::vector<DeviceId> Member::admit() {
  std::vector<DeviceId> admitted;
  for (const Blob& bytes : post_->claims(self().user)) {
    const auto claim = read_device_claim(bytes);
    if (!claim) continue;
    static_cast<void>(fetch(self().user));
    const auto known = need(messenger_.roster(self().user), "our list");
    if (!known || known->newest()->find(claim->device) != nullptr) continue;
    publish(need(known->newest()->add(*claim, keys_->identity, now(), entropy_), "a longer list"));
    admitted.push_back(claim->device);
  }
  return admitted;
}

void Member::remove(DeviceId device) {
  static_cast<void>(fetch(self().user));
  const auto known = need(messenger_.roster(self().user), "our list");
  if (!known || known->newest() == nullptr) throw Failure("there is no list of our devices");
  publish(
      need(known->newest()->remove(device, keys_->identity, now(), entropy_), "a shorter list"));
}

std::optional<RostersTaken> Member::fetch(const UserId& user) {
  const auto known = need(messenger_.roster(user), "a list");
  const bool any = known && known->newest() != nullptr;
  const auto lists = post_->lists(user, any ? known->newest()->number() : 0);
  if (lists.empty()) return {};
  const std::vector<Bytes> views(lists.begin(), lists.end());
  const auto taken = messenger_.take_rosters(user, views, now());
  if (!taken) {
    trouble({user, {}}, taken.error());
    return {};
  }
  if (on_lists_) on_lists_(user, *taken);
  return *taken;
}

bool Member::accept(const UserId& user) {
  const auto lists = post_->lists(user, 0);
  const std::vector<Bytes> views(lists.begin(), lists.end());
  bool accepted = !views.empty() && messenger_.accept_reset(user, views, now()).has_value();
  const auto known = need(messenger_.roster(user), "a list");
  if (!known || known->newest() == nullptr) return accepted;
  for (const DeviceClaim& claim : known->newest()->devices())
    if (UserDevice{user, claim.device} != self())
      accepted =
          messenger_.accept_identity({user, claim.device}, claim.identity).has_value() || accepted;
  return accepted;
}

MessageId Member::say(const ConversationId& conversation, ContentKind kind, Bytes body,
                      const std::optional<TimerSetting>& timer) {
  return need(messenger_.send(conversation, kind, body, timer, entropy_, now()), "a message");
}

void Member::trouble(const UserDevice& with, Error why) const {
  if (on_trouble_) on_trouble_(with, why);
}

bool Member::connect(const UserDevice& to) {
  const auto bytes = post_->take_bundle(to);
  if (!bytes) return false;
  const auto fail = [&](Error why) {
    trouble(to, why);
    return false;
  };
  const auto bundle = wire::parse_bundle(*bytes);
  if (!bundle) return fail(bundle.error());
  const auto verified = verify(bundle->keys);
  if (!verified) return fail(verified.error());
  const auto done = messenger_.connect(to, bundle->registration, *verified, entropy_, now());
  return done ? true : fail(done.error());
}

bool Member::freshen(const Delivery& delivery) {
  const auto choice = need(messenger_.choice(delivery.conversation), "the devices");
  bool changed = false;
  for (const ChosenDevices& side : choice.sides()) {
    const auto taken = fetch(side.user());
    changed = changed || (taken && taken->news.event == RosterEvent::extended);
  }
  if (changed)
    need(messenger_.refused(delivery.conversation, delivery.message), "planning a message anew");
  return changed;
}

std::size_t Member::deliver() {
  for (const DeliveryKey& key : post_->settled(self()))
    need(messenger_.delivered(key), "what was delivered");
  Blob room(delivery_max_bytes);
  std::optional<DeliveryKey> after;
  std::optional<MessageId> fresh;
  std::size_t handed = 0;
  while (true) {
    const auto next = need(messenger_.next_delivery(room, after, now()), "what waits");
    if (!next) break;
    if (fresh != next->message) {
      fresh = next->message;
      if (freshen(*next)) {
        after.reset();
        continue;
      }
    }
    if (next->needs_session && connect(next->key.to)) continue;
    after = next->key;
    // It has published nothing yet; or it cannot be written to, and what is for it waits.
    if (next->needs_session || next->blocked) continue;
    post_->put({self(),
                next->key,
                next->conversation,
                next->message,
                next->kind,
                Blob(next->bytes.begin(), next->bytes.end()),
                next->tag,
                0,
                {},
                {}});
    ++handed;
  }
  for (const DeliveryKey& key : post_->settled(self()))
    need(messenger_.delivered(key), "what was delivered");
  return handed;
}

std::vector<Heard> Member::hear() {
  std::vector<Heard> all;
  Blob room;
  for (const Parcel& parcel : post_->waiting(self())) {
    all.push_back(hear(parcel, room));
    const auto& refused = all.back().refused;
    if (!refused || is_spent(*refused)) post_->taken(parcel);
  }
  return all;
}

Heard Member::hear(const Parcel& parcel, Blob& room) {
  room.assign(parcel.bytes.size(), 0);
  auto arrival = messenger_.receive(room, parcel.envelope(), entropy_, now());
  if (!arrival && arrival.error() == Error::rosters_differ) {
    static_cast<void>(fetch(parcel.from.user));
    arrival = messenger_.receive(room, parcel.envelope(), entropy_, now());
  }
  Heard heard;
  heard.from = parcel.from;
  heard.number = parcel.key.number;
  if (!arrival) {
    heard.refused = arrival.error();
    return heard;
  }
  heard.outcome = arrival->kind;
  heard.conversation = arrival->conversation;
  heard.place = arrival->place;
  heard.notices = arrival->notices;
  if (arrival->content) {
    heard.head = arrival->content->head;
    heard.body.assign(arrival->content->body.begin(), arrival->content->body.end());
  }
  wipe(room);
  follow(arrival->notices, parcel);
  return heard;
}

void Member::follow(const Notices& notices, const Parcel& parcel) {
  if (notices.has(Notice::our_roster_ahead)) static_cast<void>(fetch(self().user));
  if (!notices.has(Notice::their_roster_ahead)) return;
  static_cast<void>(fetch(parcel.from.user));
}

std::vector<Erased> Member::tick() {
  std::vector<Erased> all;
  std::array<Erased, 16> some;
  while (true) {
    const auto erased = need(messenger_.tick(some, now()), "erasing what is over").erased;
    all.insert(all.end(), erased.begin(), erased.end());
    if (erased.size() < some.size()) return all;
  }
}

}  // namespace sotto::talk
