// SPDX-License-Identifier: MIT OR Apache-2.0
/// Writes vectors/data/session-rules.json: conversations of the slow twin with all private state.
/// Signatures of prekeys are the library's; nothing else is. Given a file, it compares instead.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sotto/x3dh.hpp>

#include "peer.hpp"
#include "testing/tape_entropy.hpp"

namespace {

using namespace sotto;

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

/// `values` between two brackets, each on lines of its own and two spaces further in.
std::string block(char open, const std::vector<std::string>& values, char close) {
  std::string out(1, open);
  for (const std::string& value : values) {
    out += out.size() == 1 ? "\n  " : ",\n  ";
    for (const char c : value) {
      out += c;
      if (c == '\n') out += "  ";
    }
  }
  return out + '\n' + close;
}

/// A JSON object as text. The JSON library would take longer to compile than all the rest here;
/// no text in these conversations has a character that JSON escapes.
class Object {
 public:
  void text(const std::string& key, std::string_view value) {
    json(key, '"' + std::string(value) + '"');
  }
  void number(const std::string& key, std::uint64_t value) { json(key, std::to_string(value)); }
  void json(const std::string& key, const std::string& value) {
    fields_.push_back('"' + key + "\": " + value);
  }
  [[nodiscard]] std::string done() const { return block('{', fields_, '}'); }

 private:
  std::vector<std::string> fields_;
};

std::string kind_name(MessageKind kind) {
  return kind == MessageKind::prekey ? "prekey" : "signal";
}

/// Remembers what was drawn of a tape.
struct Recorder final : Entropy {
  explicit Recorder(testing::TapeEntropy& from) : tape(from) {}
  Result<void> fill(MutableBytes out) noexcept override {
    const auto filled = tape.fill(out);
    drawn.insert(drawn.end(), out.begin(), out.end());
    return filled;
  }
  testing::TapeEntropy& tape;
  model::Buffer drawn;
};

struct Actor {
  model::Self self;
  model::Prekeys prekeys;
  std::map<std::string, model::Peer> peers;
};

class Conversation {
 public:
  Conversation(const std::string& id, std::uint64_t seed, SessionLimits limits)
      : tape_(seed), limits_(limits) {
    case_.text("id", id);
    case_.number("max_forward_jump", limits.ratchet.max_forward_jump);
    case_.number("max_archived", limits.max_archived);
    case_.number("max_unanswered_connects", limits.max_unanswered_connects);
    for (const std::string name : {"alice", "bob"}) {
      install(name);
      signed_prekey(name, 1);
    }
  }

  void install(const std::string& who) {
    const model::Pair identity = model::pair_of(model::draw(tape_));
    actors_[who] = {{identity, 1000U + static_cast<std::uint32_t>(tape_.drawn())}, {}, {}};
    auto& step = begin("install", who);
    step.text("identity_secret", hex(identity.secret));
    step.number("registration", actors_[who].self.registration);
  }

  void signed_prekey(const std::string& who, std::uint32_t id) {
    const auto& secret = actors_[who].self.identity.secret;
    const auto identity = *IdentityKeyPair::from_secret(
        Secret<struct IdentityRole, 32>(std::span<const std::uint8_t, 32>(secret)));
    const auto made = *SignedPrekey::generate(SignedPrekeyId{id}, identity, tape_);
    const model::Key key = model::key_at(made.keys.secret_key().expose(), 0);
    actors_[who].prekeys.signed_prekeys[id] = model::pair_of(key);
    auto& step = begin("signed_prekey", who);
    step.number("prekey_id", id);
    step.text("secret", hex(key));
    step.text("signature", hex(made.signature.bytes()));
  }

  void one_time_prekey(const std::string& who, std::uint32_t id) {
    const model::Pair pair = model::pair_of(model::draw(tape_));
    actors_[who].prekeys.one_times[id] = pair;
    auto& step = begin("one_time_prekey", who);
    step.number("prekey_id", id);
    step.text("secret", hex(pair.secret));
  }

  void connect(const std::string& who, const std::string& whom, std::uint32_t signed_prekey,
               std::optional<std::uint32_t> one_time = {}) {
    const Actor& them = actors_.at(whom);
    model::Bundle bundle{them.self.registration, them.self.identity.public_key, signed_prekey,
                         them.prekeys.signed_prekeys.at(signed_prekey).public_key};
    auto& step = begin("connect", who, whom);
    step.number("signed_prekey_id", signed_prekey);
    if (one_time) {
      bundle.one_time = {*one_time, them.prekeys.one_times.at(*one_time).public_key};
      step.number("one_time_prekey_id", *one_time);
    }
    Recorder recorder(tape_);
    attempt(step, [&] {
      peer(who, whom).connect(actors_[who].self, bundle, actors_[who].prekeys, recorder, now_);
    });
    step.text("entropy", hex(recorder.drawn));
  }

  model::Sent say(const std::string& who, const std::string& whom, const std::string& text) {
    const model::Buffer plaintext(text.begin(), text.end());
    auto& step = begin("encrypt", who, whom);
    step.text("plaintext", hex(plaintext));
    model::Sent sent{};
    if (attempt(step, [&] {
          sent = peer(who, whom).encrypt(actors_[who].self, plaintext, actors_[who].prekeys, now_);
        })) {
      step.text("kind", kind_name(sent.kind));
      step.text("message", hex(sent.bytes));
    }
    return sent;
  }

  void hear(const std::string& who, const std::string& whose, const model::Sent& sent) {
    auto& step = begin("decrypt", who, whose);
    step.text("kind", kind_name(sent.kind));
    step.text("message", hex(sent.bytes));
    Recorder recorder(tape_);
    model::Received received{};
    Actor& actor = actors_[who];
    if (attempt(step, [&] {
          received = peer(who, whose)
                         .decrypt(actor.self, sent.kind, sent.bytes, actor.prekeys, recorder, now_);
        }))
      step.text("plaintext", hex(received.plaintext));
    step.text("entropy", hex(recorder.drawn));
  }

  void accept(const std::string& who, const std::string& whose) {
    const model::Key identity = actors_[whose].self.identity.public_key;
    auto& step = begin("accept", who, whose);
    step.text("identity", hex(identity));
    attempt(step, [&] {
      peer(who, whose).accept_identity(actors_[who].self, identity, actors_[who].prekeys);
    });
  }

  /// A message and what comes back, both heard.
  void trip(const std::string& who, const std::string& whom) {
    hear(whom, who, say(who, whom, who + " speaks"));
    hear(who, whom, say(whom, who, whom + " answers"));
  }

  void later(std::chrono::milliseconds time) { now_ += time; }

  [[nodiscard]] std::string done() const {
    std::vector<std::string> steps;
    for (const Object& step : steps_) steps.push_back(step.done());
    Object all = case_;
    all.json("steps", block('[', steps, ']'));
    return all.done();
  }

 private:
  Object& begin(const std::string& verb, const std::string& by, const std::string& to = {}) {
    Object& step = steps_.emplace_back();
    step.text("do", verb);
    step.text("by", by);
    if (!to.empty()) {
      step.text("to", to);
      step.number("now", static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    }
    return step;
  }

  template <class Operation>
  bool attempt(Object& step, Operation&& operation) {
    try {
      operation();
      return true;
    } catch (const model::Refused& refused) {
      step.text("refused", name(refused.error));
      return false;
    }
  }

  model::Peer& peer(const std::string& who, const std::string& whom) {
    return actors_[who].peers.try_emplace(whom, model::Peer{.limits = limits_}).first->second;
  }

  testing::TapeEntropy tape_;
  SessionLimits limits_;
  Instant now_{std::chrono::milliseconds(1'700'000'000'000)};
  std::map<std::string, Actor> actors_;
  Object case_;
  std::vector<Object> steps_;
};

using namespace std::chrono_literals;

std::vector<std::string> conversations() {
  std::vector<std::string> all;
  const auto start = [&](const char* id, const SessionLimits& limits = {}) {
    return Conversation(id, 7'000 + all.size(), limits);
  };
  {
    auto talk = start("with a one-time prekey, answered, and on");
    talk.one_time_prekey("bob", 7);
    talk.connect("alice", "bob", 1, 7);
    const auto one = talk.say("alice", "bob", "hello");
    const auto two = talk.say("alice", "bob", "");
    talk.hear("bob", "alice", one);
    talk.hear("bob", "alice", two);
    talk.hear("bob", "alice", one);  // again
    for (int i = 0; i < 3; ++i) talk.trip("bob", "alice");
    all.push_back(talk.done());
  }
  {
    auto talk = start("without a one-time prekey, replayed after the session is gone");
    talk.connect("alice", "bob", 1);
    const auto first = talk.say("alice", "bob", "nobody left me a key");
    talk.hear("bob", "alice", first);
    talk.hear("alice", "bob", talk.say("bob", "alice", "never mind"));
    talk.install("alice");
    talk.accept("bob", "alice");
    talk.hear("bob", "alice", first);
    all.push_back(talk.done());
  }
  {
    auto talk = start("losses and late messages over three turns");
    talk.connect("alice", "bob", 1);
    std::vector<model::Sent> late;
    talk.trip("alice", "bob");
    for (int turn = 0; turn < 3; ++turn) {
      for (int i = 0; i < 3; ++i) late.push_back(talk.say("alice", "bob", "late"));
      static_cast<void>(talk.say("alice", "bob", "lost"));
      talk.trip("alice", "bob");
    }
    for (auto message = late.rbegin(); message != late.rend(); ++message)
      talk.hear("bob", "alice", *message);
    talk.hear("bob", "alice", late.front());
    all.push_back(talk.done());
  }
  {
    auto talk = start("both begin at once, and come to one session");
    talk.one_time_prekey("alice", 3);
    talk.connect("alice", "bob", 1);
    talk.connect("bob", "alice", 1, 3);
    const auto from_alice = talk.say("alice", "bob", "me first");
    const auto from_bob = talk.say("bob", "alice", "no, me");
    talk.hear("alice", "bob", from_bob);
    talk.hear("bob", "alice", from_alice);
    talk.trip("alice", "bob");
    talk.trip("bob", "alice");
    all.push_back(talk.done());
  }
  {
    SessionLimits limits;
    limits.max_archived = 2;
    auto talk = start("begun anew, old sessions open late messages until they are gone", limits);
    std::vector<model::Sent> late;
    for (std::uint32_t i = 0; i < 5; ++i) {
      talk.connect("alice", "bob", 1);
      talk.trip("alice", "bob");
      late.push_back(talk.say("alice", "bob", "of session " + std::to_string(i)));
    }
    for (const auto& message : late) talk.hear("bob", "alice", message);
    talk.trip("bob", "alice");
    all.push_back(talk.done());
  }
  {
    auto talk = start("a new identity is refused until it is accepted");
    talk.connect("alice", "bob", 1);
    talk.trip("alice", "bob");
    talk.install("bob");
    talk.signed_prekey("bob", 2);
    talk.connect("alice", "bob", 2);
    talk.connect("bob", "alice", 1);
    const auto first = talk.say("bob", "alice", "it is me, really");
    talk.hear("alice", "bob", first);
    talk.accept("alice", "bob");
    talk.hear("alice", "bob", first);
    talk.trip("alice", "bob");
    all.push_back(talk.done());
  }
  {
    SessionLimits limits;
    limits.ratchet.max_forward_jump = 3;
    limits.max_unanswered_connects = 3;
    auto talk = start("refusals", limits);
    static_cast<void>(talk.say("alice", "bob", "to nobody"));
    talk.connect("alice", "alice", 1);
    talk.signed_prekey("bob", 2);
    talk.connect("alice", "bob", 1);
    talk.connect("alice", "bob", 2);
    talk.connect("alice", "bob", 1);  // replaced since
    talk.connect("alice", "bob", 2);
    talk.connect("alice", "bob", 2);  // never answered
    for (int i = 0; i < 4; ++i) static_cast<void>(talk.say("alice", "bob", "lost"));
    const auto far = talk.say("alice", "bob", "four were lost");
    talk.hear("bob", "alice", far);
    auto inner = far;
    inner.kind = MessageKind::signal;
    talk.hear("bob", "alice", inner);
    auto altered = far;
    altered.bytes[0] = 0x23;
    talk.hear("bob", "alice", altered);
    talk.later(31 * 24h);
    static_cast<void>(talk.say("alice", "bob", "too late"));
    all.push_back(talk.done());
  }
  return all;
}

}  // namespace

int main(int count, char** arguments) {
  Object source;
  source.text("title", "Computed by the slow twin in spec/model");
  source.text("reference", "spec/session.md, revision 1");
  source.text("note", "Computed by us, not published. Entropy is all that a step draws.");
  Object file;
  file.text("schema", "sotto-vectors/1");
  file.text("suite", "session-rules");
  file.text("kind", "session_rules");
  file.json("source", source.done());
  file.json("cases", block('[', conversations(), ']'));
  const std::string text = file.done() + "\n";
  if (count < 2) {
    std::cout << text;
    return 0;
  }
  std::ifstream given(arguments[1]);
  const std::string held{std::istreambuf_iterator<char>(given), {}};
  return held == text ? 0 : 1;
}
