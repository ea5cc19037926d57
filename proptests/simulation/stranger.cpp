// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stranger.hpp"

#include <algorithm>
#include <stdexcept>

namespace sotto::prop::sim {
namespace {

model::Key key_of(Bytes bytes) {
  return model::key_at(bytes, 0);
}

template <class Pair, class Secret>
Pair pair_of(const model::Key& secret) {
  auto made = Pair::from_secret(Secret(secret));
  if (!made) throw std::runtime_error("a key of the stranger does not serve");
  return *std::move(made);
}

}  // namespace

Stranger::Stranger(std::uint64_t seed)
    : tape_(seed), self_{model::pair_of(model::draw(tape_)), 77} {
  const auto identity =
      pair_of<IdentityKeyPair, Secret<struct IdentityRole, 32>>(self_.identity.secret);
  const auto prekey = SignedPrekey::generate(SignedPrekeyId{1}, identity, tape_);
  if (!prekey) throw std::runtime_error("the stranger has no prekey");
  prekeys_.signed_prekeys[1] = {key_of(prekey->keys.secret_key().expose()),
                                key_of(prekey->keys.public_key().bytes())};
  bundle_ = {RegistrationId{77}, DeviceId{1}, publish(identity.public_key(), *prekey, nullptr)};
}

IdentityPublic Stranger::identity() const {
  return bundle_.keys.identity;
}

model::Peer& Stranger::peer(std::size_t who) {
  return peers_[who];
}

bool Stranger::connect(std::size_t to, const wire::DeviceBundle& bundle, Instant now) {
  model::Bundle read{static_cast<std::uint32_t>(bundle.registration),
                     key_of(bundle.keys.identity.bytes()),
                     static_cast<std::uint32_t>(bundle.keys.signed_prekey_id),
                     key_of(bundle.keys.signed_prekey.bytes()),
                     {}};
  if (const auto& one = bundle.keys.one_time)
    read.one_time = {static_cast<std::uint32_t>(one->id), key_of(one->key.bytes())};
  model::Peer& known = peer(to);
  if (known.identity && *known.identity != read.identity) known = {};
  known.seen.clear();
  known.unanswered = 0;
  try {
    known.connect(self_, read, prekeys_, tape_, now);
    return true;
  } catch (const model::Refused&) {
    return false;
  }
}

std::optional<Sealed> Stranger::seal(std::size_t to, Bytes plaintext, Instant now) {
  try {
    const model::Sent sent = peer(to).encrypt(self_, plaintext, prekeys_, now);
    return Sealed{sent.kind, sent.bytes, 0};
  } catch (const model::Refused&) {
    return {};
  }
}

std::optional<Sealed> Stranger::seal_oddly(std::size_t to, Field field, std::uint32_t value,
                                           Bytes plaintext, Instant now) {
  const model::Peer& known = peer(to);
  if (!known.current || !known.may_send(now)) return {};
  model::Session session = *known.current;
  if (field == Field::counter) session.ratchet.next = std::min(value, 0xfffffffeU);
  if (field == Field::previous_counter) session.ratchet.pn = value;
  model::Buffer inner = session.ratchet.encrypt(plaintext);
  if (field == Field::counter && value == 0xffffffff) {
    // The number that no message carries: the last one's bytes but for the number, so the MAC is
    // of another. The reader has to refuse it before it looks at that.
    const auto read = model::read_signal_message(inner);
    model::Buffer body =
        model::signal_body(read.ratchet_key, value, read.previous_counter, read.ciphertext);
    inner = model::joined({body, Bytes(inner).last(8)});
  }
  if (!session.pending) {
    if (field != Field::counter && field != Field::previous_counter) return {};
    return Sealed{MessageKind::signal, inner, 0};
  }
  std::optional<std::uint32_t> one_time = session.pending->one_time;
  std::uint32_t signed_prekey = session.pending->signed_prekey;
  std::uint32_t registration = self_.registration;
  if (field == Field::one_time_id) one_time = value;
  if (field == Field::signed_id) signed_prekey = value;
  if (field == Field::registration) registration = value;
  return Sealed{MessageKind::prekey,
                model::prekey_message(registration, one_time, signed_prekey, session.base_key,
                                      self_.identity.public_key, inner),
                0};
}

std::optional<Blob> Stranger::base_key(std::size_t to) {
  const auto& current = peer(to).current;
  if (!current) return {};
  return Blob(current->base_key.begin(), current->base_key.end());
}

std::optional<Blob> Stranger::open(std::size_t from, const Sealed& message, Instant now) {
  try {
    return peer(from).decrypt(self_, message.kind, message.bytes, prekeys_, tape_, now).plaintext;
  } catch (const model::Refused&) {
    return {};
  }
}

}  // namespace sotto::prop::sim
