// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lists of devices. The first byte chooses: the rest is a list, a row of what is known of one, a
/// watch or a claim, and is written again as it was when it is read; or a script of lists that
/// onlookers are shown, who must see what their slow twins see.
#include "conversation/roster_form.hpp"
#include "input.hpp"
#include "roster_world.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;

constexpr Instant noon{std::chrono::hours(12)};

void list(Bytes bytes) {
  const auto read = read_roster(bytes);
  if (!read) return;
  Buffer room(roster_max_bytes);
  const auto again = conversation::write_roster(room, *read);
  require(again && std::ranges::equal(*again, bytes), "a list is written otherwise");
  // Whoever knows nothing takes it only as a list 0 that its device signed.
  KnownRoster known(read->user);
  const auto news = known.consider({&bytes, 1}, noon);
  const auto first = Roster::verify_first(*read);
  const bool taken = known.newest() != nullptr;
  require(taken == first.has_value(), "a list is taken that is not signed, or not taken");
  require(taken == (news && news->event == RosterEvent::first), "taken without an event");
}

Buffer row_of(const KnownRoster& known) {
  Buffer row(known.saved_bytes());
  require(known.save(row).has_value(), "what is known cannot be saved");
  return row;
}

void row(Input in) {
  const auto bit = in.number(2);
  const Bytes bytes = in.rest();
  const auto loaded = KnownRoster::load(bytes);
  if (!loaded) return;
  require(std::ranges::equal(row_of(*loaded), bytes), "a row is saved otherwise");
  const RosterClaim claim = loaded->claim();
  require(loaded->compare(claim) == RosterSight::same, "our own claim is not ours");
  RosterWatch watch;
  require(watch.hear(*loaded, claim, noon, noon) == RosterWarning::none, "a warning of ourselves");
  static_cast<void>(watch.hear(*loaded, {claim.number - 1, claim.hash}, Instant::max(), noon));
  static_cast<void>(watch.hear(*loaded, {claim.number + 1, claim.hash}, noon, Instant::max()));
  static_cast<void>(watch.fetched(*loaded, Instant::max()));
  if (loaded->newest() == nullptr) return;

  KnownRoster known = *loaded;
  Buffer newest(known.newest()->size_bytes());
  require(known.newest()->write(newest).has_value(), "the newest list cannot be written");
  const Bytes chain[] = {newest};
  const auto same = known.consider(chain, noon);
  require(same && same->event == RosterEvent::same, "our newest list is news");
  newest[bit / 8 % newest.size()] ^= static_cast<std::uint8_t>(1U << bit % 8);
  static_cast<void>(known.consider(chain, noon));
  require(std::ranges::equal(row_of(known), bytes), "an altered list changes something");
}

void small(Bytes bytes) {
  if (const auto watch = RosterWatch::load(bytes))
    require(std::ranges::equal(watch->save(), bytes), "a watch is saved otherwise");
  const auto claim = read_device_claim(bytes);
  if (!claim) return;
  Buffer room(device_claim_bytes);
  const auto again = write_device_claim(room, *claim);
  require(again && std::ranges::equal(*again, bytes), "a claim is written otherwise");
}

void script(Input in) {
  prop::RosterWorld world(prop::RosterWorld::beginning(in.byte() % 8));
  for (int steps = 0; !in.empty() && steps < 60; ++steps)
    require(world.apply(in.array<std::tuple_size_v<prop::RosterStep>>()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  switch (in.byte() % 4) {
    case 0:
      list(in.rest());
      break;
    case 1:
      row(in);
      break;
    case 2:
      small(in.rest());
      break;
    default:
      script(in);
      break;
  }
  return 0;
}
