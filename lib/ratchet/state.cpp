// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/state.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "crypto/x25519.hpp"
#include "ratchet/root_key.hpp"

namespace sotto::ratchet {

State::State(const Suite& suite, const RatchetLimits& limits, const IdentityPublic& ours,
             const IdentityPublic& theirs, RootKey&& root, RatchetKeyPair&& our_keys,
             SendingChain&& sending) noexcept
    : suite_(&suite),
      limits_(clamped(limits)),
      ours_(ours),
      theirs_(theirs),
      sending_ad_(suite, ours, theirs),
      receiving_ad_(suite, theirs, ours),
      root_(std::move(root)),
      our_keys_(std::move(our_keys)),
      sending_(std::move(sending)) {
}

Result<std::unique_ptr<State>> State::start(InitiatorAgreement&& agreement, Entropy& entropy,
                                            const RatchetLimits& limits,
                                            const Suite& suite) noexcept {
  if (!crypto::is_acceptable_u(agreement.their_key.bytes()))
    return std::unexpected(Error::weak_key);
  auto keys = RatchetKeyPair::generate(entropy);
  if (!keys) return std::unexpected(keys.error());
  auto step = step_root(suite, agreement.root_key, *keys, agreement.their_key);
  if (!step) return std::unexpected(step.error());

  std::unique_ptr<ReceivingChain> chain(
      new (std::nothrow) ReceivingChain(agreement.their_key, agreement.chain_key.duplicate()));
  if (!chain) return std::unexpected(Error::out_of_memory);
  std::unique_ptr<State> state(new (std::nothrow) State(
      suite, limits, agreement.ours, agreement.theirs, std::move(step->root), *std::move(keys),
      SendingChain(std::move(step->chain))));
  if (!state) return std::unexpected(Error::out_of_memory);
  // The responder may speak first, on the agreed chain [DR-3.3-4].
  state->push_front(std::move(chain));
  const InitiatorAgreement consumed(std::move(agreement));
  return state;
}

Result<std::unique_ptr<State>> State::start(ResponderAgreement&& agreement,
                                            const RatchetLimits& limits,
                                            const Suite& suite) noexcept {
  RootKey root = agreement.root_key.duplicate();
  RatchetKeyPair keys = agreement.our_keys.duplicate();
  SendingChain sending(agreement.chain_key.duplicate());
  std::unique_ptr<State> state(new (std::nothrow)
                                   State(suite, limits, agreement.ours, agreement.theirs,
                                         std::move(root), std::move(keys), std::move(sending)));
  if (!state) return std::unexpected(Error::out_of_memory);
  const ResponderAgreement consumed(std::move(agreement));
  return state;
}

Result<Outgoing> State::next_message(const crypto::HmacSha256Key& salt) noexcept {
  auto spent = sending_.spend(*suite_);
  if (!spent) return std::unexpected(spent.error());
  return Outgoing{Header{our_keys_.public_key(), pn_, spent->n},
                  MessageKeys::derive(*suite_, spent->seed, salt)};
}

Result<Plan> State::plan(const Header& header, Instant now, const crypto::HmacSha256Key& salt,
                         std::uint32_t max_steps) const noexcept {
  RatchetLimits limits = limits_;
  limits.max_forward_jump = std::min(limits.max_forward_jump, max_steps);
  for (std::size_t i = 0; i < chain_count_; ++i)
    if (chains_[i]->their_key() == header.dh) return plan_known(i, header, limits, now, salt);
  return plan_turn(header, limits, now, salt);
}

Result<Plan> State::plan_known(std::size_t chain, const Header& header, const RatchetLimits& limits,
                               Instant now, const crypto::HmacSha256Key& salt) const noexcept {
  auto reach = chains_[chain]->reach(*suite_, header.n, limits, now);
  if (!reach) return std::unexpected(reach.error());
  Plan plan(MessageKeys::derive(*suite_, reach->seed, salt), header.n, now, commits_);
  plan.chain_ = chain;
  if (reach->advance) plan.steps_ = header.n - chains_[chain]->next();
  plan.advance_ = std::move(reach->advance);
  return plan;
}

Result<Plan> State::plan_turn(const Header& header, const RatchetLimits& limits, Instant now,
                              const crypto::HmacSha256Key& salt) const noexcept {
  // All that costs nothing is checked before the Diffie-Hellman and the chain steps.
  if (next_serial_ == end_of_chain) return std::unexpected(Error::exhausted);
  if (!crypto::is_acceptable_u(header.dh.bytes())) return std::unexpected(Error::weak_key);
  if (const auto allowed = ReceivingChain::check_jump(0, header.n, limits); !allowed)
    return std::unexpected(allowed.error());
  // A peer turns when it has a message under our present key, and we sent none [SES-4-9]. Who has
  // no chain yet is a responder, whose first key was in its bundle.
  if (chain_count_ > 0 && sending_.next() == 0)
    return std::unexpected(Error::authentication_failed);

  auto step = step_root(*suite_, root_, our_keys_, header.dh);
  if (!step) return std::unexpected(step.error());
  std::unique_ptr<ReceivingChain> chain(new (std::nothrow)
                                            ReceivingChain(header.dh, std::move(step->chain)));
  if (!chain) return std::unexpected(Error::out_of_memory);
  auto reach = chain->reach(*suite_, header.n, limits, now);
  if (!reach) return std::unexpected(reach.error());
  chain->accept(header.n, std::move(reach->advance), limits_);

  Plan plan(MessageKeys::derive(*suite_, reach->seed, salt), header.n, now, commits_);
  plan.steps_ = header.n;
  plan.turn_.emplace(std::move(step->root), std::move(chain), header.pn, std::nullopt);
  return plan;
}

Result<void> State::prepare(Plan& plan, Entropy& entropy) const noexcept {
  if (!plan.turn_) return {};
  Turn& turn = *plan.turn_;
  auto keys = RatchetKeyPair::generate(entropy);  // [DR-3.1-1]
  if (!keys) return std::unexpected(keys.error());
  // The key we already have, once more: a generator that repeats itself would stop the ratchet.
  if (keys->public_key() == our_keys_.public_key()) return std::unexpected(Error::entropy_failed);
  auto step = step_root(*suite_, turn.root, *keys, turn.chain->their_key());
  if (!step) return std::unexpected(step.error());
  turn.sending.emplace(std::move(step->root), *std::move(keys),
                       SendingChain(std::move(step->chain)));
  return {};
}

void State::commit(Plan&& consumed) noexcept {
  Plan plan(std::move(consumed));
  if (plan.commits_ != commits_) std::abort();
  ++commits_;
  if (plan.turn_)
    adopt(std::move(*plan.turn_), plan.now_);
  else
    chains_[plan.chain_]->accept(plan.n_, std::move(plan.advance_), limits_);
  expire(plan.now_);
  enforce_total();
}

void State::adopt(Turn&& turn, Instant now) noexcept {
  if (!turn.sending) std::abort();
  // [DR-3.5-6]. What peers put on the wire as PN is the last number used, and 0 also when none was.
  pn_ = sending_.next() == 0 ? 0 : sending_.next() - 1;
  root_ = std::move(turn.sending->root);
  our_keys_ = std::move(turn.sending->keys);
  sending_ = std::move(turn.sending->chain);
  // The old chain stays, up to PN (docs/decisions/0003) [DR-3.5-2].
  if (chain_count_ > 0) chains_[0]->retire(now, turn.pn);
  push_front(std::move(turn.chain));
}

void State::push_front(std::unique_ptr<ReceivingChain> chain) noexcept {
  while (chain_count_ >= limits_.max_receiving_chains) drop_oldest_chain();
  for (std::size_t i = chain_count_; i > 0; --i) chains_[i] = std::move(chains_[i - 1]);
  chain->name(next_serial_++);
  chains_[0] = std::move(chain);
  ++chain_count_;
}

void State::drop_oldest_chain() noexcept {
  const SkippedKeys& gone = chains_[chain_count_ - 1]->skipped();
  dropped_changes_ += gone.changes() + (gone.size() > 0 ? 1 : 0);
  chains_[--chain_count_].reset();
}

/// [DR-6.4-2], by the rule of ratchet/age.hpp.
void State::expire(Instant now) noexcept {
  const auto age = limits_.max_skipped_age;
  bool doubtful = false;
  for (std::size_t i = 0; i < chain_count_; ++i)
    doubtful = doubtful || chains_[i]->is_doubtful(now, age);
  if (doubt_.believes_clock(doubtful, now))
    for (std::size_t i = 0; i < chain_count_; ++i) chains_[i]->settle(now, age);
  // Every chain was live before those in front of it: the last one is the oldest.
  if (chain_count_ > 1 && over(chains_[chain_count_ - 1]->retired_at(), now, age))
    drop_oldest_chain();
  std::size_t left = most_keys_expired;
  for (std::size_t i = chain_count_; i > 0; --i)
    left -= chains_[i - 1]->expire_skipped(now, age, left);
}

void State::enforce_total() noexcept {
  // [DR-6.4-1, DR-3.2-2]
  for (std::size_t kept = skipped_keys(); kept > limits_.max_skipped_total; --kept)
    erase_oldest_skipped();
}

void State::erase_oldest_skipped() noexcept {
  // The order in which they were sent: first of the oldest chain, by number.
  for (std::size_t i = chain_count_; i > 0; --i) {
    if (chains_[i - 1]->skipped().size() == 0) continue;
    chains_[i - 1]->erase_oldest_skipped();
    return;
  }
}

bool State::knows(const RatchetPublic& their_key) const noexcept {
  for (std::size_t i = 0; i < chain_count_; ++i)
    if (chains_[i]->their_key() == their_key) return true;
  return false;
}

std::uint64_t State::skipped_changes() const noexcept {
  std::uint64_t changes = dropped_changes_;
  for (std::size_t i = 0; i < chain_count_; ++i) changes += chains_[i]->skipped().changes();
  return changes;
}

std::size_t State::skipped_keys() const noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < chain_count_; ++i) kept += chains_[i]->skipped().size();
  return kept;
}

}  // namespace sotto::ratchet
