// SPDX-License-Identifier: MIT OR Apache-2.0
/// What one member of a group call pays when somebody joins or leaves, by how many are in the call;
/// and how many messages and bytes that makes. Frames cost what those of bench_sframe do.
#include <optional>
#include <span>

#include <sotto/group_call.hpp>

#include "media.hpp"

namespace sotto::bench {
namespace {

MemberId member(std::uint32_t number) {
  std::array<std::uint8_t, MemberIdentity::size_bytes> identity{};
  for (std::size_t i = 0; i < 4; ++i) identity[i] = static_cast<std::uint8_t>(number >> 8 * i);
  return {MemberIdentity(identity), 1};
}

std::vector<MemberId> everybody(std::int64_t count) {
  std::vector<MemberId> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(member(static_cast<std::uint32_t>(i)));
  return all;
}

/// One member, and what it says.
struct Member {
  SystemEntropy entropy;
  Instant now{std::chrono::hours(1)};
  std::uint64_t number = 1;
  Buffer room = Buffer(group_max_message_bytes);
  std::size_t messages = 0;
  std::size_t bytes = 0;

  GroupTerms terms(std::uint32_t self) const {
    return {CallId(), SframeSuite::aes_256_gcm_sha512_128, member(self)};
  }
  GroupCall enter(std::uint32_t self, const std::vector<MemberId>& roster) {
    return *GroupCall::create(terms(self), number, roster, entropy, now);
  }
  void say_all(GroupCall& call) {
    messages = bytes = 0;
    while (const auto said = *call.next_message(room)) {
      ++messages;
      bytes += said->bytes.size();
    }
  }
  void count(State& state) const {
    state.counters["messages"] = static_cast<double>(messages);
    state.counters["bytes"] = static_cast<double>(bytes);
  }
};

/// Somebody joins: a step, and one message.
void group_join(State& state) {
  Member us;
  auto roster = everybody(state.range(0) + 1);
  const auto before = std::span(roster).first(roster.size() - 1);
  std::optional<GroupCall> call;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    call = *GroupCall::create(us.terms(0), us.number, before, us.entropy, us.now);
    us.say_all(*call);
    state.ResumeTiming();
    must(call->set_roster(++us.number, roster, us.entropy, us.now).has_value(), "join");
    us.say_all(*call);
  }
  us.count(state);
}

/// Somebody leaves: a new key, and a message to everybody.
void group_leave(State& state) {
  Member us;
  auto roster = everybody(state.range(0));
  const auto after = std::span(roster).first(roster.size() - 1);
  std::optional<GroupCall> call;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    call = *GroupCall::create(us.terms(0), us.number, roster, us.entropy, us.now);
    us.say_all(*call);
    state.ResumeTiming();
    must(call->set_roster(++us.number, after, us.entropy, us.now).has_value(), "leave");
    us.say_all(*call);
  }
  us.count(state);
}

/// The newcomer: its own key to everybody, and the key of everybody taken.
void group_enter(State& state) {
  Member us;
  const auto roster = everybody(state.range(0));
  std::vector<Buffer> said;
  for (std::uint32_t other = 1; other < roster.size(); ++other) {
    auto call = us.enter(other, std::vector{member(0), member(other)});
    const auto message = *call.next_message(us.room);
    said.emplace_back(message->bytes.begin(), message->bytes.end());
  }
  for ([[maybe_unused]] auto _ : state) {
    auto call = us.enter(0, roster);
    us.say_all(call);
    for (std::uint32_t other = 1; other < roster.size(); ++other)
      must(call.take(member(other), said[other - 1], us.entropy, us.now).has_value(), "take");
  }
  us.count(state);
}

BENCHMARK(group_join)->Arg(2)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(group_leave)->Arg(2)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(group_enter)->Arg(2)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace sotto::bench
