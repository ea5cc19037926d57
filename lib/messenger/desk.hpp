// SPDX-License-Identifier: MIT OR Apache-2.0
/// One transaction of a messenger: its rows as what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/device.hpp>
#include <sotto/known_roster.hpp>
#include <sotto/messenger.hpp>
#include <sotto/transaction.hpp>

#include "messenger/clocked_book.hpp"
#include "messenger/rows.hpp"
#include "messenger/scratch.hpp"
#include "messenger/state.hpp"

namespace sotto::messenger {

/// The name under which sessions know a device: the user id itself [CV-1-2]. A view of `device`.
[[nodiscard]] inline Address address_of(const UserDevice& device) noexcept {
  const Bytes name = device.user.bytes();
  return {{reinterpret_cast<const char*>(name.data()), name.size()}, device.device};
}

/// Where a content stands, or that it is gone.
struct Place {
  OrderKey key;
  bool gone = false;
};
[[nodiscard]] inline MessageName name_of(const OrderKey& place) noexcept {
  return {place.sender, place.id};
}

/// What is kept of a content beside its bytes.
struct KeptHead {
  FrankingTag tag;
  std::uint64_t counter = 0;
  Instant stamped_at{};
  FrankingStamp stamp;
};
inline constexpr std::size_t kept_head_bytes = 32 + 8 + 8 + 32;

/// Every function may answer what `Transaction` answers, and `corrupted` for a row that is not what
/// was stored.
class Desk {
 public:
  [[nodiscard]] static Result<Desk> open(Device& device) noexcept;

  [[nodiscard]] Transaction& transaction() noexcept { return transaction_; }
  [[nodiscard]] Result<Committed> commit() noexcept { return std::move(transaction_).commit(); }

  [[nodiscard]] Result<std::optional<UserId>> account() noexcept;
  [[nodiscard]] Result<void> put_account(const UserId& us) noexcept;

  /// The lists known of a person, perhaps none.
  [[nodiscard]] Result<KnownRoster> roster(const UserId& user) noexcept;
  [[nodiscard]] Result<void> put(const KnownRoster& roster) noexcept;

  [[nodiscard]] Result<std::optional<ConversationState>> find(const ConversationId& id) noexcept;
  /// Errors: also `wrong_state` (there is none).
  [[nodiscard]] Result<ConversationState> state(const ConversationId& id) noexcept;
  [[nodiscard]] Result<void> put(const ConversationId& id, const ConversationState& state) noexcept;

  /// The timers of a person's messages; an empty book if there are none, which has no row.
  [[nodiscard]] Result<ClockedBook> timers(const ConversationId& id, const UserId& author) noexcept;
  [[nodiscard]] Result<void> put(const ConversationId& id, const UserId& author,
                                 const ClockedBook& book) noexcept;

  [[nodiscard]] Result<std::optional<Place>> place(const ConversationId& id,
                                                   const MessageName& message) noexcept;
  [[nodiscard]] Result<void> put(const ConversationId& id, const Place& place) noexcept;

  /// A content: what is kept beside it, then its bytes without padding.
  [[nodiscard]] Result<void> put_content(const ConversationId& id, const OrderKey& place,
                                         const KeptHead& head, Bytes content) noexcept;
  /// Into `out`; nothing when it is gone.
  [[nodiscard]] Result<std::optional<KeptContent>> content(MutableBytes out,
                                                           const ConversationId& id,
                                                           const OrderKey& place) noexcept;

  /// Erase a content, who is still to have it, and those bytes; its place says that it is gone
  /// [CV-5-1].
  [[nodiscard]] Result<void> erase_content(const ConversationId& id,
                                           const OrderKey& place) noexcept;

  [[nodiscard]] Result<void> put(const RowKey& key, Bytes value) noexcept {
    return transaction_.put(Space::messenger, key.bytes(), value);
  }
  [[nodiscard]] Result<void> put(const RowKey& key, const Unsent& message) noexcept {
    return transaction_.put(Space::messenger, key.bytes(), message);
  }
  [[nodiscard]] Result<void> erase(const RowKey& key) noexcept {
    return transaction_.erase(Space::messenger, key.bytes());
  }
  [[nodiscard]] Result<std::optional<MutableBytes>> get(MutableBytes out,
                                                        const RowKey& key) noexcept {
    return transaction_.get(Space::messenger, out, key.bytes());
  }
  /// `get` of a row that has room in `out` if it is one of ours. Errors: `corrupted`.
  [[nodiscard]] Result<std::optional<MutableBytes>> read(MutableBytes out,
                                                         const RowKey& key) noexcept {
    auto row = get(out, key);
    if (!row && row.error() == Error::buffer_too_small) row = std::unexpected(Error::corrupted);
    return row;
  }
  /// What stands behind `all` in the name of the first row that starts with it and lies behind
  /// `behind`; into `room`, of `RowKey::max_bytes`.
  [[nodiscard]] Result<std::optional<Bytes>> next(MutableBytes room, const RowKey& all,
                                                  const RowKey& behind) noexcept;

 private:
  using Space = Transaction::Space;
  explicit Desk(Transaction&& transaction) noexcept : transaction_(std::move(transaction)) {}
  Transaction transaction_;
};

}  // namespace sotto::messenger
