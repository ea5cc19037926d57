// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet.hpp"

#include <algorithm>
#include <vector>

#include "aes.hpp"

namespace sotto::model {
namespace {

Key message_seed(const Key& chain) {
  const std::uint8_t one = 0x01;
  return hmac(chain, Bytes(&one, 1));
}

Key next_chain(const Key& chain) {
  const std::uint8_t two = 0x02;
  return hmac(chain, Bytes(&two, 1));
}

/// Encryption key 32, authentication key 32, IV 16 [DR-5.2-4].
Buffer message_keys(const Key& seed) {
  return hkdf(Key{}, seed, "WhisperMessageKeys", 80);
}

Buffer mac_of(Bytes keys, Bytes authenticated) {
  return part(hmac(keys.subspan(32, 32), authenticated), 0, 8);
}

}  // namespace

Ratchet Ratchet::initiator(const RatchetLimits& limits, const Agreed& agreed,
                           const Key& our_identity, const Key& their_identity,
                           const Key& their_signed_prekey, Entropy& entropy) {
  Ratchet ratchet{.limits = limits,
                  .our_identity = our_identity,
                  .their_identity = their_identity,
                  .root = agreed.root,
                  .own = pair_of(draw(entropy)),
                  .next_serial = 1};
  ratchet.root_step(their_signed_prekey, ratchet.sending);
  ratchet.chains.push_front({.theirs = their_signed_prekey, .key = agreed.chain});
  return ratchet;
}

Ratchet Ratchet::responder(const RatchetLimits& limits, const Agreed& agreed,
                           const Key& our_identity, const Key& their_identity,
                           const Pair& signed_prekey) {
  return {.limits = limits,
          .our_identity = our_identity,
          .their_identity = their_identity,
          .root = agreed.root,
          .own = signed_prekey,
          .sending = agreed.chain};
}

/// KDF_RK [DR-5.2-2].
void Ratchet::root_step(const Key& theirs, Key& chain) {
  const Buffer both = hkdf(root, dh(own.secret, theirs), "WhisperRatchet", 64);
  root = key_at(both, 0);
  chain = key_at(both, 32);
}

/// The sender's identity, the receiver's, then all of the message but its MAC [DR-3.1-8].
Buffer Ratchet::authenticated(const Key& from, const Key& to, Bytes message) const {
  return joined({typed(from), typed(to), message});
}

Buffer Ratchet::encrypt(Bytes plaintext) {
  require(next != 0xffffffff, Error::exhausted);
  const Buffer keys = message_keys(message_seed(sending));
  const Buffer ciphertext = Aes256(part(keys, 0, 32)).cbc_encrypt(part(keys, 64, 16), plaintext);
  const Buffer body = signal_body(own.public_key, next, pn, ciphertext);
  ++next;
  sending = next_chain(sending);
  return joined({body, mac_of(keys, authenticated(our_identity, their_identity, body))});
}

Buffer Ratchet::decrypt(const SignalMessage& message, Entropy& entropy, Instant now, Cost& left,
                        std::optional<Error> refusal) {
  const std::uint32_t n = message.counter;
  const std::size_t size = message.whole.size();
  require(size <= left.bytes, Error::too_large);
  Ratchet after = *this;
  const auto known = std::ranges::find(after.chains, message.ratchet_key, &Chain::theirs);
  const bool turns = known == after.chains.end();
  require(!turns || is_usable(message.ratchet_key), Error::weak_key);
  require(n != 0xffffffff, Error::malformed);  // the number that no message carries [SES-4-3]
  Chain chain = turns ? Chain{.theirs = message.ratchet_key} : *known;
  require(n <= chain.last, Error::authentication_failed);  // docs/decisions/0003

  Key seed{};
  if (n < chain.next) {
    require(chain.skipped.contains(n), Error::replayed);
    seed = chain.skipped.at(n).seed;
    chain.skipped.erase(n);
  } else {
    const std::uint32_t jump = n - chain.next;
    require(jump <= limits.max_forward_jump && jump <= left.steps, Error::too_far_ahead);
    // Nobody can answer a key of ours under which nothing was sent [SES-4-9].
    require(!turns || chains.empty() || next > 0, Error::authentication_failed);
    if (turns) after.root_step(message.ratchet_key, chain.key);
    left.steps -= jump;
    for (; chain.next < n; ++chain.next) {
      chain.skipped[chain.next] = {now, message_seed(chain.key)};
      chain.key = next_chain(chain.key);
    }
    seed = message_seed(chain.key);
    chain.key = next_chain(chain.key);
    ++chain.next;
  }

  left.bytes -= size;
  const Buffer keys = message_keys(seed);
  const Bytes whole = message.whole;
  const Buffer mac =
      mac_of(keys, authenticated(their_identity, our_identity, whole.first(whole.size() - 8)));
  require(mac == part(whole, whole.size() - 8, 8), Error::authentication_failed);
  const auto plaintext =
      Aes256(part(keys, 0, 32)).cbc_decrypt(part(keys, 64, 16), message.ciphertext);
  require(plaintext.has_value(), Error::authentication_failed);
  if (refusal) throw Refused{*refusal};

  if (turns) {  // [DR-3.5-6]
    after.own = pair_of(draw(entropy));
    require(after.own.public_key != own.public_key, Error::entropy_failed);
    after.root_step(message.ratchet_key, after.sending);
    after.pn = next == 0 ? 0 : next - 1;
    after.next = 0;
    if (!after.chains.empty()) {
      after.chains.front().retired = now;
      after.chains.front().last = message.previous_counter;
    }
    chain.serial = after.next_serial++;
    after.chains.push_front(chain);
    while (after.chains.size() > limits.max_receiving_chains) after.chains.pop_back();
  } else {
    *known = chain;
  }
  Chain& kept = *std::ranges::find(after.chains, message.ratchet_key, &Chain::theirs);
  while (kept.skipped.size() > limits.max_skipped_per_chain)
    kept.skipped.erase(kept.skipped.begin());
  after.forget(now);
  *this = after;
  return *plaintext;
}

/// What is too old goes, little by little, then what is too much, of the oldest chain first
/// [DR-6.4-1, DR-6.4-2, SES-6-4].
void Ratchet::forget(Instant now) {
  check_clock(now);
  if (chains.size() > 1 && over(chains.back().retired, now, limits.max_skipped_age))
    chains.pop_back();
  std::size_t expired = 0;
  for (auto chain = chains.rbegin(); chain != chains.rend(); ++chain)
    while (expired < 16 && !chain->skipped.empty() &&
           over(chain->skipped.begin()->second.since, now, limits.max_skipped_age)) {
      chain->skipped.erase(chain->skipped.begin());
      ++expired;
    }
  while (skipped_keys() > limits.max_skipped_total) erase_oldest_skipped();
}

/// [SES-6-4]
void Ratchet::check_clock(Instant now) {
  std::vector<Stamp> stamps;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if (i > 0) stamps.push_back({&chains[i].retired, limits.max_skipped_age});
    for (auto& [n, skipped] : chains[i].skipped)
      stamps.push_back({&skipped.since, limits.max_skipped_age});
  }
  doubt.settle(stamps, now);
}

std::size_t Ratchet::skipped_keys() const {
  std::size_t count = 0;
  for (const Chain& chain : chains) count += chain.skipped.size();
  return count;
}

void Ratchet::erase_oldest_skipped() {
  for (auto chain = chains.rbegin(); chain != chains.rend(); ++chain) {
    if (chain->skipped.empty()) continue;
    chain->skipped.erase(chain->skipped.begin());
    return;
  }
}

}  // namespace sotto::model
