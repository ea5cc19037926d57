// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call_setup_search.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/sha2.hpp"

namespace sotto::prop {
namespace {

using conversation::CallMachine;
using std::chrono::milliseconds;

/// Later than any clock of a search gets: an offer is late when the network says so.
constexpr std::chrono::hours too_late(24);

/// Everything is said once more, farewells only where that is asked for: of times the order counts.
constexpr CallTimes times_of(bool farewells_again) {
  return {.calling = milliseconds(20),
          .ringing = milliseconds(20),
          .answering = milliseconds(20),
          .farewell = milliseconds(farewells_again ? 20 : 10),
          .repeat_offer = milliseconds(10),
          .repeat = milliseconds(10),
          .max_offer_age = too_late - milliseconds(1)};
}
constexpr std::size_t deepest = 3000;
constexpr std::size_t settle_every = 64;

/// The number by which the other person's device is known.
std::uint32_t number_of(std::size_t device) {
  return static_cast<std::uint32_t>(device) + 1;
}
bool are_opposite(std::size_t a, std::size_t b) {
  return (a == 0) != (b == 0);
}
bool has_peer(const CallMachine& line) {
  return line.state() != CallState::idle && line.state() != CallState::calling;
}
const char* const names[] = {"A", "B1", "B2"};

}  // namespace

CallId CallSetupSearch::id_of(std::size_t device, std::uint8_t number) const {
  std::array<std::uint8_t, CallId::size_bytes> bytes{};
  const bool large = (device == 0) == limits_.ours_is_larger;
  bytes[0] = large ? 0x80 : 0x40;
  bytes[1] = static_cast<std::uint8_t>(device);
  bytes[2] = number;
  return CallId(bytes);
}

std::string CallSetupSearch::search(const Limits& limits, Figures& figures) {
  limits_ = limits;
  figures_ = &figures;
  seen_.clear();
  way_.clear();
  wrong_.clear();
  State state;
  state.lines.assign(devices, CallMachine(times_of(limits.farewells_again)));
  state.now.fill(Instant(2 * too_late));
  visit(state, 0);
  return wrong_;
}

void CallSetupSearch::complain(const std::string& what) {
  if (!wrong_.empty()) return;
  wrong_ = what + ", after:";
  for (const Move& move : way_) {
    wrong_ += "\n  " + std::string(names[move.device]) + " " + move.what;
    if (move.signal != 0)
      wrong_ += " (signal " + std::to_string(move.signal) + " to " + names[move.to] + ")";
  }
}

void CallSetupSearch::go_on(const State& next, const Move& move, std::size_t depth) {
  if (!wrong_.empty()) return;
  ++figures_->transitions;
  way_.push_back(move);
  visit(next, depth + 1);
  way_.pop_back();
}

void CallSetupSearch::visit(const State& state, std::size_t depth) {
  if (!wrong_.empty()) return;
  if (!seen_.insert(hash_of(state)).second) return;
  if (limits_.most_states != 0 && figures_->states == limits_.most_states) {
    figures_->complete = false;
    return;
  }
  ++figures_->states;
  figures_->deepest = std::max(figures_->deepest, depth);
  check(state);
  if (depth > deepest) return complain("this never ends");
  if (figures_->states % settle_every == 0) settle(state);
  people(state, depth);
  network(state, depth);
  time(state, depth);
}

/// Put what a step sends on the way, and note its row.
void CallSetupSearch::carry_out(State& state, std::size_t device, const CallStep& step) {
  if (const auto* const row = state.lines[device].row(); row != nullptr) figures_->rows.insert(row);
  for (const CallDelivery& delivery : step.send()) {
    std::array<std::uint8_t, call_signal_max_bytes> room;
    const auto bytes = write_call_signal(room, delivery.signal);
    if (!bytes) return complain("a signal cannot be written");
    for (std::size_t to = 0; to < devices; ++to) {
      if (!are_opposite(device, to)) continue;
      const bool named = delivery.device == number_of(to);
      if (delivery.to == CallDelivery::To::device && !named) continue;
      if (delivery.to == CallDelivery::To::all_but && named) continue;
      const Letter letter{static_cast<std::uint8_t>(device),
                          static_cast<std::uint8_t>(to),
                          {bytes->begin(), bytes->end()}};
      const auto place = std::ranges::lower_bound(state.letters, letter);
      if (place == state.letters.end() || *place != letter) state.letters.insert(place, letter);
      if (delivery.signal.kind == CallSignalKind::confirm) {
        const auto [winner, first] =
            state.confirmed.try_emplace(delivery.signal.id, static_cast<std::uint8_t>(to));
        if (!first && winner->second != to) complain("two devices are confirmed");
      }
    }
  }
}

void CallSetupSearch::people(const State& state, std::size_t depth) {
  const auto attempt = [&](std::size_t device, const char* what, auto&& act,
                           std::uint8_t State::* spends, std::uint8_t budget) {
    if (spends != nullptr && state.*spends == budget) return;
    State next = state;
    const auto step = act(next.lines[device], next.now[device]);
    if (!step) return;
    if (spends != nullptr) ++(next.*spends);
    carry_out(next, device, *step);
    go_on(next, {what, static_cast<std::uint8_t>(device)}, depth);
  };
  for (std::size_t device = 0; device < devices; ++device) {
    const std::array body{static_cast<std::uint8_t>(device)};
    if (state.placed[device] < limits_.places[device]) {
      State next = state;
      next.now[device] += milliseconds(10);
      const CallId id = id_of(device, ++next.placed[device]);
      if (const auto step = next.lines[device].place(id, body, next.now[device]); step) {
        carry_out(next, device, *step);
        go_on(next, {"calls", static_cast<std::uint8_t>(device)}, depth);
      }
    }
    attempt(
        device, "accepts", [&](auto& line, Instant now) { return line.accept(body, now); }, nullptr,
        0);
    attempt(
        device, "declines",
        [](auto& line, Instant now) { return line.decline(HangUpReason::declined, now); },
        &State::refusals, limits_.refusals);
    attempt(
        device, "hangs up", [](auto& line, Instant now) { return line.hang_up(now); },
        &State::hang_ups, limits_.hang_ups);
    const auto candidate = state.lines[device].candidate();
    if (!candidate) continue;
    attempt(
        device, "confirms",
        [&](auto& line, Instant now) { return line.confirm(*candidate, body, now); }, nullptr, 0);
    attempt(
        device, "finds the answer no good",
        [&](auto& line, Instant now) { return line.reject(*candidate, now); }, &State::refusals,
        limits_.refusals);
  }
}

void CallSetupSearch::deliver(State& state, const Letter& letter) {
  auto& line = state.lines[letter.to];
  const auto step = line.take(letter.bytes, number_of(letter.from), state.now[letter.to]);
  if (!step) return complain("a signal is not read");
  carry_out(state, letter.to, *step);
}

/// The same offer, when its caller has long given up.
CallSetupSearch::Letter CallSetupSearch::aged(const Letter& letter, Instant now) {
  auto signal = *read_call_signal(letter.bytes);
  signal.at = now - too_late;
  Letter late = letter;
  if (!write_call_signal(late.bytes, signal)) complain("a signal cannot be written");
  return late;
}

void CallSetupSearch::network(const State& state, std::size_t depth) {
  for (std::size_t i = 0; i < state.letters.size(); ++i) {
    const Letter& letter = state.letters[i];
    Move move{"is heard", letter.from, letter.to, letter.bytes[1]};
    State without = state;
    without.letters.erase(without.letters.begin() + static_cast<std::ptrdiff_t>(i));
    State next = without;
    deliver(next, letter);
    go_on(next, move, depth);
    if (state.repeats < limits_.repeats) {
      State again = state;
      ++again.repeats;
      deliver(again, letter);
      move.what = "is heard, and will be again";
      go_on(again, move, depth);
    }
    if (letter.bytes[1] == static_cast<std::uint8_t>(CallSignalKind::offer) &&
        state.late < limits_.late) {
      State held = without;
      ++held.late;
      deliver(held, aged(letter, state.now[letter.to]));
      move.what = "is heard a day late";
      go_on(held, move, depth);
    }
    if (state.losses < limits_.losses) {
      ++without.losses;
      move.what = "is not heard";
      go_on(without, move, depth);
    }
  }
}

void CallSetupSearch::time(const State& state, std::size_t depth) {
  const bool hurries = !state.letters.empty();
  if (hurries && state.hurries == limits_.hurries) return;
  for (std::size_t device = 0; device < devices; ++device) {
    const auto due = state.lines[device].next_deadline();
    if (!due) continue;
    State next = state;
    next.now[device] = *due;
    if (hurries) ++next.hurries;
    carry_out(next, device, next.lines[device].tick(*due));
    go_on(next, {"sees time pass", static_cast<std::uint8_t>(device)}, depth);
  }
}

bool CallSetupSearch::is_quiet(const State& state) {
  return state.letters.empty() && std::ranges::none_of(state.lines, [](const auto& line) {
           return line.next_deadline().has_value();
         });
}

void CallSetupSearch::check(const State& state) {
  using enum CallState;
  for (std::size_t device = 0; device < devices; ++device) {
    const auto& line = state.lines[device];
    const bool talks = line.state() == talking_out || line.state() == talking_in;
    if (!talks && line.state() != idle && !line.deadline())
      complain("a state that nothing leads out of");
    if (line.state() == talking_in) {
      const auto found = state.confirmed.find(line.id());
      if (found == state.confirmed.end() || found->second != device)
        complain("a device talks that was not confirmed");
    }
    if (line.state() == idle && line.candidate()) complain("an answer waits for no call");
  }
  if (state.lines[1].state() == talking_in && state.lines[2].state() == talking_in &&
      state.lines[1].id() == state.lines[2].id())
    complain("two devices talk in one call");
  if (!is_quiet(state)) return;
  ++figures_->quiet;
  std::size_t talking = 0;
  for (std::size_t device = 0; device < devices; ++device) {
    const auto& line = state.lines[device];
    if (line.state() == idle) continue;
    ++talking;
    const auto& other = state.lines[device == 0 ? line.peer() - 1 : 0];
    const bool mutual =
        other.id() == line.id() && ((line.state() == talking_out && other.state() == talking_in) ||
                                    (line.state() == talking_in && other.state() == talking_out));
    // When a hang-up is lost, all that is left is that no media come [CS-4-2].
    const bool is_over_there = state.losses > 0 && other.is_past(line.id());
    if (!mutual && !is_over_there) complain("one end talks, and the other does not");
    if (!mutual) ++figures_->one_sided;
  }
  if (talking > 0) ++figures_->connected;
}

/// Nobody does anything more, nothing is lost: it must become quiet.
void CallSetupSearch::settle(State state) {
  ++figures_->settled;
  for (int steps = 0; steps < 400; ++steps) {
    if (!state.letters.empty()) {
      const Letter first = state.letters.front();
      state.letters.erase(state.letters.begin());
      deliver(state, first);
      continue;
    }
    std::size_t soonest = devices;
    for (std::size_t device = 0; device < devices; ++device)
      if (state.lines[device].next_deadline()) soonest = device;
    if (soonest == devices) return check(state);
    state.now[soonest] = *state.lines[soonest].next_deadline();
    carry_out(state, soonest, state.lines[soonest].tick(state.now[soonest]));
  }
  complain("it never becomes quiet");
}

/// The same for two states that differ in nothing but how late it is: of the times at which a
/// device called or answered only the order counts, of its timers only how long they still run.
CallSetupSearch::Hash CallSetupSearch::hash_of(const State& state) {
  std::array<std::set<Instant>, devices> known;  // by the clock of each device
  for (std::size_t device = 0; device < devices; ++device) {
    const auto& line = state.lines[device];
    known[device].insert(state.now[device]);
    if (line.state() != CallState::idle) known[device].insert(line.at());
    if (has_peer(line)) known[line.peer() - 1].insert(line.peer_at());
    if (line.candidate()) known[*line.candidate() - 1].insert(line.candidate_at());
  }
  for (const Letter& letter : state.letters)
    known[letter.from].insert(read_call_signal(letter.bytes)->at);
  std::vector<std::uint8_t> key;
  const auto number = [&](std::int64_t value) {
    for (int shift = 0; shift < 16; shift += 8)
      key.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  const auto rank = [&](std::size_t device, Instant when) {
    number(std::distance(known[device].begin(), known[device].find(when)));
  };
  const auto name = [&](const CallId& id) {
    key.insert(key.end(), &id.bytes()[0], &id.bytes()[3]);
  };
  for (std::size_t device = 0; device < devices; ++device) {
    const auto& line = state.lines[device];
    const auto left = [&](const std::optional<Instant>& when) {
      number(when ? (*when - state.now[device]).count() : -1);
    };
    key.push_back(static_cast<std::uint8_t>(line.state()));
    rank(device, state.now[device]);
    if (line.state() != CallState::idle) {
      name(line.id());
      rank(device, line.at());
    }
    if (has_peer(line)) {
      number(line.peer());
      rank(line.peer() - 1, line.peer_at());
    }
    if (line.state() == CallState::calling)
      for (const std::uint32_t rejected : line.rejected()) number(rejected);
    number(line.candidate() ? static_cast<std::int64_t>(*line.candidate()) : -1);
    if (line.candidate()) rank(*line.candidate() - 1, line.candidate_at());
    std::vector<CallId> past(line.past().begin(), line.past().end());
    std::ranges::sort(past);
    number(static_cast<std::int64_t>(past.size()));
    for (const CallId& id : past) name(id);
    number(static_cast<std::int64_t>(line.farewells().size()));
    left(line.deadline());
    left(line.repeat_at());
    for (const auto& farewell : line.farewells()) {
      key.push_back(static_cast<std::uint8_t>(farewell.delivery.to));
      key.push_back(static_cast<std::uint8_t>(farewell.delivery.device));
      name(farewell.delivery.signal.id);
      key.push_back(static_cast<std::uint8_t>(farewell.delivery.signal.reason));
      left(farewell.next);
      left(farewell.until);
    }
    key.push_back(state.placed[device]);
  }
  for (const Letter& letter : state.letters) {
    const auto signal = read_call_signal(letter.bytes);
    key.insert(key.end(), {letter.from, letter.to, letter.bytes[1],
                           static_cast<std::uint8_t>(signal->reason)});
    name(signal->id);
    rank(letter.from, signal->at);
  }
  for (const auto& [id, device] : state.confirmed) {
    name(id);
    key.push_back(device);
  }
  key.insert(key.end(), {state.losses, state.repeats, state.hurries, state.late, state.hang_ups,
                         state.refusals});
  const auto digest = crypto::sha256(key);
  Hash hash;
  std::memcpy(hash.data(), digest.data(), sizeof hash);
  return hash;
}

}  // namespace sotto::prop
