// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peer.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "crypto/x25519.hpp"
#include "ratchet/age.hpp"
#include "ratchet/limits.hpp"

namespace sotto::session {
namespace {

SessionLimits clamped(const SessionLimits& asked) noexcept {
  constexpr std::chrono::milliseconds no_time{0};
  SessionLimits limits = asked;
  limits.ratchet = ratchet::clamped(asked.ratchet);
  limits.max_archived = std::min(asked.max_archived, std::uint32_t{most_archived});
  limits.max_archived_age = std::max(asked.max_archived_age, no_time);
  limits.max_unacknowledged_age = std::max(asked.max_unacknowledged_age, no_time);
  limits.max_message_bytes = std::min(asked.max_message_bytes, wire::max_message_bytes);
  return limits;
}

/// [SES-1-3]
Result<void> check_free(const IdentityPublic& identity, PrekeySource& prekeys) noexcept {
  const auto in_use = prekeys.in_use(identity);
  if (!in_use) return std::unexpected(in_use.error());
  if (*in_use) return std::unexpected(Error::identity_in_use);
  return {};
}

}  // namespace

Peer::Peer(const SessionLimits& limits) noexcept : limits_(clamped(limits)) {
}

Result<void> Peer::connect(const Self& self, RegistrationId registration,
                           const VerifiedBundle& bundle, PrekeySource& prekeys, Entropy& entropy,
                           Instant now) noexcept {
  if (const auto allowed = check_bundle(self, bundle.bundle(), prekeys); !allowed) return allowed;
  auto fresh = Session::initiate(self, registration, bundle, entropy, limits_.ratchet, now);
  if (!fresh) return std::unexpected(fresh.error());

  // [SES-2-3]; nothing from here on can fail [SES-1-1].
  (*fresh)->id = next_session_++;
  make_current(*std::move(fresh), now);
  identity_ = bundle.bundle().identity;
  remember(bundle.bundle().signed_prekey);
  ++unanswered_;
  ++epoch_;
  return {};
}

/// In the order of [SES-2-1].
Result<void> Peer::check_bundle(const Self& self, const Bundle& bundle,
                                PrekeySource& prekeys) const noexcept {
  if (bundle.identity == self.identity.public_key()) {
    // Another device of ours, but not this one [SES-1-4].
    if (!self.shares_identity) return std::unexpected(Error::own_identity);
    // Nobody signed the bundle's id, so the key alone tells.
    const auto ours = prekeys.keeps(bundle.signed_prekey);
    if (!ours) return std::unexpected(ours.error());
    if (*ours) return std::unexpected(Error::own_identity);
  }
  if (const auto allowed = check_accepted(bundle.identity, prekeys); !allowed) return allowed;
  const auto seen = std::span(seen_).first(seen_count_);
  const auto found = std::ranges::find(seen, bundle.signed_prekey);
  if (found != seen.end() && found != seen.begin()) return std::unexpected(Error::stale_bundle);
  if (unanswered_ >= limits_.max_unanswered_connects || next_session_ == no_more_sessions)
    return std::unexpected(Error::exhausted);
  return {};
}

/// Whether the peer may have `identity`: the accepted one, or a new one; and if it has not shown
/// that it is its own, nobody else has [SES-1-2, SES-1-3, SES-7-2].
Result<void> Peer::check_accepted(const IdentityPublic& identity,
                                  PrekeySource& prekeys) const noexcept {
  if (identity_ && identity_ != identity) return std::unexpected(Error::identity_changed);
  if (identity_ && proved_) return {};
  return check_free(identity, prekeys);
}

/// The newest first, the oldest goes [SES-2-4].
void Peer::remember(const SignedPrekeyPublic& prekey) noexcept {
  if (seen_count_ > 0 && seen_[0] == prekey) return;
  std::ranges::move_backward(seen_.begin(), seen_.end() - 1, seen_.end());
  seen_[0] = prekey;
  seen_count_ = std::min(seen_count_ + 1, most_seen_prekeys);
}

Result<Message> Peer::encrypt(const Self& self, MutableBytes out, Bytes plaintext,
                              PrekeySource& prekeys, Instant now) noexcept {
  if (!may_send(now) || !identity_) return std::unexpected(Error::no_session);
  if (const auto allowed = check_accepted(*identity_, prekeys); !allowed)  // [SES-3-5]
    return std::unexpected(allowed.error());
  auto message = current_->encrypt(self, out, plaintext, limits_.max_message_bytes);
  if (!message) return message;
  check_clock(now);
  ++epoch_;
  return message;
}

/// [SES-3-1, SES-3-2]
bool Peer::may_send(Instant now) const noexcept {
  if (!current_) return false;
  if (!current_->pending) return true;
  constexpr std::chrono::milliseconds one{1};
  const auto age = limits_.max_unacknowledged_age;
  return age == std::chrono::milliseconds::max() ||
         !ratchet::aged(current_->created, now, age + one);
}

Result<void> Peer::accept_identity(const Self& self, const IdentityPublic& identity,
                                   PrekeySource& prekeys) noexcept {
  if (identity == self.identity.public_key() && !self.shares_identity)
    return std::unexpected(Error::own_identity);
  if (!crypto::is_acceptable_u(identity.bytes())) return std::unexpected(Error::weak_key);
  if (identity_ == identity && proved_) return {};
  if (const auto allowed = check_free(identity, prekeys); !allowed) return allowed;
  // [SES-7-1]
  if (identity_ == identity)
    ++epoch_;
  else
    forget();
  identity_ = identity;
  proved_ = true;
  return {};
}

void Peer::forget() noexcept {
  erase_sessions();
  seen_ = {};
  seen_count_ = 0;
  identity_.reset();
  proved_ = false;
}

void Peer::replace(const Peer& other) noexcept {
  epoch_ = std::max(epoch_, other.epoch_) + 1;
  next_session_ = std::max(next_session_, other.next_session_);
}

void Peer::erase_sessions() noexcept {
  current_.reset();
  while (archived_count_ > 0) drop_archived(archived_count_ - 1);
  unanswered_ = 0;  // [SES-7-6]
  ++epoch_;
}

SessionInfo Peer::info(Instant now) const noexcept {
  SessionInfo info;
  info.can_send = may_send(now);
  if (current_) {
    info.acknowledged = !current_->pending;
    info.version = message_version;
    info.registration = current_->registration;
  }
  info.identity_proved = proved_;
  info.archived = archived_count_;
  info.skipped_keys = skipped_keys();
  info.epoch = epoch_;
  return info;
}

}  // namespace sotto::session
