// SPDX-License-Identifier: MIT OR Apache-2.0
/// Records and snapshots of what two ends of a ratchet come to hold.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agreement.hpp"
#include "generators.hpp"
#include "session/records.hpp"
#include "session/snapshot_seal.hpp"
#include "testing/ratchet_image.hpp"

namespace sotto::prop {
namespace {

using session::PeerRecord;
using Buffer = std::vector<std::uint8_t>;

constexpr Instant noon(std::chrono::hours(12));

/// Bob's ratchet after Alice's messages arrived as the script says: each byte is how many are lost
/// before one arrives, and every third answer turns the ratchet.
std::unique_ptr<ratchet::State> after(const std::vector<std::uint8_t>& script) {
  testing::TapeEntropy tape(3);
  const auto alice_id = must(IdentityKeyPair::generate(tape)).public_key();
  const auto bob_id = must(IdentityKeyPair::generate(tape)).public_key();
  const RootKey root(std::array<std::uint8_t, 32>{1});
  const ChainKey chain(std::array<std::uint8_t, 32>{2});
  auto prekey = must(RatchetKeyPair::generate(tape));
  auto alice = must(ratchet::State::start(InitiatorAgreement{root.duplicate(), chain.duplicate(),
                                                             prekey.public_key(), alice_id, bob_id},
                                          tape, {}));
  auto bob = must(ratchet::State::start(
      ResponderAgreement{root.duplicate(), chain.duplicate(), std::move(prekey), bob_id, alice_id},
      {}));
  const auto deliver = [&](ratchet::State& from, ratchet::State& to) {
    const auto message = must(from.next_message());
    auto plan = must(to.plan(message.header, noon));
    must(to.prepare(plan, tape));
    to.commit(std::move(plan));
  };
  for (std::size_t i = 0; i < script.size(); ++i) {
    for (int lost = script[i] % 80; lost > 0; --lost) must(alice->next_message());
    deliver(*alice, *bob);
    if (i % 3 == 2) deliver(*bob, *alice);
  }
  return bob;
}

/// The marks and pages of a state, by name.
std::vector<std::pair<ratchet::PageMark, Buffer>> pages_of(const ratchet::State& state) {
  std::vector<std::pair<ratchet::PageMark, Buffer>> pages;
  ratchet::for_each_page(state, [&](const ratchet::PageMark& mark) {
    Buffer page(ratchet::max_page_bytes);
    base::Writer writer(page);
    ratchet::write_page(writer, state, mark.name);
    page.resize(must(writer.finish()).size());
    pages.emplace_back(mark, page);
  });
  return pages;
}

RC_GTEST_PROP(Records, what_is_read_writes_the_same, ()) {
  const auto script =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  const auto state = after(script);
  const Buffer image = testing::image_of(*state);
  const auto read = testing::load_image(image);
  RC_ASSERT(read.has_value());
  RC_ASSERT(testing::image_of(**read) == image);
  RC_ASSERT((**read).skipped_keys() == state->skipped_keys());
}

// What a mark does not show has not changed: this is what spares the writing of whole sessions.
RC_GTEST_PROP(Records, equal_marks_mean_equal_pages, ()) {
  auto script = *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  const auto before = after(script);
  script.push_back(*rc::gen::arbitrary<std::uint8_t>());
  const auto later = after(script);
  const auto old = pages_of(*before);
  for (const auto& [mark, page] : pages_of(*later)) {
    const auto same = std::ranges::find(old, mark, [](const auto& one) { return one.first; });
    if (same != old.end()) RC_ASSERT(same->second == page);
  }
}

RC_GTEST_PROP(Snapshots, open_as_sealed_and_no_other_way, ()) {
  const auto content =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  const auto epoch = *rc::gen::arbitrary<std::uint64_t>();
  const SnapshotKey key(std::array<std::uint8_t, 32>{5});
  Buffer sealed(content.size() + snapshot_overhead_bytes);
  const session::SnapshotOwner owner{IdentityPublic(std::array<std::uint8_t, 32>{9}),
                                     DeviceId{*rc::gen::arbitrary<std::uint32_t>()},
                                     RegistrationId{*rc::gen::arbitrary<std::uint32_t>()}};
  const auto sealer = must(session::SnapshotSealer::create(key, owner));
  sealer.seal(sealed, SnapshotKind::peer, epoch, content);
  const auto opened = sealer.open(sealed, SnapshotKind::peer);
  RC_ASSERT(opened.has_value());
  RC_ASSERT(opened->header.epoch == epoch);
  RC_ASSERT(std::ranges::equal(opened->content.bytes(), content));
  const auto alter = [](const auto number) {
    return decltype(number){std::to_underlying(number) ^ std::uint32_t{1} << *within(0, 31)};
  };
  session::SnapshotOwner another = owner;
  if (*rc::gen::arbitrary<bool>())
    another.device = alter(owner.device);
  else
    another.registration = alter(owner.registration);
  RC_ASSERT(!must(session::SnapshotSealer::create(key, another))
                 .open(sealed, SnapshotKind::peer)
                 .has_value());
  sealed[*within<std::size_t>(0, sealed.size() - 1)] ^=
      static_cast<std::uint8_t>(1 << *within(0, 7));
  RC_ASSERT(!sealer.open(sealed, SnapshotKind::peer).has_value());
}

}  // namespace
}  // namespace sotto::prop
