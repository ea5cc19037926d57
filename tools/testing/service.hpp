// SPDX-License-Identifier: MIT OR Apache-2.0
/// People with phones, and a service between them, for tests of conversations: everything that a
/// real service would do, in memory and on demand.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sotto/sotto.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::testing {

using Blob = std::vector<std::uint8_t>;

/// What went wrong in the world itself: a bug of the test, or of the library.
template <class T>
T must(Result<T>&& result, const char* what) {
  if (!result)
    throw std::runtime_error(std::string(what) + ": " + std::string(name(result.error())));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline UserId user_of(std::uint8_t number) {
  std::array<std::uint8_t, UserId::size_bytes> bytes{};
  bytes.fill(number);
  return UserId(bytes);
}

/// A device of a person, with everything that it stores.
class Phone {
 public:
  /// `elsewhere`: a store of the caller's instead of one in memory.
  Phone(const UserId& user, DeviceId device, std::uint64_t seed, std::uint32_t prekeys,
        Store* elsewhere = nullptr)
      : tape(seed),
        memory_(must(MemoryStore::create(), "rows")),
        rows_(elsewhere == nullptr ? &memory_ : elsewhere),
        key_(storage_key(seed)) {
    const auto identity = must(IdentityKeyPair::generate(tape), "identity");
    keys_.emplace(identity.duplicate());
    limits_.prekeys.batch = prekeys;
    device_ = std::make_unique<Device>(must(
        Device::create(*rows_, key_, identity, device, RegistrationId{17}, limits_), "device"));
    messenger_.emplace(must(Messenger::create(*device_, user), "messenger"));
    auto work = must(device_->begin(), "work");
    must(work.rotate_signed_prekey(tape, Instant(std::chrono::hours(1))), "signed prekey");
    static_cast<void>(must(work.replenish(tape), "prekeys"));
    static_cast<void>(must(std::move(work).commit(), "commit"));
  }

  Messenger& messenger() { return *messenger_; }
  Device& device() { return *device_; }
  Store& rows() { return *rows_; }
  [[nodiscard]] UserDevice self() const { return messenger_->self(); }
  [[nodiscard]] const IdentityKeyPair& keys() const { return *keys_; }
  /// What it is opened with by the next `restart`.
  DeviceLimits& limits() { return limits_; }

  /// Only the rows survive; `reopen`, if it is any, then says where they are read.
  void restart(const std::function<Store*()>& reopen = {}) {
    messenger_.reset();
    device_.reset();
    if (reopen) rows_ = reopen();
    device_ = std::make_unique<Device>(must(Device::open(*rows_, key_, {}, limits_), "open"));
    messenger_.emplace(must(Messenger::open(*device_), "messenger"));
  }
  wire::DeviceBundle bundle() {
    auto work = must(device_->begin(), "work");
    const auto bundle = must(work.bundle(), "bundle");
    return must(bundle.release(must(std::move(work).commit(), "commit")), "bundle");
  }

  /// What its rows are sealed with.
  static StorageKey storage_key(std::uint64_t seed) {
    TapeEntropy tape(~seed);
    return StorageKey::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
  }

  TapeEntropy tape;
  Instant now{std::chrono::hours(2)};

 private:
  MemoryStore memory_;
  Store* rows_;
  StorageKey key_;
  DeviceLimits limits_;
  std::optional<IdentityKeyPair> keys_;
  std::unique_ptr<Device> device_;
  std::optional<Messenger> messenger_;
};

/// A message on its way.
struct Posted {
  UserDevice from;
  MessageKind kind = MessageKind::signal;
  Blob bytes;
  FrankingTag tag;
  FrankingContext context;
  FrankingStamp stamp;

  [[nodiscard]] Envelope envelope() const {
    return {from, kind, bytes, tag, context.counter, context.at, stamp};
  }
};

/// The service: keeps lists, hands out bundles, delivers, and stamps what it delivers.
class Service {
 public:
  explicit Service(std::uint64_t seed = 1, std::uint32_t prekeys = 12)
      : seed_(seed), prekeys_(prekeys), tape_(seed + 1'000'000) {}

  /// Another phone of a person; the first one begins the person's list.
  Phone& add(std::uint8_t person, std::uint32_t device, Store* elsewhere = nullptr) {
    const UserId user = user_of(person);
    auto made = std::make_unique<Phone>(user, DeviceId{device}, ++seed_, prekeys_, elsewhere);
    Phone& phone = *made;
    auto& lists = lists_[user];
    if (lists.empty()) {
      publish(
          must(Roster::begin(user, DeviceId{device}, phone.keys(), phone.now, tape_), "list 0"));
    } else {
      const auto claim = must(claim_device(user, DeviceId{device}, phone.keys(), tape_), "claim");
      const Phone& signer = *phone_of(newest(user).devices().front(), user);
      publish(must(newest(user).add(claim, signer.keys(), phone.now, tape_), "list"));
    }
    phones_[phone.self()] = std::move(made);
    fetch(phone, user);
    return phone;
  }
  /// The person's list without a device, which exists no more.
  void remove(const UserDevice& device) {
    const Roster list = newest(device.user);
    for (const DeviceClaim& claim : list.devices()) {
      if (claim.device == device.device) continue;
      const Phone& signer = *phone_of(claim, device.user);
      publish(must(list.remove(device.device, signer.keys(), signer.now, tape_), "list"));
      break;
    }
    mail_.erase(device);
    gone_.push_back(std::move(phones_.at(device)));
    phones_.erase(device);
  }

  /// A device is lost and set up anew, with another identity under its number; the list says so.
  Phone& replace(const UserDevice& device) {
    auto made = std::make_unique<Phone>(device.user, device.device, ++seed_, prekeys_);
    Phone& phone = *made;
    const auto claim = must(claim_device(device.user, device.device, phone.keys(), tape_), "claim");
    const Roster list = newest(device.user);
    for (const DeviceClaim& other : list.devices()) {
      if (other.device == device.device) continue;
      const Phone& signer = *phone_of(other, device.user);
      publish(must(list.replace(claim, signer.keys(), signer.now, tape_), "list"));
      break;
    }
    mail_.erase(device);
    gone_.push_back(std::exchange(phones_.at(device), std::move(made)));
    fetch(phone, device.user);
    return phone;
  }

  Phone* find(const UserDevice& device) {
    const auto found = phones_.find(device);
    return found == phones_.end() ? nullptr : found->second.get();
  }
  std::map<UserDevice, std::unique_ptr<Phone>>& phones() { return phones_; }
  std::deque<Posted>& mail(const UserDevice& device) { return mail_[device]; }
  const Roster& newest(const UserId& user) { return lists_.at(user).back(); }

  /// Let a phone look up a person's lists, from the one it knows.
  RostersTaken fetch(Phone& phone, const UserId& user) {
    const auto known = must(phone.messenger().roster(user), "roster");
    const auto& lists = lists_.at(user);
    const std::uint64_t from = known ? known->newest()->number() : 0;
    std::vector<Blob> bytes;
    std::vector<Bytes> views;
    for (std::size_t i = from; i < lists.size(); ++i) {
      bytes.emplace_back(lists[i].size_bytes());
      static_cast<void>(must(lists[i].write(bytes.back()), "list"));
    }
    for (const Blob& blob : bytes) views.emplace_back(blob);
    return must(phone.messenger().take_rosters(user, views, phone.now), "take_rosters");
  }

  /// What goes wrong between a phone and the service.
  enum Trouble { none, lost, unacknowledged };

  /// Take what a phone has for others, as far as it is for devices that there are. A message
  /// planned with old lists is refused if `checks_lists`. `lost` and `unacknowledged` end it at the
  /// first message: the service has not got it, or the phone does not hear that it has.
  void collect(Phone& phone, bool checks_lists = true, int trouble = none) {
    Blob out(delivery_max_bytes);
    std::optional<DeliveryKey> after;
    while (true) {
      const auto next = must(phone.messenger().next_delivery(out, after, phone.now), "delivery");
      if (!next) return;
      if (checks_lists && is_stale(phone, *next)) {
        after.reset();  // Planned anew: look from the beginning.
        continue;
      }
      Phone* const to = find(next->key.to);
      // It is gone, which the list will say; or cannot be written to, which a person settles.
      if (to == nullptr || next->blocked) {
        after = next->key;
        continue;
      }
      if (next->needs_session) {
        const auto bundle = to->bundle();
        must(phone.messenger().connect(to->self(), bundle.registration,
                                       must(verify(bundle.keys), "bundle"), phone.tape, phone.now),
             "connect");
        continue;
      }
      if (trouble == lost) return;
      post(phone, *next);
      if (trouble == unacknowledged) return;
      must(phone.messenger().delivered(next->key), "delivered");
    }
  }

  /// What a phone makes of a message; it fetches lists that it lacks.
  Result<Arrival> deliver(Phone& phone, const Posted& posted, MutableBytes out) {
    auto arrival = phone.messenger().receive(out, posted.envelope(), phone.tape, phone.now);
    if (!arrival && arrival.error() == Error::rosters_differ) {
      fetch(phone, posted.from.user);
      arrival = phone.messenger().receive(out, posted.envelope(), phone.tape, phone.now);
    }
    if (!arrival) return arrival;
    if (arrival->notices.has(Notice::our_roster_ahead)) fetch(phone, phone.self().user);
    if (arrival->notices.has(Notice::their_roster_ahead))
      for (const auto& [user, lists] : lists_) fetch(phone, user);
    return arrival;
  }

  PlatformKey platform = PlatformKey::made_by([](MutableBytes out) {
    for (auto& byte : out) byte = 0x42;
  });

 private:
  void publish(const Roster& list) { lists_[list.user()].push_back(list); }
  Phone* phone_of(const DeviceClaim& claim, const UserId& user) {
    return phones_.at({user, claim.device}).get();
  }

  /// Whether the phone's lists of both people are not the newest; if so it is told, and plans anew.
  bool is_stale(Phone& phone, const Delivery& delivery) {
    bool stale = false;
    const auto choice = must(phone.messenger().choice(delivery.conversation), "choice");
    for (const ChosenDevices& side : choice.sides()) {
      const auto known = must(phone.messenger().roster(side.user()), "roster");
      if (known && known->newest()->number() == newest(side.user()).number()) continue;
      stale = true;
      fetch(phone, side.user());
    }
    if (stale) must(phone.messenger().refused(delivery.conversation, delivery.message), "refused");
    return stale;
  }

  void post(Phone& phone, const Delivery& delivery) {
    const auto at = std::pair(delivery.conversation, delivery.message);
    if (!counters_.contains(at)) counters_[at] = ++counter_[delivery.conversation];
    Posted posted{phone.self(),
                  delivery.kind,
                  Blob(delivery.bytes.begin(), delivery.bytes.end()),
                  delivery.tag,
                  {},
                  {}};
    posted.context = {phone.self().user,
                      static_cast<std::uint32_t>(phone.self().device),
                      delivery.key.to.user,
                      delivery.conversation,
                      phone.now,
                      counters_[at]};
    posted.stamp = must(franking_stamp(platform, posted.tag, posted.context), "stamp");
    mail_[delivery.key.to].push_back(std::move(posted));
  }

  std::uint64_t seed_;
  std::uint32_t prekeys_;
  TapeEntropy tape_;
  std::map<UserId, std::vector<Roster>> lists_;
  std::map<UserDevice, std::unique_ptr<Phone>> phones_;
  std::vector<std::unique_ptr<Phone>> gone_;
  std::map<UserDevice, std::deque<Posted>> mail_;
  std::map<std::pair<ConversationId, MessageId>, std::uint64_t> counters_;
  std::map<ConversationId, std::uint64_t> counter_;
};

}  // namespace sotto::testing
