// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whose messenger it is, and which conversations there are.
#include <array>
#include <utility>

#include <sotto/messenger.hpp>

#include "messenger/desk.hpp"

namespace sotto {

using messenger::Desk;
using messenger::RowKey;
using messenger::RowKind;

Result<Messenger> Messenger::create(Device& device, const UserId& us) noexcept {
  auto desk = Desk::open(device);
  if (!desk) return std::unexpected(desk.error());
  const auto account = desk->account();
  if (!account) return std::unexpected(account.error());
  if (account->has_value()) return std::unexpected(Error::already_exists);
  if (const auto put = desk->put_account(us); !put) return std::unexpected(put.error());
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return Messenger(device, us);
}

Result<Messenger> Messenger::open(Device& device) noexcept {
  auto desk = Desk::open(device);
  if (!desk) return std::unexpected(desk.error());
  const auto found = desk->account();
  if (!found) return std::unexpected(found.error());
  const std::optional<UserId>& account = *found;
  if (!account) return std::unexpected(Error::not_set_up);
  return Messenger(device, *account);
}

Result<ConversationId> Messenger::begin(const ChosenDevices& one, const ChosenDevices& other,
                                        Entropy& entropy) noexcept {
  const auto choice = DeviceChoice::create(0, self(), one, other);
  if (!choice) return std::unexpected(choice.error());
  std::array<std::uint8_t, ConversationId::size_bytes> bytes{};
  if (const auto filled = entropy.draw(bytes); !filled) return std::unexpected(filled.error());
  const ConversationId id(bytes);
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto there = desk->find(id);
  if (!there) return std::unexpected(there.error());
  if (there->has_value()) return std::unexpected(Error::entropy_failed);  // Drawn before.
  messenger::ConversationState state;
  state.choice = *choice;
  if (const auto put = desk->put(id, state); !put) return std::unexpected(put.error());
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return id;
}

Result<std::optional<ConversationId>> Messenger::next_conversation(
    const std::optional<ConversationId>& after) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const RowKey all(RowKind::conversation);
  const RowKey behind = after ? messenger::conversation_row(*after) : all;
  std::array<std::uint8_t, RowKey::max_bytes> room{};
  const auto next = desk->next(room, all, behind);
  if (!next) return std::unexpected(next.error());
  const std::optional<Bytes>& row = *next;
  if (!row) return std::optional<ConversationId>();
  base::Fields fields(*row);
  const auto id = fields.public_value<ConversationId>();
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return std::optional(id);
}

Result<DeviceChoice> Messenger::choice(const ConversationId& conversation) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto state = desk->state(conversation);
  if (!state) return std::unexpected(state.error());
  return state->choice;
}

Result<void> Messenger::choose(const ConversationId& conversation, const ChosenDevices& one,
                               const ChosenDevices& other) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  auto state = desk->state(conversation);
  if (!state) return std::unexpected(state.error());
  if (state->choice.side(one.user()) == nullptr || state->choice.side(other.user()) == nullptr)
    return std::unexpected(Error::malformed);
  if (!state->choice.has(self())) return std::unexpected(Error::wrong_state);
  if (state->choice.number() == UINT64_MAX) return std::unexpected(Error::exhausted);
  const auto choice = DeviceChoice::create(state->choice.number() + 1, self(), one, other);
  if (!choice) return std::unexpected(choice.error());
  state->choice = *choice;
  if (const auto put = desk->put(conversation, *state); !put) return put;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace sotto
