// SPDX-License-Identifier: MIT OR Apache-2.0
/// What stands between people's devices: it keeps lists of devices and bundles, and brings
/// messages. It is trusted with nothing but to do so. There are several ways to build one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <sotto/messenger.hpp>

#include "demo/failure.hpp"

namespace sotto::talk {

using Blob = std::vector<std::uint8_t>;

/// The post cannot be reached now; nothing is lost by trying again.
class Away : public demo::Failure {
 public:
  using Failure::Failure;
};

/// A sealed message on its way, by its sender's name for it, and what the post says of it.
struct Parcel {
  UserDevice from;
  DeliveryKey key;
  ConversationId conversation;
  MessageId message;
  MessageKind kind = MessageKind::signal;
  Blob bytes;
  FrankingTag tag;
  std::uint64_t counter = 0;  ///< 0: this post stamps nothing
  Instant stamped_at{};
  FrankingStamp stamp;

  [[nodiscard]] Envelope envelope() const {
    return {from, kind, bytes, tag, counter, stamped_at, stamp};
  }
};

/// Every function throws `Away`, and `Failure` when trying again will not help.
class Post {
 public:
  Post() = default;
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;
  virtual ~Post() = default;

  /// The lists of a person from number `from` on, in a row.
  [[nodiscard]] virtual std::vector<Blob> lists(const UserId& user, std::uint64_t from) = 0;
  virtual void publish_list(const UserId& user, std::uint64_t number, const Blob& list) = 0;

  /// Claims of devices that want to be on a person's list.
  [[nodiscard]] virtual std::vector<Blob> claims(const UserId& user) = 0;
  virtual void publish_claim(const UserDevice& device, const Blob& claim) = 0;

  /// Whether a bundle that was published is given to one other device only: then bundles with
  /// one-time prekeys may be published.
  [[nodiscard]] virtual bool gives_once() const noexcept = 0;
  /// How many bundles of this device are left.
  [[nodiscard]] virtual std::size_t bundles(const UserDevice& device) = 0;
  virtual void publish_bundle(const UserDevice& device, const Blob& bundle) = 0;
  [[nodiscard]] virtual std::optional<Blob> take_bundle(const UserDevice& device) = 0;

  /// Hand over a message; the same one twice is one.
  virtual void put(const Parcel& parcel) = 0;
  /// What this device put and need not keep for the post any more; each is answered once or more.
  [[nodiscard]] virtual std::vector<DeliveryKey> settled(const UserDevice& from) = 0;

  /// Messages for a device that it has not taken yet, in the order in which they came.
  [[nodiscard]] virtual std::vector<Parcel> waiting(const UserDevice& to) = 0;
  /// The device has stored what it wanted of it.
  virtual void taken(const Parcel& parcel) = 0;
};

}  // namespace sotto::talk
