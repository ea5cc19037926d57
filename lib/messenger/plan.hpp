// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who is still to have a message of ours: a plan for the message, a job for each device.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sotto/conversation.hpp>
#include <sotto/messenger.hpp>
#include <sotto/roster.hpp>

#include "messenger/rows.hpp"

namespace sotto::messenger {

class Desk;

/// Both people's devices, but ourselves.
inline constexpr std::size_t plan_max_devices = 2 * roster_max_devices;

/// Devices that a message is for.
class Targets {
 public:
  [[nodiscard]] std::span<const UserDevice> devices() const noexcept {
    return std::span(devices_).first(count_);
  }
  [[nodiscard]] bool has(const UserDevice& device) const noexcept;
  /// Whether there was room.
  bool add(const UserDevice& device) noexcept;
  /// Only those stay that are among `others`.
  void keep(const Targets& others) noexcept;

 private:
  std::array<UserDevice, plan_max_devices> devices_{};
  std::size_t count_ = 0;
};

/// All devices of the choice that are in the rosters, but `self` [CV-3-1]. Errors: `rosters_differ`
/// (no roster is known of one side).
[[nodiscard]] Result<Targets> targets_of(Desk& desk, const DeviceChoice& choice,
                                         const UserDevice& self) noexcept;

/// What waits for one device.
struct Job {
  /// Whose identity its bytes were sealed for; nothing while there are none.
  std::optional<IdentityPublic> sealed_for;
  ConversationId conversation;
  MessageId message;
};
[[nodiscard]] Result<std::optional<Job>> job(Desk& desk, const DeliveryKey& key) noexcept;
[[nodiscard]] Result<void> put_job(Desk& desk, const DeliveryKey& key, const Job& job) noexcept;
/// The first job behind `after`, whatever message it is of.
[[nodiscard]] Result<std::optional<DeliveryKey>> next_job(
    Desk& desk, const std::optional<DeliveryKey>& after) noexcept;

/// Plan a message: a job for each target, under a number that has not been used.
[[nodiscard]] Result<void> plan(Desk& desk, const ConversationId& conversation,
                                const MessageId& message, const Targets& targets) noexcept;
/// The service knew other devices: jobs for targets that had none, and no more for a device that is
/// no target now [CV-3-5]. Errors: `wrong_state`
/// (nothing waits), `exhausted`.
[[nodiscard]] Result<void> plan_again(Desk& desk, const ConversationId& conversation,
                                      const MessageId& message, const Targets& targets) noexcept;
/// One device has it, or is not to have it any more; with the last one the plan goes.
[[nodiscard]] Result<void> drop_job(Desk& desk, const DeliveryKey& key, const Job& job) noexcept;
/// Nobody is to have it any more.
[[nodiscard]] Result<void> drop_plan(Desk& desk, const ConversationId& conversation,
                                     const MessageId& message) noexcept;

}  // namespace sotto::messenger
