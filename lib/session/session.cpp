// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/session.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/overlap.hpp"
#include "crypto/aes.hpp"
#include "wire/frame.hpp"

namespace sotto::session {
namespace {

static_assert(wire::version_byte >> 4 == message_version);

Result<std::unique_ptr<Session>> made(Result<std::unique_ptr<ratchet::State>>&& ratchet,
                                      const EphemeralPublic& base_key, RegistrationId registration,
                                      Instant now) noexcept {
  if (!ratchet) return std::unexpected(ratchet.error());
  std::unique_ptr<Session> session(new (std::nothrow) Session);
  if (!session) return std::unexpected(Error::out_of_memory);
  session->ratchet = *std::move(ratchet);
  session->base_key = base_key;
  session->registration = registration;
  session->created = now;
  return session;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::initiate(const Self& self, RegistrationId registration,
                                                   const VerifiedBundle& bundle, Entropy& entropy,
                                                   const RatchetLimits& limits,
                                                   Instant now) noexcept {
  // Base key, then ratchet key [SES-2-2].
  auto initiated =
      sotto::initiate(self.identity, bundle, entropy,
                      self.shares_identity ? OwnIdentity::allowed : OwnIdentity::refused);
  if (!initiated) return std::unexpected(initiated.error());
  const Initiation& initiation = initiated->initiation;
  auto session = made(ratchet::State::start(std::move(initiated->agreement), entropy, limits),
                      initiation.base_key, registration, now);
  if (!session) return session;
  const RatchetPublic drawn = (*session)->ratchet->next_header().dh;
  if (std::ranges::equal(drawn.bytes(), initiation.base_key.bytes()))
    return std::unexpected(Error::entropy_failed);  // the same again [SES-2-2]
  (*session)->pending = Pending{initiation.signed_prekey_id, initiation.one_time_prekey_id};
  return session;
}

Result<std::unique_ptr<Session>> Session::respond(
    const Self& self, const wire::PrekeyMessage& message, const SignedPrekey& signed_prekey,
    const OneTimePrekey* one_time, const RatchetLimits& limits, Instant now) noexcept {
  auto agreement =
      sotto::respond(self.identity, signed_prekey, one_time,
                     Initiation{message.identity, message.base_key, message.signed_prekey_id,
                                message.one_time_prekey_id},
                     self.shares_identity ? OwnIdentity::allowed : OwnIdentity::refused);
  if (!agreement) return std::unexpected(agreement.error());
  return made(ratchet::State::start(*std::move(agreement), limits), message.base_key,
              message.registration.value_or(RegistrationId{}), now);
}

Result<Message> Session::encrypt(const Self& self, MutableBytes out, Bytes plaintext,
                                 std::size_t max_bytes) noexcept {
  const ratchet::Header next = ratchet->next_header();
  const wire::SignalHeader header{next.dh, next.n, next.pn};
  wire::PrekeyHeader first;  // [SES-3-3]
  if (pending)
    first = {self.registration, pending->one_time, pending->signed_prekey, base_key,
             self.identity.public_key()};
  const wire::PrekeyHeader* const prekey = pending ? &first : nullptr;

  const std::size_t ciphertext_bytes = crypto::cbc_padded_size(plaintext.size());
  const std::size_t size = wire::framed_size(header, prekey, ciphertext_bytes);
  if (size > max_bytes) return std::unexpected(Error::too_large);  // [SES-3-6]
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  if (base::overlap(out, plaintext)) return std::unexpected(Error::buffers_overlap);

  // The number is spent before the first byte is written [DR-3.4-1]; nothing is drawn [SES-3-4].
  const auto outgoing = ratchet->next_message();
  if (!outgoing) return std::unexpected(outgoing.error());
  ++changes;
  const auto layout = wire::lay_out(out, header, prekey, ciphertext_bytes);
  if (!layout) return std::unexpected(layout.error());  // never: the size was looked at
  outgoing->keys.seal_into(layout->message, layout->ciphertext_at, plaintext,
                           ratchet->sending_associated_data());
  return Message{pending ? MessageKind::prekey : MessageKind::signal, layout->whole};
}

// NOLINTNEXTLINE(readability-make-member-function-const): the ratchet moves on
Result<MutableBytes> Session::decrypt(MutableBytes out, const wire::SignalMessage& message,
                                      Entropy& entropy, Instant now, Budget& budget,
                                      std::optional<Error> refusal) noexcept {
  if (message.version != message_version) return std::unexpected(Error::unsupported_version);
  if (out.size() < message.ciphertext.size()) return std::unexpected(Error::buffer_too_small);

  if (message.whole.size() > budget.bytes) return std::unexpected(Error::too_large);
  const ratchet::Header header{message.ratchet_key, message.previous_counter, message.counter};
  auto plan = ratchet->plan(header, now, crypto::zero_salt(), budget.steps);
  if (!plan) return std::unexpected(plan.error());
  budget.steps -= plan->steps();         // [SES-4-2]
  budget.bytes -= message.whole.size();  // [SES-4-7]
  const MutableBytes room = out.first(message.ciphertext.size());
  const auto opened = plan->keys().open(room, message.whole, message.ciphertext,
                                        ratchet->receiving_associated_data());
  if (!opened) return std::unexpected(opened.error());
  if (refusal) {
    wipe(room);
    return std::unexpected(*refusal);
  }
  if (const auto prepared = ratchet->prepare(*plan, entropy); !prepared) {
    wipe(room);
    return std::unexpected(prepared.error());
  }
  // Nothing before this line changed the session, and nothing after it can fail [SES-1-1].
  ratchet->commit(*std::move(plan));
  ++changes;
  return *opened;
}

}  // namespace sotto::session
