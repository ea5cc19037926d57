// SPDX-License-Identifier: MIT OR Apache-2.0
/// Everything that can happen while two people call each other: one device on one side, two on the
/// other, a network that loses, repeats and reorders, people who do what they like, timers. Runs on
/// the library's own machine. Two things are not as in the world. Each device's clock stands still
/// until its next timer is let go off, and may run ahead of the others': all orders of timers are
/// tried, also those that no clock would bring about; but while signals are on their way only as
/// many timers go off as `hurries` says. And a signal that is said again while the same is still on
/// its way is not there twice; `repeats` is how often one arrives once more.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "conversation/call_machine.hpp"

namespace sotto::prop {

class CallSetupSearch {
 public:
  static constexpr std::size_t devices = 3;  ///< 0: ours; 1 and 2: both of the other person

  /// How much of each may happen.
  struct Limits {
    std::array<std::uint8_t, devices> places{};
    std::uint8_t losses = 0;
    std::uint8_t hurries = 0;
    std::uint8_t repeats = 0;  ///< letters that are delivered once more
    std::uint8_t late = 0;     ///< offers that come when their caller has long given up
    std::uint8_t hang_ups = 0;
    std::uint8_t refusals = 0;  ///< declines, and answers that are no good
    bool farewells_again = false;
    bool ours_is_larger = true;   ///< who wins when both call
    std::size_t most_states = 0;  ///< stop there; 0: never
  };
  struct Figures {
    std::size_t states = 0;
    std::size_t transitions = 0;
    std::size_t quiet = 0;      ///< states in which nothing is under way
    std::size_t connected = 0;  ///< of these, with a call
    std::size_t one_sided = 0;  ///< ends that talk in a quiet state while the other has hung up
    std::size_t settled = 0;    ///< states that were run to a quiet one
    std::size_t deepest = 0;
    bool complete = true;
    std::set<const conversation::CallTransition*> rows{};
  };

  /// Empty, or what is wrong and the way there.
  [[nodiscard]] std::string search(const Limits& limits, Figures& figures);

 private:
  struct Letter {
    std::uint8_t from;
    std::uint8_t to;
    std::vector<std::uint8_t> bytes;
    friend auto operator<=>(const Letter&, const Letter&) = default;
  };
  struct State {
    std::vector<conversation::CallMachine> lines;
    std::array<Instant, devices> now{};
    std::vector<Letter> letters;
    std::array<std::uint8_t, devices> placed{};
    std::uint8_t losses = 0;
    std::uint8_t repeats = 0;
    std::uint8_t hurries = 0;
    std::uint8_t late = 0;
    std::uint8_t hang_ups = 0;
    std::uint8_t refusals = 0;
    /// Which device each call of each device was confirmed to; the confirming device's word.
    std::map<CallId, std::uint8_t> confirmed;
  };
  /// One thing that happens.
  struct Move {
    const char* what;
    std::uint8_t device;      ///< that does it, or that a signal comes from
    std::uint8_t to = 0;      ///< of signals
    std::uint8_t signal = 0;  ///< its kind, or 0
  };
  using Hash = std::array<std::uint64_t, 2>;
  struct HashOf {
    std::size_t operator()(const Hash& hash) const { return hash[0]; }
  };

  void visit(const State& state, std::size_t depth);
  void people(const State& state, std::size_t depth);
  void network(const State& state, std::size_t depth);
  void time(const State& state, std::size_t depth);
  void go_on(const State& next, const Move& move, std::size_t depth);
  void carry_out(State& state, std::size_t device, const CallStep& step);
  void deliver(State& state, const Letter& letter);
  [[nodiscard]] Letter aged(const Letter& letter, Instant now);
  void check(const State& state);
  void settle(State state);
  void complain(const std::string& what);
  [[nodiscard]] static bool is_quiet(const State& state);
  [[nodiscard]] static Hash hash_of(const State& state);
  [[nodiscard]] CallId id_of(std::size_t device, std::uint8_t number) const;

  Limits limits_;
  Figures* figures_ = nullptr;
  std::unordered_set<Hash, HashOf> seen_;
  std::vector<Move> way_;
  std::string wrong_;
};

}  // namespace sotto::prop
