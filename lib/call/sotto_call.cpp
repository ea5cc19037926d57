// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <cstring>
#include <new>

#include <sotto/backend.hpp>
#include <sotto/sotto_call.hpp>

#include "base/verdict.hpp"
#include "call/agreed.hpp"

namespace sotto {

using call::Agreed;

namespace {

// Of a call that was moved from.
constexpr CallId no_id;
constexpr CallTerms no_terms;
const std::optional<CallRekey> nothing_pending;

}  // namespace

Call::Call(std::unique_ptr<Agreed> impl) noexcept : impl_(std::move(impl)) {
}
Call::Call(Call&&) noexcept = default;
Call& Call::operator=(Call&&) noexcept = default;
Call::~Call() = default;

CallSide Call::side() const noexcept {
  return impl_ ? impl_->side() : CallSide{};
}
const CallId& Call::id() const noexcept {
  return impl_ ? impl_->id() : no_id;
}
const CallTerms& Call::terms() const noexcept {
  return impl_ ? impl_->terms() : no_terms;
}
std::uint32_t Call::epoch() const noexcept {
  return impl_ ? impl_->epoch() : 0;
}
Result<CallCode> Call::code() const noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  const std::optional<CallCode>& code = impl_->code();
  if (!code) return std::unexpected(Error::unknown_key);
  return *code;
}
Result<CallRekey> Call::rekey(Entropy& entropy) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->rekey(entropy);
}
const std::optional<CallRekey>& Call::pending() const noexcept {
  return impl_ ? impl_->pending() : nothing_pending;
}
Result<CallNews> Call::take(Bytes message, Entropy& entropy, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->take(message, entropy, now);
}
CallNews Call::peer_sealed(std::uint32_t epoch, Instant now) noexcept {
  return impl_ ? impl_->peer_sealed(epoch, now) : CallNews{};
}
CallNews Call::tick(Instant now) noexcept {
  return impl_ ? impl_->tick(now) : CallNews{};
}
std::optional<Instant> Call::next_deadline() const noexcept {
  return impl_ ? impl_->next_deadline() : std::nullopt;
}

Result<OutgoingCall> OutgoingCall::create(const CallId& id, const CallParty& caller,
                                          const CallTerms& terms, const RosterHash& roster,
                                          Entropy& entropy) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  if (!call::is_allowed(terms)) return std::unexpected(Error::downgraded);
  auto key = CallKeyPair::generate(entropy);
  if (!key) return std::unexpected(key.error());
  Result<void> filled;
  auto nonce = Nonce::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  const auto commitment = call::commitment_to(id, key->public_key(), nonce.expose());
  CallOffer offer;
  call::write(offer, {id, caller.device, terms, key->public_key(), commitment, roster});
  return OutgoingCall(caller.identity, std::move(*key), std::move(nonce), offer);
}

Result<OutgoingCall::Accepted> OutgoingCall::accept(Bytes answer,
                                                    const IdentityPublic& callee) noexcept {
  const auto ours = call::read_offer(offer_);
  const auto theirs = call::read_answer(answer);
  if (!ours) return std::unexpected(ours.error());
  if (!theirs) return std::unexpected(theirs.error());
  if (theirs->id != ours->id) return std::unexpected(Error::malformed);
  if (callee == caller_) return std::unexpected(Error::own_identity);
  const auto shared = call::agree_with(key_, theirs->key);
  if (!shared) return std::unexpected(shared.error());

  const auto transcript = call::first_transcript(offer_, call::body_of(answer), {caller_, callee});
  auto keys = call::first_epoch(transcript, *shared, ours->terms);
  // First whether it is theirs at all, then what it says [MK-4-4].
  const auto mac = call::confirmation(keys.callee.confirm, transcript, call::body_of(answer));
  if (!base::equal_ct(mac, call::mac_of(answer)))
    return std::unexpected(Error::authentication_failed);
  if (theirs->terms != ours->terms) return std::unexpected(Error::downgraded);
  if (theirs->roster != ours->roster) return std::unexpected(Error::rosters_differ);

  std::unique_ptr<Agreed> agreed(
      new (std::nothrow) Agreed(CallSide::caller, ours->id, ours->terms, transcript, keys));
  if (!agreed) return std::unexpected(Error::out_of_memory);
  const CallKeyPair spent = std::move(key_);  // It serves one answer [MK-4-3].
  const call::SaidNonce nonce(nonce_.expose());
  agreed->show_code(keys.code, {nonce, theirs->nonce});
  const CallReveal reveal = agreed->reveal(nonce);
  auto send = agreed->send_keys(keys);
  auto receive = agreed->receive_keys(keys);
  return Accepted{Agreed::into_call(std::move(agreed)), reveal, std::move(send),
                  std::move(receive)};
}

Result<IncomingCall> IncomingCall::read(Bytes offer) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto read = call::read_offer(offer);
  if (!read) return std::unexpected(read.error());
  if (!call::is_allowed(read->terms)) return std::unexpected(Error::downgraded);
  if (!crypto::is_acceptable_u(read->key.bytes())) return std::unexpected(Error::weak_key);
  IncomingCall incoming;
  incoming.id_ = read->id;
  incoming.caller_device_ = read->device;
  incoming.terms_ = read->terms;
  incoming.key_ = read->key;
  incoming.commitment_ = read->commitment;
  incoming.roster_ = read->roster;
  std::ranges::copy(offer, incoming.offer_.begin());
  return incoming;
}

Result<IncomingCall::Answered> IncomingCall::answer(const CallParty& callee,
                                                    const IdentityPublic& caller,
                                                    const RosterHash& roster,
                                                    Entropy& entropy) const noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  // [MK-3-3]
  if (roster != roster_) return std::unexpected(Error::rosters_differ);
  if (callee.identity == caller) return std::unexpected(Error::own_identity);
  const auto key = CallKeyPair::generate(entropy);
  if (!key) return std::unexpected(key.error());
  std::array<std::uint8_t, call::SaidNonce::size_bytes> drawn{};
  if (const auto filled = entropy.draw(drawn); !filled) return std::unexpected(filled.error());
  const call::SaidNonce nonce(drawn);
  const auto shared = call::agree_with(*key, key_);
  if (!shared) return std::unexpected(shared.error());

  CallAnswer answer;
  call::write(answer, {id_, callee.device, terms_, key->public_key(), nonce, roster});
  const auto transcript =
      call::first_transcript(offer_, call::body_of(answer), {caller, callee.identity});
  auto keys = call::first_epoch(transcript, *shared, terms_);
  const auto mac = call::confirmation(keys.callee.confirm, transcript, call::body_of(answer));
  std::ranges::copy(mac, answer.end() - call::mac_bytes);

  std::unique_ptr<Agreed> agreed(new (std::nothrow)
                                     Agreed(CallSide::callee, id_, terms_, transcript, keys));
  if (!agreed) return std::unexpected(Error::out_of_memory);
  agreed->await_reveal({std::move(keys.code), commitment_, key_, nonce});
  auto send = agreed->send_keys(keys);
  auto receive = agreed->receive_keys(keys);
  return Answered{Agreed::into_call(std::move(agreed)), answer, std::move(send),
                  std::move(receive)};
}

}  // namespace sotto
