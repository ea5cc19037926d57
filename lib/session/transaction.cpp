// SPDX-License-Identifier: MIT OR Apache-2.0
/// A transaction's dealings with peers, and its end.
#include <utility>

#include <sotto/transaction.hpp>

#include "session/work.hpp"

namespace sotto {

using session::PeerPrekeys;

Transaction::Transaction(std::unique_ptr<session::Work> work) noexcept : work_(std::move(work)) {
}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Result<void> Transaction::connect(const Address& peer, RegistrationId registration,
                                  const VerifiedBundle& bundle, Entropy& entropy,
                                  Instant now) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*work_, (*held)->id());
  const bool first = !(*held)->peer().identity();
  const auto before = (*held)->before();
  const auto begun =
      (*held)->peer().connect(work_->home().self(), registration, bundle, prekeys, entropy, now);
  if (!begun) return begun;
  // [SES-1-3]
  if (first) prekeys.bind(bundle.bundle().identity);
  (*held)->changed_since(before);
  return {};
}

Result<Unsent> Transaction::encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                    Instant now) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  if (const auto room = work_->reserve_buffer(); !room) return std::unexpected(room.error());
  const auto before = (*held)->before();
  const auto message = (*held)->peer().encrypt(work_->home().self(), out, plaintext, now);
  if (!message) return std::unexpected(message.error());
  work_->remember(message->bytes);
  (*held)->changed_since(before);
  return Unsent(*message, work_->serial());
}

Result<Opened> Transaction::decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                    Bytes message, Entropy& entropy, Instant now) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*work_, (*held)->id());
  const auto before = (*held)->before();
  auto done =
      (*held)->peer().decrypt(work_->home().self(), out, kind, message, prekeys, entropy, now);
  if (!done) return std::unexpected(done.error());
  if (const std::optional<session::Consumed>& consumed = done->consumed) {
    work_->prekeys().consume(*consumed);
    done->opened.consumed = consumed->one_time;
  }
  if (done->opened.first_identity) prekeys.bind(done->opened.identity);
  (*held)->changed_since(before);
  return done->opened;
}

Result<std::optional<IdentityPublic>> Transaction::identity(const Address& peer) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  return (*held)->peer().identity();
}

Result<void> Transaction::accept_identity(const Address& peer,
                                          const IdentityPublic& identity) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*work_, (*held)->id());
  const auto before = (*held)->before();
  const bool same = (*held)->peer().identity() == identity;
  const auto accepted = (*held)->peer().accept_identity(work_->home().self(), identity, prekeys);
  if (!accepted || same) return accepted;
  prekeys.bind(identity);
  (*held)->changed_since(before);
  return {};
}

Result<SessionInfo> Transaction::info(const Address& peer, Instant now) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  return (*held)->peer().info(now);
}

Result<void> Transaction::erase_sessions(const Address& peer) noexcept {
  const auto held = work_->peer(peer);
  if (!held) return std::unexpected(held.error());
  const auto before = (*held)->before();
  (*held)->peer().erase_sessions();
  (*held)->changed_since(before);
  return {};
}

// [SES-9-2]: only this makes the witness against which a message's bytes come out.
Result<Committed> Transaction::commit() && noexcept {
  const std::unique_ptr<session::Work> work = std::move(work_);
  const auto revision = work->commit();
  if (!revision) return std::unexpected(revision.error());
  return Committed(*revision, work->serial());
}

}  // namespace sotto
