// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>

#include <sotto/content_body.hpp>

#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

namespace {

constexpr std::uint32_t lifetime_s = 30;

/// How many of the rows stand in the files of a device.
std::size_t found(const Seat& seat, const std::map<Blob, Blob>& rows) {
  const Blob disk = seat.bytes_on_disk();
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [&](const auto& row) { return holds(disk, row.second); }));
}

/// Rows that were there before, and are not there any more, or have another value.
std::map<Blob, Blob> gone(const std::map<Blob, Blob>& before, const std::map<Blob, Blob>& after) {
  std::map<Blob, Blob> all;
  for (const auto& [key, value] : before) {
    const auto still = after.find(key);
    if (still == after.end() || still->second != value) all.emplace(key, value);
  }
  return all;
}

/// Bob's app says which message it showed; Alice's hears of it.
void read_by_bob(World& world, const Talks& talks, const MessageId& message) {
  const MessageName name{world.alice_user, message};
  need(world.bob.messenger().read(talks.private_talk, name, world.now()), "reading");
  const std::array ids{message};
  Blob room(64);
  const auto body = need(write_receipt(room, ids), "a receipt");
  world.send(world.bob, talks.private_talk, ContentKind::read_receipt, body);
  for (const Heard& heard : world.heard(world.phone))
    if (heard.head.kind == ContentKind::read_receipt)
      need(world.phone.messenger().read(talks.private_talk, name, world.now()), "a receipt");
}

}  // namespace

void tell_timer(World& world, const Talks& talks, Teller& teller) {
  teller.chapter("Disappearing");
  const TimerSetting timer{TimerType::after_read, lifetime_s, world.now()};
  const MessageId message =
      world.say(world.phone, talks.private_talk, "The code of the lock is 4711.", timer);
  teller.line("Alice's phone", "a text that lives 30 s once it was read");
  const std::size_t with = world.bob.shown(talks.private_talk).size();
  read_by_bob(world, talks, message);
  const std::array seats{&world.phone, &world.bob};
  std::array<std::map<Blob, Blob>, 2> before{world.phone.rows(), world.bob.rows()};

  world.wait(std::chrono::milliseconds(std::chrono::seconds(lifetime_s)) -
             std::chrono::milliseconds(1));
  std::size_t too_early = 0;
  for (Seat* seat : seats) too_early += seat->member().tick().size();
  world.wait(std::chrono::milliseconds(1));

  std::size_t erased = 0;
  std::size_t rows = 0;
  std::size_t control = 0;
  std::size_t left = 0;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    before[i] = seats[i]->rows();  // The clock may have been stored meanwhile.
    const std::size_t all = found(*seats[i], before[i]);
    erased += seats[i]->member().tick().size();
    const auto missing = gone(before[i], seats[i]->rows());
    rows += missing.size();
    control += all == before[i].size() ? missing.size() : 0;
    left += found(*seats[i], missing);
  }
  teller.check("30 s later both have erased it; a moment before, neither",
               erased == 2 && too_early == 0 &&
                   world.bob.shown(talks.private_talk).size() == with - 1 &&
                   world.phone.shown(talks.private_talk).size() == with - 1,
               of(erased, 2));
  teller.check("no sealed row of it is left in a file", rows > 0 && control == rows && left == 0,
               of(left, rows) + "; the search found " + of(control, rows) + " before");
}

}  // namespace sotto::story
