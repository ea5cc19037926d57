// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whom a transaction takes a peer for: identities, and the names to which they belong.
#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include <sotto/transaction.hpp>

#include "session/inside.hpp"

namespace sotto {

using session::Inside;
using session::PeerId;
using session::PeerPrekeys;

Result<std::optional<IdentityPublic>> Transaction::identity(const Address& peer) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  if (const auto still = (*work)->look(); !still) return std::unexpected(still.error());
  return (*held)->peer().identity();
}

Result<std::optional<IdentityPublic>> Transaction::offered_identity(const Address& peer) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto id = PeerId::of(peer);
  if (!id) return std::unexpected(id.error());
  return (*work)->home().offers().of(*id);
}

Result<std::optional<std::string_view>> Transaction::owner_of(
    std::span<char> out, const IdentityPublic& identity) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  session::StagedRows& rows = (*work)->rows();
  const auto row = rows.at(session::identity_row(rows.keys(), identity).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto still = (*work)->look(); !still) return std::unexpected(still.error());
  const auto name = (*row)->value();
  if (!name) return std::nullopt;
  if (out.size() < name->size()) return std::unexpected(Error::buffer_too_small);
  std::ranges::copy(*name, out.begin());
  return std::string_view(out.data(), name->size());
}

Result<void> Transaction::accept_identity(const Address& peer,
                                          const IdentityPublic& identity) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(**work, (*held)->id());
  const bool same = (*held)->peer().identity() == identity;
  if (same && (*held)->peer().proved()) return {};
  // Looked up first, for afterwards nothing may fail; the one accepted now may stay where it is.
  const auto left = (*work)->binding_left_by(**held);
  if (!left) return std::unexpected(left.error());
  const auto accepted =
      (*held)->peer().accept_identity((*work)->self((*held)->id()), identity, prekeys);
  if (!accepted) return accepted;
  if (*left != nullptr) (*left)->erase();
  prekeys.bind(identity);
  (*held)->note_change();
  return {};
}

Result<void> Transaction::erase_sessions(const Address& peer) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  if ((*held)->peer().info({}).epoch == 0) return {};  // Nobody was heard of: no row of it.
  (*held)->peer().erase_sessions();
  (*held)->note_change();
  return {};
}

// [SES-7-3]
Result<std::size_t> Transaction::forget(const Address& peer) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  if (const auto dismissed = (*work)->dismiss((*held)->id()); !dismissed)
    return std::unexpected(dismissed.error());
  if (!(*held)->peer().holds_anything()) return 0;
  const auto left = (*work)->binding_left_by(**held);
  if (!left) return std::unexpected(left.error());
  if (*left != nullptr) (*left)->erase();
  (*held)->peer().forget();
  (*held)->note_change();
  return 1;
}

Result<std::optional<DeviceId>> Transaction::next_device(
    std::string_view name, const std::optional<DeviceId>& after) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto any = PeerId::of({name, DeviceId{0}});
  if (!any) return std::unexpected(any.error());
  return (*work)->next_device(*any, after);
}

// [SES-7-3]
Result<std::size_t> Transaction::forget_account(std::string_view name) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto any = PeerId::of({name, DeviceId{0}});
  if (!any) return std::unexpected(any.error());
  if (const auto dismissed = (*work)->dismiss_account(*any); !dismissed)
    return std::unexpected(dismissed.error());
  return (*work)->forget_account(*any);
}

// [SES-7-4]
Result<std::size_t> Transaction::rename_account(std::string_view from,
                                                std::string_view to) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto old_name = PeerId::of({from, DeviceId{0}});
  if (!old_name) return std::unexpected(old_name.error());
  const auto new_name = PeerId::of({to, DeviceId{0}});
  if (!new_name) return std::unexpected(new_name.error());
  if (from == to) return std::unexpected(Error::invalid_argument);
  return (*work)->rename_account(*old_name, *new_name);
}

}  // namespace sotto
