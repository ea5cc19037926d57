// SPDX-License-Identifier: MIT OR Apache-2.0
/// A post in memory, and the platform behind it: it stamps what it passes on, and keeps everything.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "talk/post.hpp"

namespace sotto::talk {

/// The service itself. `clock` tells its time.
class Hub {
 public:
  Hub(PlatformKey&& platform, std::function<Instant()> clock)
      : platform_(std::move(platform)), clock_(std::move(clock)) {}

  [[nodiscard]] const PlatformKey& platform() const noexcept { return platform_; }
  /// Everything that ever passed, whether or not it was taken.
  [[nodiscard]] const std::vector<Parcel>& kept() const noexcept { return kept_; }

  /// Show one person other lists of `user` from number `from` on than everybody else.
  void deceive(const UserId& viewer, const UserId& user, std::uint64_t from, const Blob& list);

 private:
  friend class HubPost;
  [[nodiscard]] std::vector<Blob> lists(const UserId& viewer, const UserId& user,
                                        std::uint64_t from) const;
  void put(Parcel parcel);

  PlatformKey platform_;
  std::function<Instant()> clock_;
  std::map<UserId, std::vector<Blob>> lists_;
  std::map<std::pair<UserId, UserId>, std::pair<std::uint64_t, Blob>> deceptions_;
  std::map<UserDevice, Blob> claims_;
  std::map<UserDevice, std::deque<Blob>> bundles_;
  std::map<UserDevice, std::vector<Parcel>> mail_;
  std::vector<Parcel> kept_;
  std::map<std::pair<ConversationId, MessageId>, std::pair<std::uint64_t, Instant>> stamped_;
  std::map<ConversationId, std::uint64_t> counters_;
};

/// One device's line to the hub.
class HubPost final : public Post {
 public:
  HubPost(Hub& hub, const UserId& viewer) : hub_(&hub), viewer_(viewer) {}

  [[nodiscard]] std::vector<Blob> lists(const UserId& user, std::uint64_t from) override;
  void publish_list(const UserId& user, std::uint64_t number, const Blob& list) override;
  [[nodiscard]] std::vector<Blob> claims(const UserId& user) override;
  void publish_claim(const UserDevice& device, const Blob& claim) override;
  [[nodiscard]] bool gives_once() const noexcept override { return true; }
  [[nodiscard]] std::size_t bundles(const UserDevice& device) override;
  void publish_bundle(const UserDevice& device, const Blob& bundle) override;
  [[nodiscard]] std::optional<Blob> take_bundle(const UserDevice& device) override;
  void put(const Parcel& parcel) override;
  [[nodiscard]] std::vector<DeliveryKey> settled(const UserDevice& from) override;
  [[nodiscard]] std::vector<Parcel> waiting(const UserDevice& to) override;
  void taken(const Parcel& parcel) override;

 private:
  Hub* hub_;
  UserId viewer_;
  std::vector<DeliveryKey> settled_;
};

}  // namespace sotto::talk
