// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message's way down: said and planned; sealed for one device after the other; delivered.
#include <array>
#include <cstring>
#include <utility>

#include <sotto/content_body.hpp>
#include <sotto/messenger.hpp>

#include "messenger/choice.hpp"
#include "messenger/desk.hpp"
#include "messenger/plan.hpp"
#include "messenger/standing.hpp"

namespace sotto {
namespace {

using messenger::Desk;
using messenger::Job;
using messenger::Scratch;

/// The other person of a choice.
const UserId& other_than(const DeviceChoice& choice, const UserId& us) noexcept {
  const auto sides = choice.sides();
  return sides[0].user() == us ? sides[1].user() : sides[0].user();
}

/// A content as the letter that the standing choice makes of it [CV-1-1].
Result<Scratch> letter_of(const DeviceChoice& choice, Bytes content) noexcept {
  const std::size_t padded = padded_content_size(content.size());
  auto room = Scratch::create(messenger::choice_size(choice) + padded);
  if (!room) return room;
  base::Writer writer(room->bytes());
  messenger::put_choice(writer, choice);
  writer.put(content);  // What is behind is zero already.
  return room;
}

/// The bytes that were sealed before.
Result<std::optional<Delivery>> sealed_before(Desk& desk, MutableBytes out, Delivery delivery,
                                              const FrankingTag& tag) noexcept {
  const auto value =
      desk.get(out, job_row(messenger::RowKind::sealed, delivery.key.number, delivery.key.to));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row || row->size() < 2) return std::unexpected(Error::corrupted);
  const MutableBytes stored = *row;
  delivery.tag = tag;
  delivery.kind = stored[0] == std::to_underlying(MessageKind::prekey) ? MessageKind::prekey
                                                                       : MessageKind::signal;
  std::memmove(stored.data(), stored.data() + 1, stored.size() - 1);
  delivery.bytes = stored.first(stored.size() - 1);
  return std::optional(delivery);
}

/// Whether the newest list says that a device has this identity [CV-3-8].
Result<bool> is_listed(Desk& desk, const UserDevice& device,
                       const IdentityPublic& identity) noexcept {
  const auto roster = desk.roster(device.user);
  if (!roster) return std::unexpected(roster.error());
  const Roster* const newest = roster->newest();
  const DeviceClaim* const claim = newest == nullptr ? nullptr : newest->find(device.device);
  return claim != nullptr && claim->identity == identity;
}

/// Whether an error of encrypting is about the one device alone, and no other waits for it
/// [CV-3-4].
bool is_of_device(Error error) noexcept {
  return error == Error::identity_in_use || error == Error::exhausted || error == Error::too_large;
}

/// Seal a job's content; its bytes are stored before they are shown [CV-3-3].
Result<std::optional<Delivery>> seal(Desk& desk, MutableBytes out, Delivery delivery,
                                     const DeviceChoice& choice, const KeptContent& kept,
                                     Instant now) noexcept {
  delivery.tag = kept.tag;
  const auto held = desk.transaction().identity(messenger::address_of(delivery.key.to));
  if (!held) return std::unexpected(held.error());
  const std::optional<IdentityPublic>& accepted = *held;
  if (!accepted) {
    delivery.needs_session = true;
    return std::optional(delivery);
  }
  const auto listed = is_listed(desk, delivery.key.to, *accepted);
  if (!listed) return std::unexpected(listed.error());
  if (!*listed) {
    delivery.needs_session = true;
    return std::optional(delivery);
  }
  const auto letter = letter_of(choice, kept.content.franked);
  if (!letter) return std::unexpected(letter.error());
  const auto unsent =
      desk.transaction().encrypt(messenger::address_of(delivery.key.to), letter->bytes(), now);
  if (!unsent && unsent.error() == Error::no_session) {
    delivery.needs_session = true;
    return std::optional(delivery);
  }
  if (!unsent && is_of_device(unsent.error())) {
    delivery.blocked = unsent.error();
    return std::optional(delivery);
  }
  if (!unsent) return std::unexpected(unsent.error());
  // Before anything is stored: on an error no number is spent.
  if (out.size() < unsent->size()) return std::unexpected(Error::buffer_too_small);
  const auto key = job_row(messenger::RowKind::sealed, delivery.key.number, delivery.key.to);
  if (const auto put = desk.put(key, *unsent); !put) return std::unexpected(put.error());
  const Job sealed{accepted, delivery.conversation, delivery.message};
  if (const auto put = put_job(desk, delivery.key, sealed); !put)
    return std::unexpected(put.error());
  const auto committed = desk.commit();
  if (!committed) return std::unexpected(committed.error());
  const auto message = unsent->release(*committed, out);
  if (!message) return std::unexpected(message.error());
  delivery.kind = message->kind;
  delivery.bytes = message->bytes;
  return std::optional(delivery);
}

/// Whether a device is still to have what is planned for it [CV-3-6].
Result<bool> is_target(Desk& desk, const DeviceChoice& choice, const UserDevice& device) noexcept {
  if (!choice.has(device)) return false;
  const auto roster = desk.roster(device.user);
  if (!roster) return std::unexpected(roster.error());
  return roster->newest() != nullptr && roster->newest()->find(device.device) != nullptr;
}

/// A job, and what is to be sent for it.
struct Waiting {
  Job job;
  DeviceChoice choice;
  std::optional<KeptContent> kept;  ///< nothing when it is not to be sent any more
};

/// What waits under a key that stands in a row. `room` takes the content.
Result<Waiting> waiting(Desk& desk, MutableBytes room, const UserId& us,
                        const DeliveryKey& key) noexcept {
  const auto found = job(desk, key);
  if (!found) return std::unexpected(found.error());
  const std::optional<Job>& job = *found;
  if (!job) return std::unexpected(Error::corrupted);
  const auto state = desk.state(job->conversation);
  if (!state) return std::unexpected(state.error());
  Waiting waiting{*job, state->choice, {}};
  const auto wanted = is_target(desk, state->choice, key.to);
  if (!wanted) return std::unexpected(wanted.error());
  if (!*wanted) return waiting;
  const auto stands = desk.place(job->conversation, {us, job->message});
  if (!stands) return std::unexpected(stands.error());
  const std::optional<messenger::Place>& place = *stands;
  if (!place) return std::unexpected(Error::corrupted);
  const auto content = desk.content(room, job->conversation, place->key);
  if (!content) return std::unexpected(content.error());
  waiting.kept = *content;
  return waiting;
}

}  // namespace

Result<MessageId> Messenger::send(const ConversationId& conversation, ContentKind kind, Bytes body,
                                  const std::optional<TimerSetting>& timer, Entropy& entropy,
                                  Instant now) noexcept {
  if (timer && !is_valid(*timer)) return std::unexpected(Error::invalid_argument);
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  auto state = desk->state(conversation);
  if (!state) return std::unexpected(state.error());
  if (!state->choice.has(self())) return std::unexpected(Error::wrong_state);
  if (state->sent == UINT64_MAX) return std::unexpected(Error::exhausted);
  const auto targets = targets_of(*desk, state->choice, self());
  if (!targets) return std::unexpected(targets.error());
  const auto ours = desk->roster(us_);
  const auto theirs = desk->roster(other_than(state->choice, us_));
  if (!ours) return std::unexpected(ours.error());
  if (!theirs) return std::unexpected(theirs.error());

  std::array<std::uint8_t, MessageId::size_bytes> id{};
  if (const auto filled = entropy.draw(id); !filled) return std::unexpected(filled.error());
  const auto key = new_franking_key(entropy);
  if (!key) return std::unexpected(key.error());
  ContentHead head;
  head.kind = kind;
  head.id = MessageId(id);
  head.conversation = conversation;
  head.sent_at = now;
  head.order = next_order(state->largest_order);
  head.number = state->sent;
  head.sender = ours->claim();
  head.recipient = theirs->claim();
  head.timer = timer ? *timer : state->timer;
  const auto room = Scratch::create(padded_content_size(content_head_bytes + body.size()));
  if (!room) return std::unexpected(room.error());
  const auto written = write_content(room->bytes(), head, *key, body);
  if (!written) return std::unexpected(written.error());
  const auto content = read_content(*written);
  if (!content) return std::unexpected(content.error());

  ++state->sent;
  const OrderKey place = order_key(head, us_, device_.number());
  messenger::KeptHead kept;
  kept.tag = frank(*key, content->franked);
  const auto stood = messenger::stand(*desk, *state, conversation, place, *content, kept, us_, now);
  if (!stood) return std::unexpected(stood.error());
  if (const auto put = desk->put(conversation, *state); !put) return std::unexpected(put.error());
  if (const auto planned = plan(*desk, conversation, head.id, *targets); !planned)
    return std::unexpected(planned.error());
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return head.id;
}

Result<std::optional<Delivery>> Messenger::next_delivery(MutableBytes out,
                                                         const std::optional<DeliveryKey>& after,
                                                         Instant now) noexcept {
  const auto room = Scratch::create(messenger::kept_head_bytes + content_max_padded);
  if (!room) return std::unexpected(room.error());
  for (auto behind = after;;) {  // A job that fails holds up no other [CV-3-4].
    auto desk = Desk::open(device_);
    if (!desk) return std::unexpected(desk.error());
    const auto next = next_job(*desk, behind);
    if (!next) return std::unexpected(next.error());
    const std::optional<DeliveryKey>& key = *next;
    if (!key) return std::optional<Delivery>();
    const auto found = waiting(*desk, room->bytes(), us_, *key);
    if (!found) return std::unexpected(found.error());
    const Job& job = found->job;
    if (const std::optional<KeptContent>& kept = found->kept; kept) {
      Delivery delivery;
      delivery.key = *key;
      delivery.conversation = job.conversation;
      delivery.message = job.message;
      // What was sealed for a device that was replaced nobody opens any more [CV-3-9].
      Result<bool> stands = false;
      if (job.sealed_for) stands = is_listed(*desk, key->to, *job.sealed_for);
      if (!stands) return std::unexpected(stands.error());
      return *stands ? sealed_before(*desk, out, delivery, kept->tag)
                     : seal(*desk, out, delivery, found->choice, *kept, now);
    }
    if (const auto dropped = drop_job(*desk, *key, job); !dropped)
      return std::unexpected(dropped.error());
    if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
    behind = key;
  }
}

Result<void> Messenger::delivered(const DeliveryKey& key) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto found = job(*desk, key);
  if (!found) return std::unexpected(found.error());
  const std::optional<Job>& waiting = *found;
  if (!waiting) return {};
  // Nothing was sealed yet, so nobody can have it [CV-3-3].
  if (!waiting->sealed_for) return std::unexpected(Error::wrong_state);
  if (const auto dropped = drop_job(*desk, key, *waiting); !dropped) return dropped;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

Result<void> Messenger::refused(const ConversationId& conversation,
                                const MessageId& message) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto state = desk->state(conversation);
  if (!state) return std::unexpected(state.error());
  const auto targets = targets_of(*desk, state->choice, self());
  if (!targets) return std::unexpected(targets.error());
  if (const auto planned = plan_again(*desk, conversation, message, *targets); !planned)
    return planned;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace sotto
