// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>

#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

Talks tell_devices(World& world, Teller& teller) {
  Talks talks;
  teller.chapter("Devices");
  talks.open =
      world.begin(ChosenDevices::all(world.alice_user), ChosenDevices::all(world.bob_user));
  world.say(world.phone, talks.open, "Are we still on for tonight?");
  world.say(world.bob, talks.open, "Yes. Eight o'clock?");
  world.say(world.tablet, talks.open, "Eight it is.");
  teller.line("Alice's phone, Bob, Alice's tablet", "three texts in a conversation of all devices");
  const auto here = world.bob.shown(talks.open);
  teller.check("all three devices show the same, in one order",
               here.size() == 3 && here == world.phone.shown(talks.open) &&
                   here == world.tablet.shown(talks.open),
               of(here.size(), 3));

  teller.chapter("Two of them");
  const std::array<DeviceId, 1> one{DeviceId{1}};
  talks.private_talk =
      world.begin(need(ChosenDevices::only(world.alice_user, one), "Alice's phone"),
                  need(ChosenDevices::only(world.bob_user, one), "Bob's phone"));
  const std::size_t before = world.hub.kept().size();
  world.say(world.phone, talks.private_talk, "Not on the tablet: the children read it.");
  world.say(world.bob, talks.private_talk, "The bicycle is in my cellar.");
  teller.line("Alice's phone, Bob", "two texts in a conversation of these two devices");
  std::size_t sent = 0;
  std::size_t opened = 0;
  const std::size_t after = world.hub.kept().size();
  for (std::size_t i = before; i < after; ++i) {
    const talk::Parcel parcel = world.hub.kept()[i];
    if (parcel.key.to == world.tablet.self()) ++sent;
    // What the service delivers to the wrong device.
    Blob room(parcel.bytes.size());
    if (world.tablet.messenger().receive(room, parcel.envelope(), world.entropy, world.now()))
      ++opened;
  }
  teller.check("the tablet got nothing, and opens nothing that the service kept",
               after - before == 2 && sent == 0 && opened == 0 &&
                   world.bob.shown(talks.private_talk).size() == 2 &&
                   world.phone.shown(talks.private_talk).size() == 2,
               of(sent + opened, after - before));
  return talks;
}

}  // namespace sotto::story
