// SPDX-License-Identifier: MIT OR Apache-2.0
/// Everything that can happen between two parties' sessions, to some depth: each state is what both
/// have stored and every message sent so far. Runs on the library's own code; what an operation
/// does to what one party has stored is computed once and then looked up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "party.hpp"

namespace sotto::prop {

class Schedules {
 public:
  struct Limits {
    std::size_t depth;
    std::size_t sends;     ///< of each party
    std::size_t connects;  ///< of each party
  };
  struct Figures {
    std::size_t states = 0;
    std::size_t transitions = 0;
    std::size_t stored = 0;      ///< distinct states of one party
    std::size_t operations = 0;  ///< distinct operations, each done by the library
    std::size_t converged = 0;   ///< quiet states from which both came to one session
    std::size_t depth = 0;
    std::map<std::string, std::size_t> by_action{};
  };

  /// The keys of both are drawn from the seed.
  explicit Schedules(std::uint64_t seed);

  /// Throws a `Difference` that tells the way to what is wrong.
  Figures search(const Limits& limits);

 private:
  using Digest = std::array<std::uint8_t, 32>;

  /// What one party has stored.
  struct Half {
    model::Records records;
    model::Prekeys prekeys;
  };
  struct Letter {
    std::size_t from;
    MessageKind kind;
    model::Buffer bytes;
    model::Buffer plaintext;
    model::Key ratchet_key;
    std::uint32_t number;
  };
  enum class Action : std::uint8_t { connect, send, open, forge, reflect };
  struct Outcome {
    std::uint32_t half;
    std::uint32_t letter = 0;
    std::optional<Error> error{};
    bool right_text = false;
  };
  enum class Fate : std::uint8_t { on_the_way, opened, lost };
  struct Sent {
    std::uint32_t letter;
    Fate fate;
    friend auto operator<=>(const Sent&, const Sent&) = default;
  };
  struct State {
    std::array<std::uint32_t, 2> half;
    std::array<std::uint8_t, 2> connects{};
    std::vector<Sent> sent{};  ///< by letter
    std::string way{};
  };
  struct Person {
    std::unique_ptr<IdentityKeyPair> identity;
    std::unique_ptr<VerifiedBundle> bundle;
    RegistrationId registration{};
  };

  std::uint32_t keep(const Half& half);
  std::uint32_t keep(const Letter& letter);
  [[nodiscard]] std::unique_ptr<session::Peer> restarted(std::size_t who, std::uint32_t half) const;
  const Outcome& outcome(std::size_t who, std::uint32_t half, Action action, std::uint32_t letter);
  Outcome perform(std::size_t who, std::uint32_t half, Action action, std::uint32_t letter);

  void expand(const State& state, const Limits& limits);
  void step(const State& from, State to, const std::string& action);
  void send(const State& state, std::size_t who);
  void open(const State& state, std::size_t at);
  void must_refuse(const State& state, std::size_t who, Action action, std::uint32_t letter);
  void converge(const State& state);
  [[nodiscard]] bool is_together(const State& state) const;
  [[nodiscard]] static Digest digest_of(const State& state);
  [[noreturn]] static void wrong(const State& state, const std::string& what);

  std::array<Person, 2> people_;
  std::vector<Half> halves_;
  std::map<Digest, std::uint32_t> half_ids_;
  std::vector<Letter> letters_;
  std::map<Digest, std::uint32_t> letter_ids_;
  std::map<std::array<std::uint32_t, 4>, Outcome> outcomes_;
  std::set<Digest> visited_;
  std::vector<State> next_;
  Figures figures_;
};

}  // namespace sotto::prop
