// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

namespace {

std::string grouped(std::span<const char, 60> digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && i % 5 == 0) text += ' ';
    text += digits[i];
  }
  return text;
}

SafetyComparison scan(const AccountNumber& ours, const AccountNumber& theirs) {
  return need(compare_account_number(ours, theirs.scannable), "comparing");
}

RosterClaim newest(Seat& seat, const UserId& user) {
  return need(seat.messenger().roster(user), "a list")->newest()->claim();
}

/// A list of Alice's with one device more, signed by whoever has the tablet's key.
Blob with_ghost(World& world) {
  const auto ghost = need(IdentityKeyPair::generate(world.entropy), "a ghost");
  const auto claim =
      need(claim_device(world.alice_user, DeviceId{3}, ghost, world.entropy), "a claim");
  const auto known = need(world.tablet.messenger().roster(world.alice_user), "a list");
  const auto list =
      need(known->newest()->add(claim, world.tablet.keys().identity, world.now(), world.entropy),
           "a list");
  Blob bytes(list.size_bytes());
  static_cast<void>(need(list.write(bytes), "a list"));
  return bytes;
}

}  // namespace

void tell_number(World& world, Teller& teller) {
  teller.chapter("Safety number");
  const auto hers = world.phone.number(world.alice_user, world.bob_user);
  const auto his = world.bob.number(world.bob_user, world.alice_user);
  const std::string digits = grouped(hers.digits);
  teller.line("both phones", digits.substr(0, 35));
  teller.say("             " + digits.substr(36));
  const bool same = hers.digits == his.digits && scan(hers, his) == SafetyComparison::same &&
                    scan(his, hers) == SafetyComparison::same;
  if (same) {
    need(world.phone.messenger().mark_compared(world.bob_user, newest(world.phone, world.bob_user)),
         "marking");
    need(world.bob.messenger().mark_compared(world.alice_user, newest(world.bob, world.alice_user)),
         "marking");
  }
  teller.check("read aloud and scanned, over all three devices: the same", same);
}

void tell_ghost(World& world, const Talks& talks, Teller& teller) {
  teller.chapter("Ghost device");
  const std::uint64_t next = newest(world.phone, world.alice_user).number + 1;
  world.hub.deceive(world.bob_user, world.alice_user, next, with_ghost(world));
  teller.line("somebody", "had the tablet for a minute, and shows Bob a list with a third device");
  static_cast<void>(world.heard(world.phone));
  const auto taken = world.bob.member().fetch(world.alice_user);
  const bool told = taken && taken->news.event == RosterEvent::extended &&
                    taken->news.changes().size() == 1 &&
                    taken->news.changes()[0].kind == RosterChangeKind::added &&
                    taken->news.changes()[0].by == DeviceId{2};
  teller.check("Bob is told: a device was added, and Alice's tablet signed it", told);
  const std::size_t before = world.hub.kept().size();
  world.say(world.bob, talks.private_talk, "Is that third device yours?");
  std::size_t to_ghost = 0;
  for (std::size_t i = before; i < world.hub.kept().size(); ++i)
    if (world.hub.kept()[i].key.to == UserDevice{world.alice_user, DeviceId{3}}) ++to_ghost;
  teller.check("what he says to the two devices does not go there", to_ghost == 0,
               of(to_ghost, world.hub.kept().size() - before));
  const auto heard = world.heard(world.phone);
  const bool suspects = heard.size() == 1 && heard[0].notices.has(Notice::our_roster_ahead);
  world.wait(roster_grace + std::chrono::milliseconds(1));
  const auto fetched = world.phone.member().fetch(world.alice_user);
  teller.check("Alice's phone hears of a list that it cannot find: an hour on, a ghost device",
               suspects && fetched && fetched->notices.has(Notice::ghost_device));
  const auto hers = world.phone.number(world.alice_user, world.bob_user);
  const auto his = world.bob.number(world.bob_user, world.alice_user);
  teller.check("their numbers differ now, and scanning says on whose side: Alice's",
               scan(hers, his) == SafetyComparison::ours_differs &&
                   scan(his, hers) == SafetyComparison::theirs_differs);
}

}  // namespace sotto::story
