// SPDX-License-Identifier: MIT OR Apache-2.0
#include "group_talk.hpp"

#include <algorithm>

namespace sotto::prop {
namespace {

using std::chrono::milliseconds;

MemberId member(std::uint32_t n) {
  std::array<std::uint8_t, MemberIdentity::size_bytes> identity{};
  identity[0] = static_cast<std::uint8_t>(n * 91);
  return {MemberIdentity(identity), n};
}

std::vector<MemberId> members_of(const std::set<std::uint32_t>& numbers) {
  std::vector<MemberId> all;
  for (const std::uint32_t n : numbers) all.push_back(member(n));
  return all;
}

}  // namespace

GroupTalk::GroupTalk(std::uint64_t seed) : tape_(seed) {
  enter(0);
  enter(1);
}

/// `who` comes into the call, or comes back into it after a crash.
void GroupTalk::enter(std::uint32_t who) {
  Person& person = people_[who];
  if (!person.in) {
    person.in = true;
    ++server_.number;
    server_.members.insert(who);
    announce();
  }
  now_ += milliseconds(1);
  const GroupTerms terms{CallId(), SframeSuite::aes_128_gcm_sha256_128, member(who)};
  person.call = *GroupCall::create(terms, server_.number, members_of(server_.members), tape_, now_);
  person.view = server_;
  person.coming.clear();
  person.audience.clear();
  person.leaves.clear();
  person.opened.clear();
  for (const std::uint32_t other : server_.members) {
    person.audience[other] = std::nullopt;
    person.met[other] = server_.number;
  }
  collect();
}

void GroupTalk::announce() {
  for (const std::uint32_t who : server_.members) people_[who].coming.push_back(server_);
}

void GroupTalk::leave(std::uint32_t who) {
  if (!people_[who].in || server_.members.size() == 1) return;
  people_[who].in = false;
  people_[who].coming.clear();
  ++server_.number;
  server_.members.erase(who);
  announce();
}

GroupTalk::Complaint GroupTalk::see(std::uint32_t who, std::size_t which) {
  Person& person = people_[who];
  if (person.coming.empty()) return {};
  which %= person.coming.size();
  const View view = person.coming[which];
  person.coming.erase(person.coming.begin() + static_cast<std::ptrdiff_t>(which));
  const auto set = person.call->set_roster(view.number, members_of(view.members), tape_, now_);
  if (view.number <= person.view.number)
    return set || set.error() != Error::replayed ? "an older roster is taken" : "";
  if (!set) return "a roster is not taken";
  Leave leave{view.number, now_, {}};
  for (const std::uint32_t before : person.view.members) {
    if (view.members.contains(before)) continue;
    leave.who.insert(before);
    person.audience[before] = now_ + group_switch_delay;
  }
  if (!leave.who.empty()) person.leaves.push_back(leave);
  for (const std::uint32_t after : view.members) {
    person.audience[after] = std::nullopt;
    person.met[after] = view.number;
  }
  person.view = view;
  collect();
  return {};
}

void GroupTalk::collect() {
  Buffer room(group_max_message_bytes);
  for (std::uint32_t who = 0; who < people; ++who) {
    auto& call = people_[who].call;
    if (!call || !people_[who].in) continue;
    while (const auto said = *call->next_message(room)) {
      std::uint32_t to = 0;
      while (member(to) != said->to) ++to;
      letters_.push_back({who, to, Buffer(said->bytes.begin(), said->bytes.end())});
    }
  }
}

GroupTalk::Complaint GroupTalk::deliver(std::size_t which, bool keep) {
  which %= letters_.size();
  const Letter letter = letters_[which];
  if (!keep) letters_.erase(letters_.begin() + static_cast<std::ptrdiff_t>(which));
  Person& person = people_[letter.to];
  if (!person.call) return {};
  const auto taken = person.call->take(member(letter.from), letter.bytes, tape_, now_);
  if (!taken && taken.error() != Error::replayed && taken.error() != Error::rosters_differ)
    return "an honest message is refused: " + std::string(name(taken.error()));
  // It came before the roster that it belongs to.
  if (!taken && taken.error() == Error::rosters_differ && !person.coming.empty() && !keep)
    letters_.push_back(letter);
  if (taken && !person.view.members.contains(letter.from))
    return "a message of who is not in the roster is taken";
  collect();
  return {};
}

GroupTalk::Complaint GroupTalk::seal(std::uint32_t who) {
  Person& person = people_[who];
  if (!person.in) return {};
  const Buffer plain{1, static_cast<std::uint8_t>(who)};
  Buffer out(person.call->max_sealed_size(plain.size()));
  const auto sealed = person.call->seal(out, {}, plain, now_);
  if (!sealed) return "a frame is not sealed";
  std::set<std::uint32_t> audience;
  for (const auto& [other, until] : person.audience)
    if (!until || now_ < *until) audience.insert(other);
  frames_.push_back(
      {who, person.view.number, Buffer(sealed->begin(), sealed->end()), std::move(audience)});
  return {};
}

/// Whether the rules allow that `who` opens a frame now.
GroupTalk::Complaint GroupTalk::may_open(std::uint32_t who, std::size_t which) const {
  const Frame& frame = frames_[which];
  const Person& person = people_[who];
  if (person.opened.contains(which)) return "a frame opens twice";
  if (!person.view.members.contains(frame.from)) return "a frame of who is not in the roster opens";
  if (!frame.audience.contains(who))
    return "somebody opens what was sealed before it came or after it was gone";
  for (const Leave& leave : person.leaves) {
    if (frame.view >= leave.number || now_ < leave.at + group_leave_limit) continue;
    // Who came back before the sender saw it leave is none of them, also if it has left again
    // since.
    const auto& met = people_[frame.from].met;
    for (const std::uint32_t gone : leave.who)
      if (frame.audience.contains(gone) && (!met.contains(gone) || met.at(gone) < leave.number))
        return "a key that who left may know still opens";
  }
  return {};
}

GroupTalk::Complaint GroupTalk::open(std::uint32_t who, std::size_t which) {
  which %= frames_.size();
  const Frame& frame = frames_[which];
  Person& person = people_[who];
  if (!person.call || frame.from == who) return {};
  Buffer out(frame.sealed.size());
  const auto opened = person.call->open(member(frame.from), out, {}, frame.sealed, now_);
  if (!opened) {
    ++figures_.refused;
    const bool lacks_key =
        opened.error() == Error::unknown_key || opened.error() == Error::authentication_failed;
    if (lacks_key && person.in) static_cast<void>(person.call->ask(member(frame.from), now_));
    collect();
    return {};
  }
  if (opened->size() != 2 || (*opened)[1] != frame.from) return "a frame opens as another";
  if (auto wrong = may_open(who, which); !wrong.empty()) return wrong;
  person.opened.insert(which);
  ++figures_.opened;
  if (!person.in) ++figures_.eavesdropped;
  return {};
}

GroupTalk::Complaint GroupTalk::pass(milliseconds time) {
  now_ += time;
  for (Person& person : people_) {
    if (!person.call) continue;
    if (!person.call->tick(now_)) return "time does not pass";
    const auto due = person.call->next_deadline();
    if (due && *due <= now_) return "a deadline is not kept";
  }
  collect();
  return {};
}

GroupTalk::Complaint GroupTalk::apply(std::uint8_t what, std::uint8_t which) {
  const std::uint32_t who = which % people;
  constexpr milliseconds times[] = {milliseconds(10), milliseconds(700), milliseconds(2000),
                                    milliseconds(6000)};
  switch (what % 16) {
    case 0:
      if (!people_[who].in) enter(who);
      return {};
    case 1:
      leave(who);
      return {};
    case 2:
      if (people_[who].in) enter(who);  // a crash that the server does not see
      return {};
    case 3:
    case 4:
      return see(who, which / people);
    case 5:
    case 6:
    case 7:
      return letters_.empty() ? Complaint{} : deliver(which, what >= 128);
    case 8:
      if (!letters_.empty())
        letters_.erase(letters_.begin() + static_cast<std::ptrdiff_t>(which % letters_.size()));
      return {};
    case 9:
    case 10:
    case 11:
      return seal(who);
    case 12:
      return pass(times[which % std::size(times)]);
    default:
      // Late frames more often than very late ones.
      if (frames_.empty()) return {};
      return open(who,
                  frames_.size() - 1 - which / people % std::min<std::size_t>(frames_.size(), 24));
  }
}

GroupTalk::Complaint GroupTalk::settle() {
  for (int round = 0; round < 6; ++round) {
    for (std::uint32_t who = 0; who < people; ++who)
      while (!people_[who].coming.empty())
        if (auto wrong = see(who, people_[who].coming.size() - 1); !wrong.empty()) return wrong;
    while (!letters_.empty())
      if (auto wrong = deliver(0, false); !wrong.empty()) return wrong;
    if (auto wrong = pass(milliseconds(2500)); !wrong.empty()) return wrong;
    for (const std::uint32_t from : server_.members) {
      if (auto wrong = seal(from); !wrong.empty()) return wrong;
      for (std::uint32_t to = 0; to < people; ++to)
        if (auto wrong = open(to, frames_.size() - 1); !wrong.empty()) return wrong;
    }
  }
  const std::size_t last = frames_.size() - server_.members.size();
  for (const std::uint32_t who : server_.members)
    for (std::size_t frame = last; frame < frames_.size(); ++frame)
      if (frames_[frame].from != who && !people_[who].opened.contains(frame))
        return "when all is quiet a member does not hear another";
  for (std::uint32_t who = 0; who < people; ++who)
    for (std::size_t frame = last; frame < frames_.size(); ++frame)
      if (!people_[who].in && people_[who].opened.contains(frame))
        return "when all is quiet somebody hears who is not in the call";
  for (const std::uint32_t from : server_.members)
    for (const std::uint32_t to : server_.members)
      if (from != to &&
          !people_[to].call->take(member(from), people_[from].call->roster_note(), tape_, now_))
        return "a note is refused";
  for (const std::uint32_t who : server_.members)
    if (people_[who].call->confirmed() + 1 != server_.members.size())
      return "when all is quiet not all agree on the roster";
  return {};
}

}  // namespace sotto::prop
