// SPDX-License-Identifier: MIT OR Apache-2.0
/// Members of a group call and what is on its way between them, for tests.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include <sotto/group_call.hpp>

#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::call {

using Buffer = std::vector<std::uint8_t>;

/// Member `n`: 0 and above.
inline MemberId member(std::uint32_t n) {
  std::array<std::uint8_t, MemberIdentity::size_bytes> identity{};
  identity[0] = static_cast<std::uint8_t>(n * 37 >> 8);  // not in the order of n
  identity[1] = static_cast<std::uint8_t>(n * 37);
  identity[2] = static_cast<std::uint8_t>(n >> 8);
  identity[3] = static_cast<std::uint8_t>(n);
  return {MemberIdentity(identity), n % 3};
}

inline std::vector<MemberId> members(std::initializer_list<std::uint32_t> numbers) {
  std::vector<MemberId> all;
  for (const auto n : numbers) all.push_back(member(n));
  return all;
}

/// One call with an honest network, unless a test takes letters away.
class Meeting {
 public:
  struct Letter {
    MemberId from;
    MemberId to;
    Buffer bytes;
  };

  explicit Meeting(SframeSuite with = SframeSuite::aes_256_gcm_sha512_128) : suite(with) {}

  GroupTerms terms(std::uint32_t n) const {
    std::array<std::uint8_t, CallId::size_bytes> id;
    id.fill(0x5c);
    return {CallId(id), suite, member(n)};
  }
  /// Somebody joins, for themselves: the others learn of it by `tell`.
  GroupCall& enter(std::uint32_t n, const std::vector<MemberId>& roster) {
    calls.erase(member(n));
    auto made = GroupCall::create(terms(n), number, roster, tape, now);
    return calls.emplace(member(n), *std::move(made)).first->second;
  }
  /// All members see this roster from now on, newcomers enter.
  void see(std::initializer_list<std::uint32_t> numbers) {
    ++number;
    const auto roster = members(numbers);
    for (const auto n : numbers) {
      if (!calls.contains(member(n)))
        enter(n, roster);
      else if (!calls.at(member(n)).set_roster(number, roster, tape, now))
        failed = true;
    }
    collect();
  }
  GroupCall& at(std::uint32_t n) { return calls.at(member(n)); }

  /// What everybody has to say goes on its way.
  void collect() {
    Buffer room(group_max_message_bytes);
    for (auto& [who, call] : calls)
      while (const auto said = *call.next_message(room)) {
        letters.push_back({who, said->to, Buffer(said->bytes.begin(), said->bytes.end())});
        ++messages;
        bytes += said->bytes.size();
      }
  }
  /// The error of the letter that was refused last, if any was.
  std::optional<Error> deliver() {
    std::optional<Error> refused;
    while (!letters.empty()) {
      const Letter letter = letters.front();
      letters.pop_front();
      const auto to = calls.find(letter.to);
      if (to == calls.end()) continue;
      const auto taken = to->second.take(letter.from, letter.bytes, tape, now);
      if (!taken) refused = taken.error();
      collect();
    }
    return refused;
  }

  Buffer seal(std::uint32_t n, std::uint8_t text = 'x') {
    const Buffer plain(20, text);
    Buffer out(at(n).max_sealed_size(plain.size()));
    const auto sealed = at(n).seal(out, metadata, plain, now);
    out.resize(sealed ? sealed->size() : 0);
    return out;
  }
  /// Nothing when it opens.
  std::optional<Error> open(std::uint32_t n, std::uint32_t from, const Buffer& frame) {
    Buffer out(frame.size());
    return testing::error_of(at(n).open(member(from), out, metadata, frame, now));
  }
  /// Whether everybody opens everybody's next frame.
  bool all_hear_all(std::initializer_list<std::uint32_t> numbers) {
    bool good = true;
    for (const auto from : numbers) {
      const Buffer frame = seal(from);
      for (const auto to : numbers)
        if (to != from && open(to, from, frame)) good = false;
    }
    return good;
  }

  SframeSuite suite;
  testing::TapeEntropy tape{7};
  Instant now{std::chrono::hours(100)};
  std::uint64_t number = 0;
  std::map<MemberId, GroupCall> calls;
  std::deque<Letter> letters;
  Buffer metadata = Buffer(3, 1);
  std::size_t messages = 0;
  std::size_t bytes = 0;
  bool failed = false;
};

}  // namespace sotto::call
