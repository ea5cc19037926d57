// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lists of devices beside a slow twin.
#include "generators.hpp"
#include "roster_world.hpp"

namespace sotto::prop {
namespace {

/// A user who has had devices for a while; made once, for the signatures take their time.
const RosterWorld::Beginning& beginning(std::uint64_t seed) {
  static std::map<std::uint64_t, RosterWorld::Beginning> made;
  auto found = made.find(seed);
  if (found == made.end()) found = made.emplace(seed, RosterWorld::beginning(seed)).first;
  return found->second;
}

/// [RO-1-1] [RO-3-2] [RO-3-3] [RO-4-1] [RO-4-3] [RO-4-4] [RO-4-5] [RO-4-6] [RO-5-1] [RO-5-3]
/// [RO-5-4]
RC_GTEST_PROP(Rosters, all_see_what_the_twin_sees, ()) {
  const auto byte = within<std::uint8_t>(0, 255);
  const auto step = rc::gen::container<RosterStep>(byte);
  const auto steps = *rc::gen::resize(36, rc::gen::container<std::vector<RosterStep>>(step));
  RosterWorld world(beginning(*within<std::uint64_t>(0, 8)));
  for (const RosterStep& each : steps) {
    const auto wrong = world.apply(each);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
}

/// Whatever bit of a chain is altered, nothing that nobody made is ever accepted. [RO-1-4]
RC_GTEST_PROP(Rosters, an_altered_chain_is_never_taken, ()) {
  PlainLists lists(*within<std::uint64_t>(0, 1000));
  RC_ASSERT(lists.begin(0));
  const auto picks =
      *rc::gen::container<std::vector<std::uint32_t>>(3, within<std::uint32_t>(0, 65536));
  for (const std::uint32_t pick : picks) RC_ASSERT(lists.grow(lists.size() - 1, pick));
  std::vector<Buffer> bytes;
  for (std::size_t i = 0; i < lists.size(); ++i) bytes.push_back(lists[i].bytes);
  const auto altered = *within<std::size_t>(0, bytes.size());
  flip(bytes[altered], *bits_of(bytes[altered].size()));
  const std::vector<Bytes> views(bytes.begin(), bytes.end());
  KnownRoster fresh(lists.user());
  // One list alone whose number was altered is a later one, whose beginning is asked for.
  const auto seen = fresh.consider(views, Instant{});
  const bool asks = !seen || (lists.size() == 1 && seen->event == RosterEvent::gap);
  RC_ASSERT(asks);
  RC_ASSERT(fresh.newest() == nullptr);
  KnownRoster known(lists.user());
  const Buffer zero = lists[0].bytes;
  const Bytes first[] = {zero};
  RC_ASSERT(known.consider(first, Instant{}));
  const auto news = known.consider(views, Instant{});
  // List 0 is known already: its signature is not looked at again.
  const bool in_vain = altered == 0 || !news || news->event == RosterEvent::reset;
  RC_ASSERT(in_vain);
  const bool genuine = known.claim().hash == lists[known.claim().number].hash;
  RC_ASSERT(genuine);
}

}  // namespace
}  // namespace sotto::prop
