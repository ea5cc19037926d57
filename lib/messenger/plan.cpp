// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/plan.hpp"

#include <algorithm>

#include "messenger/desk.hpp"

namespace sotto::messenger {
namespace {

/// A plan as it is stored: rounds(1) number(8), then user(32) device(4) of everyone who was
/// planned.
struct Plan {
  std::uint8_t rounds = 0;
  std::uint64_t number = 0;
  Targets targets;
};
constexpr std::size_t device_bytes = UserId::size_bytes + sizeof(DeviceId);
constexpr std::size_t plan_head_bytes = 1 + 8;
constexpr std::size_t plan_max_bytes = plan_head_bytes + plan_max_devices * device_bytes;
/// A job as it is stored: state(1) conversation(32) message(16), and identity(32) of one that is
/// sealed. An earlier version did not say for whom, so what it sealed is sealed anew.
constexpr std::size_t job_bytes = 1 + 32 + 16;
constexpr std::uint8_t job_waits = 0;
constexpr std::uint8_t job_sealed = 2;  ///< 1: by an earlier version

Result<std::optional<Plan>> find_plan(Desk& desk, const RowKey& key) noexcept {
  std::array<std::uint8_t, plan_max_bytes> room{};
  const auto value = desk.read(room, key);
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<Plan>();
  base::Fields fields(*row);
  Plan plan;
  plan.rounds = fields.uint<std::uint8_t>();
  plan.number = fields.uint<std::uint64_t>();
  bool right = plan.rounds <= messenger_max_rounds && plan.number > 0 && fields.remaining() > 0;
  while (right && fields.remaining() > 0) {
    const UserDevice device = read_device(fields);
    right = !fields.failed() && !plan.targets.has(device) && plan.targets.add(device);
  }
  if (!right) return std::unexpected(Error::corrupted);
  return std::optional(plan);
}

Result<void> put_plan(Desk& desk, const RowKey& key, const Plan& plan) noexcept {
  std::array<std::uint8_t, plan_max_bytes> room{};
  base::Writer writer(room);
  writer.put_uint(plan.rounds);
  writer.put_uint(plan.number);
  for (const UserDevice& device : plan.targets.devices()) {
    writer.put(device.user.bytes());
    writer.put_uint(std::to_underlying(device.device));
  }
  const auto written = writer.finish();
  if (!written) return std::unexpected(written.error());
  return desk.put(key, *written);
}

Result<std::uint64_t> next_number(Desk& desk) noexcept {
  const RowKey key(RowKind::last_number);
  std::array<std::uint8_t, 8> room{};
  const auto value = desk.read(room, key);
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  std::uint64_t last = 0;
  if (row) {
    base::Fields fields(*row);
    last = fields.uint<std::uint64_t>();
    if (!fields.finished() || last == 0) return std::unexpected(Error::corrupted);
  }
  if (last == UINT64_MAX) return std::unexpected(Error::exhausted);
  base::Writer writer(room);
  writer.put_uint(last + 1);
  if (const auto put = desk.put(key, room); !put) return std::unexpected(put.error());
  return last + 1;
}

Result<void> erase_job(Desk& desk, const DeliveryKey& key) noexcept {
  if (const auto erased = desk.erase(job_row(RowKind::job, key.number, key.to)); !erased)
    return erased;
  return desk.erase(job_row(RowKind::sealed, key.number, key.to));
}

/// A plan whose last job is gone goes as well.
Result<void> drop_if_done(Desk& desk, const RowKey& plan, std::uint64_t number) noexcept {
  const auto next = next_job(desk, DeliveryKey{number, {}});
  if (!next) return std::unexpected(next.error());
  const std::optional<DeliveryKey>& waiting = *next;
  if (waiting && waiting->number == number) return {};
  return desk.erase(plan);
}

}  // namespace

bool Targets::has(const UserDevice& device) const noexcept {
  return std::ranges::find(devices(), device) != devices().end();
}

bool Targets::add(const UserDevice& device) noexcept {
  if (count_ == devices_.size()) return false;
  devices_[count_++] = device;
  return true;
}

void Targets::keep(const Targets& others) noexcept {
  const auto all = std::span(devices_).first(count_);
  const auto gone =
      std::ranges::remove_if(all, [&](const UserDevice& d) { return !others.has(d); });
  count_ -= gone.size();
}

Result<Targets> targets_of(Desk& desk, const DeviceChoice& choice,
                           const UserDevice& self) noexcept {
  Targets targets;
  for (const ChosenDevices& side : choice.sides()) {
    const auto roster = desk.roster(side.user());
    if (!roster) return std::unexpected(roster.error());
    if (roster->newest() == nullptr) return std::unexpected(Error::rosters_differ);
    for (const DeviceClaim& claim : roster->newest()->devices()) {
      const UserDevice device{side.user(), claim.device};
      if (side.has(claim.device) && device != self) targets.add(device);
    }
  }
  return targets;
}

Result<std::optional<Job>> job(Desk& desk, const DeliveryKey& key) noexcept {
  std::array<std::uint8_t, job_bytes + IdentityPublic::size_bytes> room{};
  const auto value = desk.read(room, job_row(RowKind::job, key.number, key.to));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<Job>();
  base::Fields fields(*row);
  Job job;
  const auto state = fields.uint<std::uint8_t>();
  job.conversation = fields.public_value<ConversationId>();
  job.message = fields.public_value<MessageId>();
  if (state == job_sealed) job.sealed_for = fields.public_value<IdentityPublic>();
  if (!fields.finished() || state > job_sealed) return std::unexpected(Error::corrupted);
  return std::optional(job);
}

Result<void> put_job(Desk& desk, const DeliveryKey& key, const Job& job) noexcept {
  std::array<std::uint8_t, job_bytes + IdentityPublic::size_bytes> room{};
  base::Writer writer(room);
  writer.put_uint(job.sealed_for ? job_sealed : job_waits);
  writer.put(job.conversation.bytes());
  writer.put(job.message.bytes());
  if (job.sealed_for) writer.put(job.sealed_for->bytes());
  const auto written = writer.finish();
  if (!written) return std::unexpected(written.error());
  return desk.put(job_row(RowKind::job, key.number, key.to), *written);
}

Result<std::optional<DeliveryKey>> next_job(Desk& desk,
                                            const std::optional<DeliveryKey>& after) noexcept {
  const RowKey all(RowKind::job);
  const RowKey behind = after ? job_row(RowKind::job, after->number, after->to) : all;
  std::array<std::uint8_t, RowKey::max_bytes> room{};
  const auto next = desk.next(room, all, behind);
  if (!next) return std::unexpected(next.error());
  const std::optional<Bytes>& row = *next;
  if (!row) return std::optional<DeliveryKey>();
  base::Fields fields(*row);
  DeliveryKey key;
  key.number = fields.uint<std::uint64_t>();
  key.to = read_device(fields);
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return std::optional(key);
}

Result<void> plan(Desk& desk, const ConversationId& conversation, const MessageId& message,
                  const Targets& targets) noexcept {
  if (targets.devices().empty()) return {};
  const auto number = next_number(desk);
  if (!number) return std::unexpected(number.error());
  for (const UserDevice& device : targets.devices())
    if (const auto put = put_job(desk, {*number, device}, {{}, conversation, message}); !put)
      return put;
  return put_plan(desk, plan_row(conversation, message), {0, *number, targets});
}

Result<void> plan_again(Desk& desk, const ConversationId& conversation, const MessageId& message,
                        const Targets& targets) noexcept {
  const RowKey key = plan_row(conversation, message);
  auto found = find_plan(desk, key);
  if (!found) return std::unexpected(found.error());
  std::optional<Plan>& plan = *found;
  if (!plan) return std::unexpected(Error::wrong_state);
  if (plan->rounds == messenger_max_rounds) return std::unexpected(Error::exhausted);
  ++plan->rounds;
  // A device that is no target any more makes room for those that are.
  for (const UserDevice& device : plan->targets.devices()) {
    if (targets.has(device)) continue;
    if (const auto erased = erase_job(desk, {plan->number, device}); !erased) return erased;
  }
  plan->targets.keep(targets);
  for (const UserDevice& device : targets.devices()) {
    if (plan->targets.has(device) || !plan->targets.add(device)) continue;
    if (const auto put = put_job(desk, {plan->number, device}, {{}, conversation, message}); !put)
      return put;
  }
  if (const auto put = put_plan(desk, key, *plan); !put) return put;
  return drop_if_done(desk, key, plan->number);
}

Result<void> drop_job(Desk& desk, const DeliveryKey& key, const Job& job) noexcept {
  if (const auto erased = erase_job(desk, key); !erased) return erased;
  return drop_if_done(desk, plan_row(job.conversation, job.message), key.number);
}

Result<void> drop_plan(Desk& desk, const ConversationId& conversation,
                       const MessageId& message) noexcept {
  const RowKey key = plan_row(conversation, message);
  const auto found = find_plan(desk, key);
  if (!found) return std::unexpected(found.error());
  const std::optional<Plan>& plan = *found;
  if (!plan) return {};
  for (const UserDevice& device : plan->targets.devices())
    if (const auto erased = erase_job(desk, {plan->number, device}); !erased) return erased;
  return desk.erase(key);
}

}  // namespace sotto::messenger
