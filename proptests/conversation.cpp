// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <sotto/x3dh.hpp>

#include "agreement.hpp"
#include "testing/ratchet_image.hpp"

namespace sotto::prop {
namespace {

constexpr std::uint8_t untouched = 0xa5;

// Where the compact message has its parts: version(1) key(32) pn(4) n(4) ciphertext MAC(8).
constexpr std::size_t key_at = 1;
constexpr std::size_t pn_at = 33;
constexpr std::size_t n_at = 37;
constexpr std::size_t body_at = 41;

std::uint32_t number_at(Bytes wire, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | wire[at + i];
  return value;
}

void put_number(MutableBytes wire, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    wire[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i) & 0xff);
}

bool untouched_or_zeroed(Bytes out) {
  return std::ranges::all_of(out, [](auto byte) { return byte == untouched || byte == 0; });
}

Complaint wrong(const char* what, const Result<MutableBytes>& result) {
  return std::string(what) + ": " + (result ? "no error" : std::string(name(result.error())));
}

/// What three ends start from: two of one session, one of another between the same two.
struct Keys {
  InitiatorAgreement initiator;
  ResponderAgreement responder;
  InitiatorAgreement stranger;
};

Keys agreed_keys(bool one_time_prekey, Entropy& tape) {
  Agreement agreed = agree(one_time_prekey, tape);
  Agreement others = agree(agreed.alice, agreed.bob, true, tape);
  return {std::move(agreed.initiator), std::move(agreed.responder), std::move(others.initiator)};
}

Keys given_keys(Entropy& tape) {
  const auto drawn = [&] {
    std::array<std::uint8_t, 32> bytes;
    if (!tape.fill(bytes)) std::abort();
    return bytes;
  };
  const IdentityPublic alice(drawn());
  const IdentityPublic bob(drawn());
  const RatchetKeyPair prekey = must(RatchetKeyPair::generate(tape));
  const auto root = drawn();
  const auto chain = drawn();
  const auto other_root = drawn();
  const auto other_chain = drawn();
  return {{RootKey(root), ChainKey(chain), prekey.public_key(), alice, bob},
          {RootKey(root), ChainKey(chain), prekey.duplicate(), bob, alice},
          {RootKey(other_root), ChainKey(other_chain), prekey.public_key(), alice, bob}};
}

}  // namespace

std::string describe(const Event& event) {
  constexpr const char* names[Event::kinds] = {"send",  "deliver", "duplicate", "drop",    "replay",
                                               "forge", "starve",  "cramp",     "restart", "wait"};
  std::ostringstream out;
  out << names[static_cast<std::size_t>(event.kind)] << "(side " << int{event.side} << ", "
      << event.a << ", " << event.b << ", " << event.c << ")";
  return out.str();
}

Buffer image_of(const Ratchet& ratchet) {
  return testing::image_of(ratchet.state());
}

Conversation::Conversation(const Start& start) : limits_(start.limits) {
  testing::TapeEntropy tape(start.seed);
  Keys keys = start.x3dh ? agreed_keys(start.one_time_prekey, tape) : given_keys(tape);
  auto alice = Ratchet::start(std::move(keys.initiator), tape, limits_);
  auto bob = Ratchet::start(std::move(keys.responder), limits_);
  auto stranger = Ratchet::start(std::move(keys.stranger), tape, limits_);
  if (!alice || !bob || !stranger) std::abort();
  parties_.push_back({*std::move(alice), {true, limits_}, testing::TapeEntropy(start.seed + 1)});
  parties_.push_back({*std::move(bob), {false, limits_}, testing::TapeEntropy(start.seed + 2)});
  stranger_ = std::make_unique<Ratchet>(*std::move(stranger));
}

Complaint Conversation::apply(const Event& event) {
  const std::size_t side = event.side % 2;
  auto& inbox = inbox_[side];
  const std::size_t choice = inbox.empty() ? 0 : event.a % inbox.size();
  const auto chosen = inbox.begin() + static_cast<std::ptrdiff_t>(choice);
  switch (event.kind) {
    case Event::Kind::send:
      return send(side, event.a % 4096);
    case Event::Kind::deliver: {
      if (inbox.empty()) return {};
      const std::size_t index = *chosen;
      inbox.erase(chosen);
      return arrive(side, index);
    }
    case Event::Kind::duplicate:
      return inbox.empty() ? Complaint{} : arrive(side, *chosen);
    case Event::Kind::drop:
      if (!inbox.empty()) inbox.erase(chosen);
      return {};
    case Event::Kind::replay:
      return sent_to_[side].empty() ? Complaint{} : arrive(side, event.a % sent_to_[side].size());
    case Event::Kind::forge:
      return forge(side, event);
    case Event::Kind::starve:
      return inbox.empty() ? Complaint{} : starve(side, *chosen);
    case Event::Kind::cramp:
      return cramp(side);
    case Event::Kind::restart:
      return restart(side);
    case Event::Kind::wait:
      now_ += std::chrono::milliseconds(event.a);
      return {};
  }
  return {};
}

Complaint Conversation::settle() {
  for (std::size_t side = 0; side < 2; ++side)
    while (!inbox_[side].empty())
      if (auto complaint = apply({Event::Kind::deliver, static_cast<std::uint8_t>(side)});
          !complaint.empty())
        return complaint;
  return {};
}

Buffer Conversation::transcript() const {
  Buffer all;
  for (const auto& messages : sent_to_)
    for (const Message& message : messages)
      all.insert(all.end(), message.wire.begin(), message.wire.end());
  for (const Party& party : parties_) {
    const Buffer image = image_of(party.ratchet);
    all.insert(all.end(), image.begin(), image.end());
  }
  return all;
}

Complaint Conversation::send(std::size_t side, std::size_t bytes) {
  Party& from = parties_[side];
  auto& sent = sent_to_[1 - side];
  Message message{.letter = from.books.send(), .wire = {}, .plaintext = Buffer(bytes)};
  // Any content that differs from message to message.
  testing::TapeEntropy content(sent.size() * 2 + side);
  if (!content.fill(message.plaintext)) return "the tape failed";
  Buffer out(Ratchet::encrypted_size(bytes) + 8, untouched);
  const auto used = from.ratchet.encrypt(out, message.plaintext);
  if (!used) return wrong("encrypt failed", used);
  if (used->size() != out.size() - 8) return "a message has not the size that was promised";
  if (!std::ranges::all_of(Bytes(out).last(8), [](auto byte) { return byte == untouched; }))
    return "encrypt wrote beyond what it used";
  message.wire.assign(used->begin(), used->end());
  if (number_at(message.wire, n_at) != message.letter.n) return "a message has the wrong number";
  if (number_at(message.wire, pn_at) != message.letter.pn) return "a message has the wrong PN";
  for (const Message& old : sent)
    if (std::equal(old.wire.begin() + key_at, old.wire.begin() + pn_at,
                   message.wire.begin() + key_at) != (old.letter.key == message.letter.key))
      return "a ratchet key changed within a chain or came back in another";
  inbox_[1 - side].push_back(sent.size());
  sent.push_back(std::move(message));
  return {};
}

Complaint Conversation::arrive(std::size_t side, std::size_t index) {
  Party& to = parties_[side];
  Message& message = sent_to_[side][index];
  const auto refusal = to.books.refusal(message.letter);
  if (message.opened && !refusal) return "the books would open a message twice";
  const Buffer before = image_of(to.ratchet);
  const std::size_t drawn = to.tape.drawn();
  const std::size_t to_draw = !refusal && to.books.turns(message.letter) ? 32 : 0;
  Buffer out(message.wire.size(), untouched);
  const auto opened = to.ratchet.decrypt(out, message.wire, to.tape, now_);
  if (to.tape.drawn() - drawn != to_draw) return "the wrong amount of randomness was drawn";
  if (refusal) {
    if (opened)
      return message.opened ? "a message opened twice" : "a message opened beyond a limit";
    if (opened.error() != *refusal)
      return wrong("wrong reason", opened) + ", not " + std::string(name(*refusal));
    if (image_of(to.ratchet) != before) return "a refused message changed the state";
    if (!untouched_or_zeroed(out)) return "a refused message left something in the output";
    return {};
  }
  if (!opened) return wrong("a genuine message was refused", opened);
  if (!std::ranges::equal(*opened, message.plaintext)) return "a message opened to another text";
  message.opened = true;
  to.books.opened(message.letter, now_);
  if (to.ratchet.skipped_keys() != to.books.skipped_keys())
    return "skipped keys: " + std::to_string(to.ratchet.skipped_keys()) + ", not " +
           std::to_string(to.books.skipped_keys());
  if (to.ratchet.skipped_keys() > limits_.max_skipped_total)
    return "more skipped keys than allowed";
  if (to.ratchet.state().receiving_chains() != to.books.chains())
    return "the wrong number of receiving chains";
  return {};
}

/// `wire` must be refused, for `reason` if there is one, and leave no trace.
Complaint Conversation::refuse(std::size_t side, Bytes wire, Entropy& entropy,
                               std::optional<Error> reason) {
  Party& to = parties_[side];
  const Buffer before = image_of(to.ratchet);
  const std::size_t drawn = to.tape.drawn();
  Buffer out(wire.size(), untouched);
  const auto opened = to.ratchet.decrypt(out, wire, entropy, now_);
  if (opened) return "what must not open was opened";
  if (reason && opened.error() != *reason) return wrong("wrong reason", opened);
  if (image_of(to.ratchet) != before) return wrong("a refusal changed the state", opened);
  if (!untouched_or_zeroed(out)) return "a refusal left something in the output";
  if (to.tape.drawn() != drawn) return "randomness was drawn for what is not authentic";
  return {};
}

bool Conversation::is_genuine(std::size_t side, Bytes wire) const {
  return std::ranges::any_of(sent_to_[side],
                             [&](const Message& m) { return std::ranges::equal(m.wire, wire); });
}

Complaint Conversation::forge(std::size_t side, const Event& event) {
  const Buffer wire = forged(side, event);
  if (is_genuine(side, wire)) return {};
  return refuse(side, wire, parties_[side].tape);
}

Buffer Conversation::forged(std::size_t side, const Event& event) {
  testing::TapeEntropy noise(event.c);
  const auto random = [&](std::size_t n) {
    Buffer bytes(n);
    if (!noise.fill(bytes)) std::abort();
    return bytes;
  };
  const auto put_key = [](Buffer& wire, Bytes key) {
    std::ranges::copy(key, wire.begin() + key_at);
  };
  auto& theirs = sent_to_[side];
  auto& ours = sent_to_[1 - side];
  Buffer wire = theirs.empty() ? random(65) : theirs[event.a % theirs.size()].wire;
  const std::size_t size = wire.size();
  switch (event.b % Event::forgeries) {
    case 0:
      wire[event.c / 8 % size] ^= static_cast<std::uint8_t>(1U << event.c % 8);
      break;
    case 1:
      wire.resize(event.c % size);
      break;
    case 2:
      wire.resize(size + 1 + event.c % 32);
      break;
    case 3:  // one header, another body
      if (!theirs.empty()) {
        const Buffer& other = theirs[event.c % theirs.size()].wire;
        wire.resize(body_at);
        wire.insert(wire.end(), other.begin() + body_at, other.end());
      }
      break;
    case 4:
      put_number(wire, n_at, number_at(wire, n_at) + limits_.max_forward_jump + event.c);
      break;
    case 5:
      put_number(wire, n_at, event.c);
      break;
    case 6:
      put_number(wire, pn_at, event.c);
      break;
    case 7:
      put_key(wire, random(32));
      break;
    case 8: {  // low order, not canonical
      Buffer key(32, event.c % 2 == 0 ? 0 : 0xff);
      key[0] = static_cast<std::uint8_t>(event.c / 2);
      put_key(wire, key);
      break;
    }
    case 9:  // the receiver's own key, or the peer's from another message
      if (!ours.empty()) put_key(wire, Bytes(ours[event.c % ours.size()].wire).subspan(key_at, 32));
      break;
    case 10:
      if (!theirs.empty())
        put_key(wire, Bytes(theirs[event.c % theirs.size()].wire).subspan(key_at, 32));
      break;
    case 11:  // sent back to its sender
      if (!ours.empty()) wire = ours[event.c % ours.size()].wire;
      break;
    case 12: {  // of another session between the same two
      const Buffer text = random(event.c % 64);
      wire.resize(Ratchet::encrypted_size(text.size()));
      if (!stranger_->encrypt(wire, text)) std::abort();
      break;
    }
    default:
      wire = random(event.c % 160);
      break;
  }
  return wire;
}

/// Without randomness a message that needs some is refused and can be tried again; any other is
/// not even affected, but that is left to other events.
Complaint Conversation::starve(std::size_t side, std::size_t index) {
  Party& to = parties_[side];
  const Message& message = sent_to_[side][index];
  if (to.books.refusal(message.letter) || !to.books.turns(message.letter)) return {};
  testing::FailingEntropy nothing;
  return refuse(side, message.wire, nothing, Error::entropy_failed);
}

Complaint Conversation::cramp(std::size_t side) {
  Ratchet& ratchet = parties_[side].ratchet;
  const Buffer before = image_of(ratchet);
  const Buffer text(20);
  Buffer out(Ratchet::encrypted_size(text.size()) - 1, untouched);
  const auto sealed = ratchet.encrypt(out, text);
  if (sealed || sealed.error() != Error::buffer_too_small) return wrong("a short buffer", sealed);
  if (!sent_to_[side].empty()) {
    const Buffer& wire = sent_to_[side].back().wire;
    out.assign(wire.size() - 1, untouched);
    const auto opened = ratchet.decrypt(out, wire, parties_[side].tape, now_);
    if (opened || opened.error() != Error::buffer_too_small) return wrong("a short buffer", opened);
  }
  if (image_of(ratchet) != before) return "a short buffer changed the state";
  return {};
}

Complaint Conversation::restart(std::size_t side) {
  Ratchet& ratchet = parties_[side].ratchet;
  const Buffer before = image_of(ratchet);
  auto state = testing::load_image(before, limits_);
  if (!state) return "a saved image does not load";
  ratchet = Ratchet(*std::move(state));
  if (image_of(ratchet) != before) return "a loaded image saves as another";
  return {};
}

}  // namespace sotto::prop
