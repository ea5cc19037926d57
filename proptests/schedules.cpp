// SPDX-License-Identifier: MIT OR Apache-2.0
#include "schedules.hpp"

#include <algorithm>
#include <utility>

#include "model/wire.hpp"

namespace sotto::prop {
namespace {

const Instant now{std::chrono::milliseconds(1'700'000'000'000)};

void put(model::Buffer& out, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void put(model::Buffer& out, Bytes bytes) {
  put(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

model::Key sha256(Bytes bytes) {
  model::Key digest{};
  crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

/// Of all that one party has stored.
model::Key digest_of(const model::Records& records, const model::Prekeys& prekeys) {
  model::Buffer all;
  for (const auto& [name, record] : records) {
    for (const std::uint32_t part :
         {std::uint32_t{std::to_underlying(name.kind)}, name.session, name.chain, name.page})
      put(all, part);
    put(all, record);
  }
  for (const auto& [id, pair] : prekeys.one_times) put(all, id);
  for (const auto& [id, keys] : prekeys.remembered)
    for (const model::Key& key : keys) put(all, key);
  return sha256(all);
}

model::Pair model_pair(const auto& keys) {
  return {model::key_at(keys.secret_key().expose(), 0),
          model::key_at(keys.public_key().bytes(), 0)};
}

/// The same operation on the same stored state draws the same, so that equal states meet.
std::uint64_t seed_of(std::size_t who, std::uint32_t half, std::uint32_t letter) {
  return (std::uint64_t{half} << 32 | letter) * 2 + who;
}

}  // namespace

Schedules::Schedules(std::uint64_t seed) {
  testing::TapeEntropy tape(seed);
  for (std::size_t who = 0; who < 2; ++who) {
    Person& person = people_[who];
    person.identity = std::make_unique<IdentityKeyPair>(*IdentityKeyPair::generate(tape));
    person.registration = static_cast<RegistrationId>(100 + who);
    const auto prekey = *SignedPrekey::generate(SignedPrekeyId{1}, *person.identity, tape);
    const auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{1}, tape);
    // The second has no one-time prekey in its bundle.
    person.bundle = std::make_unique<VerifiedBundle>(
        *verify(publish(person.identity->public_key(), prekey, who == 0 ? &one_time : nullptr)));
    Half half;
    half.records = records_of(session::Peer(SessionLimits{}));
    half.prekeys.signed_prekeys[1] = model_pair(prekey.keys);
    half.prekeys.one_times[1] = model_pair(one_time.keys);
    // Two parties that stored the same are still two.
    half.prekeys.remembered[0] = {model_pair(*person.identity).public_key};
    keep(half);
  }
}

std::uint32_t Schedules::keep(const Half& half) {
  const auto [at, fresh] = half_ids_.try_emplace(prop::digest_of(half.records, half.prekeys),
                                                 static_cast<std::uint32_t>(halves_.size()));
  if (fresh) halves_.push_back(half);
  return at->second;
}

std::uint32_t Schedules::keep(const Letter& letter) {
  model::Buffer all;
  put(all, letter.from);
  put(all, letter.bytes);
  const auto [at, fresh] =
      letter_ids_.try_emplace(sha256(all), static_cast<std::uint32_t>(letters_.size()));
  if (fresh) letters_.push_back(letter);
  return at->second;
}

/// Every operation begins with a restart.
std::unique_ptr<session::Peer> Schedules::restarted(std::size_t who, std::uint32_t half) const {
  const model::Records& records = halves_[half].records;
  auto peer = peer_of(records, SessionLimits{}, people_[who].identity->public_key());
  if (records_of(*peer) != records) throw Difference{"a restart changes what is stored"};
  return peer;
}

const Schedules::Outcome& Schedules::outcome(std::size_t who, std::uint32_t half, Action action,
                                             std::uint32_t letter) {
  const std::array<std::uint32_t, 4> key{static_cast<std::uint32_t>(who), half,
                                         std::to_underlying(action), letter};
  if (const auto found = outcomes_.find(key); found != outcomes_.end()) return found->second;
  ++figures_.operations;
  return outcomes_.emplace(key, perform(who, half, action, letter)).first->second;
}

Schedules::Outcome Schedules::perform(std::size_t who, std::uint32_t half, Action action,
                                      std::uint32_t letter) {
  auto peer = restarted(who, half);
  const Person& us = people_[who];
  const Person& them = people_[1 - who];
  const session::Self self{*us.identity, us.registration};
  Half after = halves_[half];
  const model::Prekeys prekeys = after.prekeys;
  Shelf shelf(prekeys);
  testing::TapeEntropy tape(seed_of(who, half, letter));
  Outcome outcome{half};

  if (action == Action::connect) {
    const auto done = peer->connect(self, them.registration, *them.bundle, shelf, tape, now);
    if (!done) outcome.error = done.error();
  } else if (action == Action::send) {
    const model::Key text = prop::digest_of(after.records, prekeys);
    Letter sent{who, {}, {}, model::part(text, 0, 20), {}, 0};
    model::Buffer out(max_message_size(20));
    const auto message = peer->encrypt(self, out, sent.plaintext, shelf, now);
    if (message) {
      sent.kind = message->kind;
      sent.bytes.assign(message->bytes.begin(), message->bytes.end());
      const auto signal = sent.kind == MessageKind::prekey
                              ? model::read_prekey_message(sent.bytes).message
                              : model::read_signal_message(sent.bytes);
      sent.ratchet_key = signal.ratchet_key;
      sent.number = signal.counter;
      outcome.letter = keep(sent);
    } else {
      outcome.error = message.error();
    }
  } else {
    const Letter received = letters_[letter];
    model::Buffer bytes = received.bytes;
    // The last byte of a SignalMessage is one of its MAC; of a first message, of what follows it.
    if (action == Action::forge) bytes[bytes.size() - 13] ^= 0x04;
    model::Buffer out(bytes.size());
    const auto opened = peer->decrypt(self, out, received.kind, bytes, shelf, tape, now);
    if (opened) {
      outcome.right_text = std::ranges::equal(opened->opened.plaintext, received.plaintext);
      if (opened->consumed && opened->consumed->one_time)
        after.prekeys.one_times.erase(std::to_underlying(*opened->consumed->one_time));
      else if (opened->consumed)
        after.prekeys.remembered[std::to_underlying(opened->consumed->signed_prekey)].insert(
            model::key_at(opened->consumed->base_key.bytes(), 0));
    } else {
      outcome.error = opened.error();
    }
  }
  after.records = records_of(*peer);
  outcome.half = keep(after);
  return outcome;
}

Schedules::Digest Schedules::digest_of(const State& state) {
  model::Buffer all;
  for (std::size_t who = 0; who < 2; ++who) {
    put(all, state.half[who]);
    put(all, state.connects[who]);
  }
  for (const Sent& sent : state.sent) {
    put(all, sent.letter);
    put(all, std::to_underlying(sent.fate));
  }
  return sha256(all);
}

void Schedules::wrong(const State& state, const std::string& what) {
  throw Difference{what + ", after:" + state.way};
}

void Schedules::step(const State& from, State to, const std::string& action) {
  ++figures_.transitions;
  ++figures_.by_action[action];
  if (!visited_.insert(digest_of(to)).second) return;
  to.way = from.way + " " + action;
  next_.push_back(std::move(to));
}

void Schedules::send(const State& state, std::size_t who) {
  const Outcome sent = outcome(who, state.half[who], Action::send, 0);
  if (sent.error) {
    if (sent.half != state.half[who]) wrong(state, "a refused message changed something");
    return;
  }
  const Letter& letter = letters_[sent.letter];
  for (const Sent& other : state.sent) {
    const Letter& before = letters_[other.letter];
    if (before.from == who && before.ratchet_key == letter.ratchet_key &&
        before.number == letter.number)
      wrong(state, "two messages under one key");
  }
  State to = state;
  to.half[who] = sent.half;
  to.sent.push_back({sent.letter, Fate::on_the_way});
  std::ranges::sort(to.sent);
  step(state, std::move(to), who == 0 ? "send-A" : "send-B");
}

void Schedules::open(const State& state, std::size_t at) {
  const Sent& sent = state.sent[at];
  const std::size_t who = 1 - letters_[sent.letter].from;
  const Outcome opened = outcome(who, state.half[who], Action::open, sent.letter);
  if (opened.error)
    wrong(state, "a genuine message is refused as " + std::string(name(*opened.error)));
  if (!opened.right_text) wrong(state, "another text than was sent");
  State to = state;
  to.half[who] = opened.half;
  to.sent[at].fate = Fate::opened;
  step(state, std::move(to), "deliver");
}

void Schedules::must_refuse(const State& state, std::size_t who, Action action,
                            std::uint32_t letter) {
  const Outcome refused = outcome(who, state.half[who], action, letter);
  const std::string what = action == Action::open    ? "replay"
                           : action == Action::forge ? "forge"
                                                     : "reflect";
  if (!refused.error) wrong(state, what + " opens");
  if (refused.half != state.half[who]) wrong(state, what + " changed something");
  step(state, state, what);
}

void Schedules::expand(const State& state, const Limits& limits) {
  for (std::size_t who = 0; who < 2; ++who) {
    const auto sends = std::ranges::count_if(
        state.sent, [&](const Sent& sent) { return letters_[sent.letter].from == who; });
    if (static_cast<std::size_t>(sends) < limits.sends) send(state, who);
    if (state.connects[who] < limits.connects) {
      const Outcome done = outcome(who, state.half[who], Action::connect, 0);
      if (done.error) wrong(state, "connect is " + std::string(name(*done.error)));
      State to = state;
      to.half[who] = done.half;
      ++to.connects[who];
      step(state, std::move(to), who == 0 ? "connect-A" : "connect-B");
    }
  }
  for (std::size_t i = 0; i < state.sent.size(); ++i) {
    const Sent& sent = state.sent[i];
    const std::size_t to = 1 - letters_[sent.letter].from;
    must_refuse(state, to, Action::forge, sent.letter);
    must_refuse(state, 1 - to, Action::reflect, sent.letter);
    if (sent.fate == Fate::opened) must_refuse(state, to, Action::open, sent.letter);
    if (sent.fate != Fate::on_the_way) continue;
    open(state, i);
    State lost = state;
    lost.sent[i].fate = Fate::lost;
    step(state, std::move(lost), "lose");
  }
}

/// Nothing is on its way any more: two round trips, and both are in one session. Where one of them
/// began after it had answered the other one, and the answer came late, it takes eight messages of
/// its own in a row.
void Schedules::converge(const State& state) {
  State at = state;
  constexpr int two_round_trips = 4, most = 2 * (8 + 2);
  for (int trip = 0; trip < most; ++trip) {
    if (trip >= two_round_trips && is_together(at)) break;
    std::size_t who = static_cast<std::size_t>(trip % 2);
    Outcome sent = outcome(who, at.half[who], Action::send, 0);
    if (sent.error) {
      if (trip > 0) wrong(state, "who received cannot answer");
      continue;  // only the other one has a session
    }
    at.half[who] = sent.half;
    const Outcome opened = outcome(1 - who, at.half[1 - who], Action::open, sent.letter);
    if (opened.error) wrong(state, "later messages do not open");
    at.half[1 - who] = opened.half;
  }
  if (!is_together(at)) wrong(state, "they stay in two sessions");
  ++figures_.converged;
}

bool Schedules::is_together(const State& state) const {
  const auto a = restarted(0, state.half[0]);
  const auto b = restarted(1, state.half[1]);
  return a->current() != nullptr && b->current() != nullptr &&
         a->current()->base_key == b->current()->base_key;
}

Schedules::Figures Schedules::search(const Limits& limits) {
  std::vector<State> level{{.half = {0, 1}}};
  visited_.insert(digest_of(level.front()));
  for (figures_.depth = 0; figures_.depth < limits.depth && !level.empty(); ++figures_.depth) {
    next_.clear();
    for (const State& state : level) {
      expand(state, limits);
      const bool quiet = std::ranges::none_of(
          state.sent, [](const Sent& sent) { return sent.fate == Fate::on_the_way; });
      if (quiet && (state.connects[0] > 0 || state.connects[1] > 0)) converge(state);
    }
    level = std::move(next_);
  }
  figures_.states = visited_.size();
  figures_.stored = halves_.size();
  return figures_;
}

}  // namespace sotto::prop
