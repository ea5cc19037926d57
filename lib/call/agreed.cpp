// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/agreed.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <sotto/backend.hpp>

#include "base/verdict.hpp"
#include "crypto/hkdf.hpp"

namespace sotto::call {
namespace {

/// The MAC into the last bytes of a message whose body is written.
void confirm(MutableBytes message, const ConfirmKey& key, const Transcript& transcript) noexcept {
  const auto mac = confirmation(key, transcript, body_of(message));
  std::memcpy(message.last(mac_bytes).data(), mac.data(), mac_bytes);
}

bool is_confirmed(Bytes message, const ConfirmKey& key, const Transcript& transcript) noexcept {
  return base::equal_ct(confirmation(key, transcript, body_of(message)), mac_of(message));
}

CallRekey copy_of(Bytes message) noexcept {
  CallRekey copy;
  std::ranges::copy(message, copy.begin());
  return copy;
}

}  // namespace

Result<crypto::SharedSecret> agree_with(const CallKeyPair& ours,
                                        const CallPublic& theirs) noexcept {
  if (!crypto::is_acceptable_u(theirs.bytes())) return std::unexpected(Error::weak_key);
  if (theirs == ours.public_key()) return std::unexpected(Error::own_identity);
  // A pair that was consumed has a secret of zeros, which anybody knows.
  if (base::is_zero_ct(ours.secret_key().expose())) return std::unexpected(Error::weak_key);
  return crypto::agree(ours.secret_key(), theirs);
}

Agreed::Agreed(CallSide side, const CallId& id, const CallTerms& terms,
               const Transcript& transcript, EpochKeys& keys) noexcept
    : side_(side),
      id_(id),
      terms_(terms),
      first_(transcript),
      transcript_(transcript),
      chain_(std::move(keys.chain)),
      our_confirm_(std::move(side == CallSide::caller ? keys.caller : keys.callee).confirm),
      their_confirm_(std::move(side == CallSide::caller ? keys.callee : keys.caller).confirm) {
}

CallSendKeys Agreed::send_keys(EpochKeys& keys) const noexcept {
  SideKeys& side = side_ == CallSide::caller ? keys.caller : keys.callee;
  return {terms_, epoch_, std::move(side.srtp).into<CallSendSrtpRole>(),
          std::move(side.frames).into<CallSendFramesRole>()};
}

CallReceiveKeys Agreed::receive_keys(EpochKeys& keys) const noexcept {
  SideKeys& side = side_ == CallSide::caller ? keys.callee : keys.caller;
  return {terms_, epoch_, std::move(side.srtp).into<CallReceiveSrtpRole>(),
          std::move(side.frames).into<CallReceiveFramesRole>()};
}

// --- The code

void Agreed::show_code(const CodeKey& key, const Nonces& nonces) noexcept {
  // HKDF(salt T0, code key || both nonces) [MK-8-2].
  std::array<std::uint8_t, 96> input;
  std::memcpy(input.data(), key.expose().data(), 32);
  std::memcpy(input.data() + 32, nonces.caller.bytes().data(), 32);
  std::memcpy(input.data() + 64, nonces.callee.bytes().data(), 32);
  std::array<std::uint8_t, 32> bytes;
  crypto::hkdf_sha256(bytes, crypto::HmacSha256Key(first_.bytes()), input,
                      crypto::label("sotto call 1 code"));
  wipe(input);
  code_ = call_code_of(bytes);
}

void Agreed::await_reveal(Unrevealed&& unrevealed) noexcept {
  unrevealed_.emplace(std::move(unrevealed));
}

CallReveal Agreed::reveal(const SaidNonce& nonce) const noexcept {
  CallReveal message;
  write(message, Reveal{id_, nonce});
  confirm(message, our_confirm_, first_);
  return message;
}

Result<CallNews> Agreed::take_reveal(Bytes message) noexcept {
  const auto reveal = read_reveal(message);
  if (!reveal) return std::unexpected(reveal.error());
  if (reveal->id != id_ || side_ == CallSide::caller) return std::unexpected(Error::malformed);
  std::optional<Unrevealed>& unrevealed = unrevealed_;
  if (!unrevealed) return std::unexpected(Error::replayed);
  // Under the keys of epoch 0: a rekey waits for the reveal [MK-8-2].
  if (!is_confirmed(message, their_confirm_, transcript_))
    return std::unexpected(Error::authentication_failed);
  const Commitment commitment = commitment_to(id_, unrevealed->caller_key, reveal->nonce.bytes());
  if (commitment != unrevealed->commitment) return std::unexpected(Error::authentication_failed);
  show_code(unrevealed->key, {reveal->nonce, unrevealed->callee_nonce});
  unrevealed.reset();
  CallNews news;
  news.code_ready = true;
  return news;
}

// --- New keys

Result<CallRekey> Agreed::rekey(Entropy& entropy) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  if (pending_ || unrevealed_) return std::unexpected(Error::conflict);
  if (epoch_ == std::numeric_limits<std::uint32_t>::max()) return std::unexpected(Error::exhausted);
  auto key = CallKeyPair::generate(entropy);
  if (!key) return std::unexpected(key.error());
  CallRekey message;
  write(message, Rekey{Kind::rekey, id_, epoch_ + 1, key->public_key()});
  confirm(message, our_confirm_, transcript_);
  proposed_.emplace(std::move(*key));
  pending_ = message;
  return message;
}

Result<void> Agreed::is_next(const Rekey& rekey) const noexcept {
  if (rekey.id != id_) return std::unexpected(Error::malformed);
  if (rekey.epoch <= epoch_) return std::unexpected(Error::replayed);
  if (rekey.epoch - epoch_ > 1) return std::unexpected(Error::too_far_ahead);
  return {};
}

Result<EpochKeys> Agreed::follow(const Transcript& transcript, const CallKeyPair& ours,
                                 const CallPublic& theirs) const noexcept {
  const auto shared = agree_with(ours, theirs);
  if (!shared) return std::unexpected(shared.error());
  return next_epoch(chain_, transcript, *shared, terms_, epoch_ + 1);
}

void Agreed::advance(const Transcript& transcript, EpochKeys& keys, CallNews& news) noexcept {
  const bool calling = side_ == CallSide::caller;
  ++epoch_;
  transcript_ = transcript;
  chain_ = std::move(keys.chain);
  our_confirm_ = std::move(calling ? keys.caller : keys.callee).confirm;
  their_confirm_ = std::move(calling ? keys.callee : keys.caller).confirm;
  proposed_.reset();
  pending_.reset();
  // Three epochs at most are held [MK-6-5].
  const std::optional<Retiring>& retiring = retiring_;
  if (!retiring || epoch_ - retiring->epoch < 3) return;
  news.retire = retiring->epoch;
  retiring_.reset();
}

Result<CallNews> Agreed::take_rekey(Bytes message, const Rekey& rekey, Entropy& entropy,
                                    Instant now) noexcept {
  const std::optional<Answered>& answered = answered_;
  // [MK-6-6]
  if (answered && std::ranges::equal(message, answered->theirs)) {
    CallNews again;
    again.reply = answered->ours;
    return again;
  }
  if (const auto next = is_next(rekey); !next) return std::unexpected(next.error());
  if (unrevealed_) return std::unexpected(Error::conflict);
  if (!is_confirmed(message, their_confirm_, transcript_))
    return std::unexpected(Error::authentication_failed);
  // Both proposed at once: the caller's stands [MK-6-3].
  if (pending_ && side_ == CallSide::caller) return CallNews{};

  const auto ours = CallKeyPair::generate(entropy);
  if (!ours) return std::unexpected(ours.error());
  CallRekey answer;
  write(answer, Rekey{Kind::rekey_answer, id_, rekey.epoch, ours->public_key()});
  const Transcript transcript = next_transcript(transcript_, body_of(message), body_of(answer));
  auto keys = follow(transcript, *ours, rekey.key);
  if (!keys) return std::unexpected(keys.error());

  CallNews news;
  // Who proposes the next epoch has this one [MK-6-4].
  switch_over(now, news);
  advance(transcript, *keys, news);
  confirm(answer, our_confirm_, transcript_);
  answered_ = Answered{copy_of(message), answer};
  news.reply = answer;
  news.receive = receive_keys(*keys);
  waiting_.emplace(send_keys(*keys));
  return news;
}

Result<CallNews> Agreed::take_rekey_answer(Bytes message, const Rekey& answer,
                                           Instant now) noexcept {
  if (const auto next = is_next(answer); !next) return std::unexpected(next.error());
  const std::optional<CallKeyPair>& proposed = proposed_;
  const std::optional<CallRekey>& pending = pending_;
  if (!proposed || !pending) return std::unexpected(Error::malformed);
  const Transcript transcript = next_transcript(transcript_, body_of(*pending), body_of(message));
  auto keys = follow(transcript, *proposed, answer.key);
  if (!keys) return std::unexpected(keys.error());
  const SideKeys& theirs = side_ == CallSide::caller ? keys->callee : keys->caller;
  if (!is_confirmed(message, theirs.confirm, transcript))
    return std::unexpected(Error::authentication_failed);

  CallNews news;
  // Who answers has the present epoch and seals under it by now; we go on to the next at once, for
  // the answer's MAC shows that the peer has that as well. It will not seal under it before it sees
  // us do so.
  switch_over(now, news);
  if (const std::optional<std::uint32_t> unshown = unshown_; unshown) outlive(*unshown, now, news);
  advance(transcript, *keys, news);
  news.receive = receive_keys(*keys);
  news.send = send_keys(*keys);
  unshown_ = epoch_ - 1;
  return news;
}

void Agreed::switch_over(Instant now, CallNews& news) noexcept {
  std::optional<CallSendKeys>& waiting = waiting_;
  if (!waiting) return;
  const std::uint32_t epoch = waiting->epoch();
  news.send = std::exchange(waiting, std::nullopt);
  outlive(epoch - 1, now, news);
}

/// Its keys go when what is under way has had time to come; those before it go now.
void Agreed::outlive(std::uint32_t epoch, Instant now, CallNews& news) noexcept {
  const auto retire = [&](std::uint32_t older) {
    if (older < epoch) news.retire = std::max(news.retire.value_or(older), older);
  };
  if (const std::optional<Retiring>& before = retiring_; before) retire(before->epoch);
  if (const std::optional<std::uint32_t>& unshown = unshown_; unshown) retire(*unshown);
  unshown_.reset();
  retiring_ = Retiring{epoch, now + call_old_keys_age};
}

// --- Messages and time

Result<CallNews> Agreed::take(Bytes message, Entropy& entropy, Instant now) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto kind = kind_of(message);
  if (!kind) return std::unexpected(kind.error());
  if (*kind == Kind::reveal) return take_reveal(message);
  const auto rekey = read_rekey(message);
  if (!rekey) return std::unexpected(rekey.error());
  if (*kind == Kind::rekey) return take_rekey(message, *rekey, entropy, now);
  return take_rekey_answer(message, *rekey, now);
}

CallNews Agreed::peer_sealed(std::uint32_t epoch, Instant now) noexcept {
  CallNews news;
  if (epoch > epoch_) return news;  // There is none: nothing was opened under it.
  if (const std::optional<CallSendKeys>& waiting = waiting_; waiting && epoch >= waiting->epoch())
    switch_over(now, news);
  if (const std::optional<std::uint32_t> unshown = unshown_; unshown && epoch > *unshown)
    outlive(*unshown, now, news);
  return news;
}

CallNews Agreed::tick(Instant now) noexcept {
  CallNews news;
  if (const std::optional<Retiring>& retiring = retiring_; retiring && now >= retiring->when) {
    news.retire = retiring->epoch;
    retiring_.reset();
  }
  return news;
}

std::optional<Instant> Agreed::next_deadline() const noexcept {
  const std::optional<Retiring>& retiring = retiring_;
  return retiring ? std::optional(retiring->when) : std::nullopt;
}

}  // namespace sotto::call
