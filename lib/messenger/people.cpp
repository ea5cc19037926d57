// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whose devices are known, and whose are accepted.
#include <sotto/messenger.hpp>

#include "messenger/desk.hpp"
#include "messenger/watches.hpp"

namespace sotto {
namespace {

using messenger::Desk;

/// Look at lists, and keep what was accepted of them.
template <class Look>
Result<RostersTaken> take(Device& device, const UserId& us, const UserId& user, Instant now,
                          std::chrono::milliseconds grace, Look look) noexcept {
  auto desk = Desk::open(device);
  if (!desk) return std::unexpected(desk.error());
  auto known = desk->roster(user);
  if (!known) return std::unexpected(known.error());
  const auto news = look(*known);
  if (!news) return std::unexpected(news.error());
  RostersTaken taken{*news, {}};
  if (news->event == RosterEvent::first || news->event == RosterEvent::extended ||
      news->event == RosterEvent::reset)
    if (const auto put = desk->put(*known); !put) return std::unexpected(put.error());
  if (user == us) {
    const auto ghost = messenger::watches_fetched(*desk, *known, now, grace);
    if (!ghost) return std::unexpected(ghost.error());
    if (*ghost) taken.notices.add(Notice::ghost_device);
  }
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return taken;
}

/// What a person's newest list says of a device; null when there is none, or it is not in it.
const DeviceClaim* listed(const KnownRoster& roster, DeviceId device) noexcept {
  return roster.newest() == nullptr ? nullptr : roster.newest()->find(device);
}

}  // namespace

Result<std::optional<KnownRoster>> Messenger::roster(const UserId& user) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto known = desk->roster(user);
  if (!known) return std::unexpected(known.error());
  if (known->newest() == nullptr) return std::optional<KnownRoster>();
  return std::optional(*known);
}

Result<RostersTaken> Messenger::take_rosters(const UserId& user, std::span<const Bytes> lists,
                                             Instant now) noexcept {
  return take(device_, us_, user, now, grace_,
              [&](KnownRoster& known) noexcept { return known.consider(lists, now); });
}

Result<RostersTaken> Messenger::accept_reset(const UserId& user, std::span<const Bytes> lists,
                                             Instant now) noexcept {
  return take(device_, us_, user, now, grace_,
              [&](KnownRoster& known) noexcept { return known.accept_reset(lists, now); });
}

Result<void> Messenger::mark_compared(const UserId& user, const RosterClaim& claim) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  auto known = desk->roster(user);
  if (!known) return std::unexpected(known.error());
  if (const auto marked = known->mark_compared(claim); !marked) return marked;
  if (const auto put = desk->put(*known); !put) return put;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

Result<void> Messenger::accept_identity(const UserDevice& device,
                                        const IdentityPublic& identity) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto known = desk->roster(device.user);
  if (!known) return std::unexpected(known.error());
  const DeviceClaim* const claim = listed(*known, device.device);
  if (claim == nullptr || claim->identity != identity)
    return std::unexpected(Error::rosters_differ);
  const auto accepted =
      desk->transaction().accept_identity(messenger::address_of(device), identity);
  if (!accepted) return accepted;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

Result<void> Messenger::connect(const UserDevice& to, RegistrationId registration,
                                const VerifiedBundle& bundle, Entropy& entropy,
                                Instant now) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto known = desk->roster(to.user);
  if (!known) return std::unexpected(known.error());
  const DeviceClaim* const claim = listed(*known, to.device);
  // The service hands out bundles; the roster says whose they may be [CV-3-2].
  if (claim == nullptr || claim->identity != bundle.bundle().identity)
    return std::unexpected(Error::rosters_differ);
  const auto connected =
      desk->transaction().connect(messenger::address_of(to), registration, bundle, entropy, now);
  if (!connected) return connected;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace sotto
