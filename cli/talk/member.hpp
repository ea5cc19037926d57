// SPDX-License-Identifier: MIT OR Apache-2.0
/// A person's device that talks through a `Post`: the one loop that every app has around a
/// `Messenger`. Everything that must survive is in its store; any function may throw in its midst,
/// and is then called again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/entropy.hpp>
#include <sotto/messenger.hpp>
#include <sotto/store.hpp>

#include "talk/post.hpp"

namespace sotto::talk {

/// What a device has outside its store.
struct Keys {
  StorageKey storage;
  IdentityKeyPair identity;
};
[[nodiscard]] Keys new_keys(Entropy& entropy);

/// The account of a name: a hash, so that any name will do.
[[nodiscard]] UserId user_named(std::string_view name);

/// What came of one message.
struct Heard {
  UserDevice from;
  std::uint64_t number = 0;      ///< of the parcel, by its sender
  std::optional<Error> refused;  ///< then nothing below counts
  Arrival::Kind outcome = Arrival::Kind::content;
  ConversationId conversation;
  OrderKey place;
  Notices notices;
  ContentHead head;
  Blob body;
};

class Member {
 public:
  /// Opens the device in `rows`, or makes it. All three must outlive this. `clock` tells the time.
  Member(const UserDevice& self, Store& rows, const Keys& keys, Post& post,
         std::function<Instant()> clock);

  [[nodiscard]] Entropy& entropy() noexcept { return entropy_; }
  [[nodiscard]] Messenger& messenger() noexcept { return messenger_; }
  [[nodiscard]] Device& device() noexcept { return device_; }
  [[nodiscard]] UserDevice self() const noexcept { return messenger_.self(); }
  [[nodiscard]] Instant now() const { return clock_(); }

  /// Prekeys are there, bundles are published, and this device is on its person's list, which it
  /// begins if there is none. False: another device must `admit` this one first.
  [[nodiscard]] bool enrol();
  /// Put the devices that ask for it on the list; which.
  std::vector<DeviceId> admit();
  /// Take a device of this person's off the list.
  void remove(DeviceId device);
  /// Who wants to know what lists that were fetched say.
  using OnLists = std::function<void(const UserId&, const RostersTaken&)>;
  void on_lists(OnLists handler) { on_lists_ = std::move(handler); }
  /// Who wants to know which device could not be written to, or whose lists are no good. The rest
  /// goes on, and it is tried again.
  using OnTrouble = std::function<void(const UserDevice&, Error)>;
  void on_trouble(OnTrouble handler) { on_trouble_ = std::move(handler); }
  /// A person says that lists which begin anew are the other's, or that an identity which a
  /// device's list has for it is right. Whether there was something to accept.
  [[nodiscard]] bool accept(const UserId& user);
  /// Look up a person's lists; nothing when there are none.
  std::optional<RostersTaken> fetch(const UserId& user);

  /// Say something; it leaves with `deliver`.
  MessageId say(const ConversationId& conversation, ContentKind kind, Bytes body,
                const std::optional<TimerSetting>& timer = {});
  /// Hand over all that waits; how many messages. With lists that are not the newest it plans anew.
  std::size_t deliver();
  /// Take all that came.
  [[nodiscard]] std::vector<Heard> hear();
  /// Erase what is over.
  std::vector<Erased> tick();

 private:
  void publish_prekeys();
  void publish(const Roster& list);
  [[nodiscard]] bool freshen(const Delivery& delivery);
  void trouble(const UserDevice& with, Error why) const;
  [[nodiscard]] bool connect(const UserDevice& to);
  [[nodiscard]] Heard hear(const Parcel& parcel, Blob& room);
  void follow(const Notices& notices, const Parcel& parcel);

  SystemEntropy entropy_;
  std::function<Instant()> clock_;
  OnLists on_lists_;
  OnTrouble on_trouble_;
  const Keys* keys_;
  Post* post_;
  Device device_;
  Messenger messenger_;
};

}  // namespace sotto::talk
