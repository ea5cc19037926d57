// SPDX-License-Identifier: MIT OR Apache-2.0
/// A transaction's dealings with peers, and its end.
#include <utility>

#include <sotto/transaction.hpp>

#include "session/inside.hpp"

namespace sotto {

using session::Inside;

Transaction::Transaction(std::unique_ptr<session::Work> work) noexcept : work_(std::move(work)) {
}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Result<void> Transaction::connect(const Address& peer, RegistrationId registration,
                                  const VerifiedBundle& bundle, Entropy& entropy,
                                  Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->connect(peer, registration, bundle, entropy, now);
}

Result<Unsent> Transaction::encrypt(const Address& peer, Bytes plaintext, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto room = (*work)->outbox().room(max_message_size(plaintext.size()));
  if (!room) return std::unexpected(room.error());
  const auto message = (*work)->encrypt(*room, peer, plaintext, now);
  if (!message) return std::unexpected(message.error());
  const std::size_t size = message->bytes.size();
  return Unsent(message->kind, (*work)->pending((*work)->outbox().keep(size), size));
}

Result<Opened> Transaction::decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                    Bytes message, Entropy& entropy, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  return (*work)->decrypt(out, peer, kind, message, entropy, now);
}

Result<SessionInfo> Transaction::info(const Address& peer, Instant now) noexcept {
  const auto work = Inside::into(*this);
  if (!work) return std::unexpected(work.error());
  const auto held = (*work)->peer(peer);
  if (!held) return std::unexpected(held.error());
  if (const auto still = (*work)->look(); !still) return std::unexpected(still.error());
  return (*held)->peer().info(now);
}

// [SES-9-2]: only this makes the witness against which sealed bytes come out.
Result<Committed> Transaction::commit() && noexcept {
  const auto work = Inside::at_the_end_of(*this);
  if (!work) return std::unexpected(work.error());
  const auto number = (*work)->commit();
  if (!number) return std::unexpected(number.error());
  session::Outbox& outbox = (*work)->outbox();
  const std::size_t size = outbox.size();
  return Committed(*number, (*work)->serial(), outbox.take(), size);
}

}  // namespace sotto
