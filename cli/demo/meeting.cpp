// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/meeting.hpp"

#include <algorithm>

#include <sotto/group_code.hpp>

#include "demo/failure.hpp"
#include "demo/link.hpp"

namespace sotto::demo {
namespace {

CallId new_id(Entropy& entropy) {
  std::array<std::uint8_t, CallId::size_bytes> id{};
  need(entropy.fill(id), "a call id");
  return CallId(id);
}

}  // namespace

Meeting::Meeting(std::size_t people) : id_(new_id(entropy_)), now_(demo::now()) {
  for (std::size_t n = 0; n < people; ++n)
    seats_.push_back({"member " + std::to_string(n),
                      std::make_unique<Person>(static_cast<std::uint32_t>(n) + 1), std::nullopt});
  const Content hello{Kind::text, {'h', 'i'}};
  for (std::size_t a = 0; a < people; ++a)
    for (std::size_t b = a + 1; b < people; ++b) {
      Seat& one = seats_[a];
      Seat& other = seats_[b];
      one.person->connect(other.name, other.person->publish());
      static_cast<void>(need(other.person->read(one.name, one.person->write(other.name, hello)),
                             "a member's first message"));
    }
}

MemberId Meeting::member(std::size_t who) const {
  std::array<std::uint8_t, MemberIdentity::size_bytes> identity{};
  std::ranges::copy(seats_[who].person->identity().bytes(), identity.begin());
  return {MemberIdentity(identity), 1};
}

std::size_t Meeting::seat_of(const MemberId& wanted) const {
  for (std::size_t who = 0; who < seats_.size(); ++who)
    if (member(who) == wanted) return who;
  throw Failure("a message for nobody in the group");
}

void Meeting::see(const std::vector<std::size_t>& in_call) {
  in_call_ = in_call;
  ++number_;
  std::vector<MemberId> roster;
  for (const std::size_t who : in_call) roster.push_back(member(who));
  for (const std::size_t who : in_call) {
    std::optional<GroupCall>& call = seats_[who].call;
    if (call)
      need(call->set_roster(number_, roster, entropy_, now_), "a new list of members");
    else
      call =
          need(GroupCall::create({.id = id_, .self = member(who)}, number_, roster, entropy_, now_),
               "joining the group call");
  }
  exchange();
}

void Meeting::pass(std::chrono::milliseconds time) {
  now_ += time;
  for (const std::size_t who : in_call_) need(seats_[who].call->tick(now_), "time");
  exchange();
}

/// Until nobody has anything to say. All who are in the call deliver; who left hears nothing.
void Meeting::exchange() {
  std::array<std::uint8_t, group_max_message_bytes> room{};
  for (bool quiet = false; !quiet;) {
    quiet = true;
    for (const std::size_t from : in_call_) {
      const auto said = need(seats_[from].call->next_message(room), "a key message");
      if (!said) continue;
      quiet = false;
      ++messages_;
      Seat& to = seats_[seat_of(said->to)];
      const Letter letter = seats_[from].person->write(
          to.name, {Kind::group, Blob(said->bytes.begin(), said->bytes.end())});
      const auto read = need(to.person->read(seats_[from].name, letter), "a key message");
      need(to.call->take(member(from), read.body, entropy_, now_), "a key message");
    }
  }
  wipe(room);
}

std::vector<Meeting::Sealed> Meeting::speak(std::uint32_t count) {
  std::vector<Sealed> all;
  for (const std::size_t from : in_call_)
    for (std::uint32_t n = 0; n < count; ++n) {
      Blob plain(160);
      need(entropy_.fill(plain), "a frame");
      Blob frame(seats_[from].call->max_sealed_size(plain.size()));
      const auto sealed = need(seats_[from].call->seal(frame, {}, plain, now_), "a frame");
      frame.resize(sealed.size());
      all.push_back({from, std::move(plain), std::move(frame)});
    }
  return all;
}

std::size_t Meeting::opened_by(std::size_t who, const std::vector<Sealed>& frames) {
  std::size_t count = 0;
  for (const Sealed& one : frames) {
    if (one.from == who) continue;
    Blob out(one.frame.size());
    const auto opened = seats_[who].call->open(member(one.from), out, {}, one.frame, now_);
    if (opened && std::ranges::equal(*opened, one.plain)) ++count;
  }
  return count;
}

std::size_t Meeting::heard(const std::vector<Sealed>& frames) {
  std::size_t count = 0;
  for (const std::size_t who : in_call_) count += opened_by(who, frames);
  return count;
}

std::vector<CallCode> Meeting::codes(std::optional<std::size_t> stranger) {
  const auto members = static_cast<std::uint32_t>(in_call_.size());
  std::vector<std::size_t> order = in_call_;
  std::ranges::sort(order, {}, [&](std::size_t who) { return member(who); });
  std::vector<GroupCode> rounds;
  for (std::uint32_t n = 0; n < members; ++n) {
    const RosterHash seen =
        order[n] == stranger ? RosterHash{} : seats_[order[n]].call->roster_hash();
    rounds.push_back(need(GroupCode::create(id_, seen, members, n, entropy_), "a group's code"));
  }
  for (std::uint32_t to = 0; to < members; ++to)
    for (std::uint32_t from = 0; from < members; ++from)
      if (from != to)
        need(rounds[to].take_commitment(from, rounds[from].commitment()), "a commitment");
  for (std::uint32_t to = 0; to < members; ++to)
    for (std::uint32_t from = 0; from < members; ++from)
      // Refused when the two see other members; then there is no code.
      if (from != to)
        static_cast<void>(rounds[to].take_reveal(from, need(rounds[from].reveal(), "a nonce")));
  std::vector<CallCode> codes;
  for (const GroupCode& round : rounds)
    if (const auto code = round.code()) codes.push_back(*code);
  return codes;
}

}  // namespace sotto::demo
