// SPDX-License-Identifier: MIT OR Apache-2.0
// What is known of a list, from one start to the next.
#include <limits>

#include <sotto/roster_watch.hpp>

#include "conversation/roster_form.hpp"
#include "conversation/test_rosters.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto::conversation {
namespace {

KnownRoster grown(Devices& devices, std::size_t lists, std::uint32_t most = 40) {
  KnownRoster known(devices.user());
  Roster list = devices.begin();
  EXPECT_TRUE(consider(known, {list}));
  for (std::size_t number = 1; number < lists; ++number) {
    const auto count = static_cast<std::uint32_t>(list.devices().size());
    list = count < most ? devices.add(list, count + 1) : devices.remove(list, count);
    EXPECT_TRUE(consider(known, {list}, noon + std::chrono::hours(number)));
  }
  return known;
}

TEST(RosterSaved, ARowOfExactSize) {  // [RO-6-1]
  Devices devices(alice);
  EXPECT_EQ(row_of(KnownRoster(alice)).size(), 77U);
  EXPECT_EQ(row_of(grown(devices, 1)).size(), 77U + 41 + 251);
  EXPECT_EQ(row_of(grown(devices, 3)).size(), 77U + 3 * 41 + 451);
  EXPECT_EQ(row_of(grown(devices, 32)).size(), KnownRoster::max_saved_bytes);
  Buffer room(KnownRoster::max_saved_bytes - 1, 0xee);
  EXPECT_EQ(error_of(grown(devices, 32).save(room)), Error::buffer_too_small);
  EXPECT_EQ(room, Buffer(room.size(), 0xee));
}

TEST(RosterSaved, GoesOnAsIfNothingHadBeen) {  // [RO-6-1]
  Devices devices(alice);
  for (const std::size_t lists : {1U, 2U, 15U, 16U, 17U, 40U}) {
    KnownRoster known = grown(devices, lists, 4);
    ASSERT_TRUE(known.mark_compared(known.claim()));
    const auto again = KnownRoster::load(row_of(known));
    ASSERT_TRUE(again) << lists;
    EXPECT_EQ(row_of(*again), row_of(known));
    EXPECT_EQ(again->claim(), known.claim());
    EXPECT_EQ(again->compared(), lists - 1);
    EXPECT_EQ(again->marks().size(), std::min<std::size_t>(lists, 16));
    KnownRoster loaded = *again;
    const Roster next = devices.add(*loaded.newest(), 77);
    EXPECT_EQ(consider(loaded, {next})->event, RosterEvent::extended);
  }
  const auto empty = KnownRoster::load(row_of(KnownRoster(bob)));
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->user(), bob);
  EXPECT_EQ(empty->newest(), nullptr);
}

TEST(RosterSaved, ARowThatDoesNotHoldTogetherIsRefused) {  // [RO-6-1]
  Devices devices(alice);
  KnownRoster known = grown(devices, 3);
  const Buffer good = row_of(known);
  const auto with = [&](std::size_t at, std::uint8_t byte) {
    Buffer row = good;
    row[at] ^= byte;
    return error_of(KnownRoster::load(row));
  };
  constexpr std::size_t marks = 75;
  constexpr std::size_t list = marks + 3 * 41 + 2;
  EXPECT_EQ(with(0, 3), Error::unsupported_version);
  EXPECT_EQ(with(1, 1), Error::malformed);               // another user
  EXPECT_EQ(with(33, 2), Error::malformed);              // a flag of 2
  EXPECT_EQ(with(41, 1), Error::malformed);              // a number, but no flag
  EXPECT_EQ(with(42, 1), Error::malformed);              // another list 0
  EXPECT_EQ(with(74, 1), Error::malformed);              // another count of marks
  EXPECT_EQ(with(marks, 1), Error::malformed);           // the hash of list 0
  EXPECT_EQ(with(marks + 41, 1), Error::malformed);      // of the one before
  EXPECT_EQ(with(marks + 82, 1), Error::malformed);      // of the newest
  EXPECT_EQ(with(marks + 32, 4), Error::malformed);      // an unknown change
  EXPECT_EQ(with(marks + 32, 1), Error::malformed);      // none
  EXPECT_EQ(with(marks + 33, 0x80), Error::malformed);   // a time before 1970
  EXPECT_EQ(with(marks + 73, 1), Error::malformed);      // no change, of a later mark
  EXPECT_EQ(with(marks + 73, 5), Error::malformed);      // an unknown one
  EXPECT_EQ(with(list - 1, 1), Error::malformed);        // the list's size
  EXPECT_EQ(with(list, 3), Error::unsupported_version);  // the list's version
  EXPECT_EQ(with(list + 1, 1), Error::malformed);        // of another user
  EXPECT_EQ(with(list + 40, 8), Error::malformed);       // another number
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error_of(KnownRoster::load(std::span(good).first(size))), Error::malformed) << size;
  Buffer longer = good;
  longer.push_back(0);
  EXPECT_EQ(error_of(KnownRoster::load(longer)), Error::malformed);
  ASSERT_TRUE(known.mark_compared(known.claim()));
  Buffer beyond = row_of(known);
  beyond[41] = 3;  // one more than the newest
  EXPECT_EQ(error_of(KnownRoster::load(beyond)), Error::malformed);
  // Marks more or less than there must be, all of which fit the list.
  const auto first_mark = good.begin() + marks;
  Buffer fewer = good;
  fewer[74] = 2;
  fewer.erase(fewer.begin() + marks, fewer.begin() + marks + 41);
  EXPECT_EQ(error_of(KnownRoster::load(fewer)), Error::malformed);
  Buffer more = good;
  more[74] = 4;
  more.insert(more.begin() + marks, first_mark, first_mark + 41);
  EXPECT_EQ(error_of(KnownRoster::load(more)), Error::malformed);
  more = row_of(grown(devices, 20, 4));
  ASSERT_EQ(more[74]++, 16);
  more.insert(more.begin() + marks, more.begin() + marks, more.begin() + marks + 41);
  EXPECT_EQ(error_of(KnownRoster::load(more)), Error::malformed);
  Buffer no_list(good.begin(), first_mark + 41);
  std::fill(no_list.begin() + 42, no_list.begin() + 74, std::uint8_t{0});
  no_list[74] = 1;
  no_list.insert(no_list.end(), 2, 0);
  EXPECT_EQ(error_of(KnownRoster::load(no_list)), Error::malformed) << "a mark of no list";
  Buffer nothing = row_of(KnownRoster(alice));
  for (const std::size_t at : {33U, 42U, 74U, 76U}) {
    Buffer row = nothing;
    row[at] = 1;
    EXPECT_EQ(error_of(KnownRoster::load(row)), Error::malformed) << at;
  }
}

/// Each mark that the newest list vouches for, with as many marks as a row can have.
TEST(RosterSaved, MarksThatTheListDoesNotKnowAreRefused) {  // [RO-6-1]
  constexpr std::size_t root = 42, marks = 75, mark_bytes = 41;
  for (const std::size_t lists : {1U, 2U, 3U, 16U, 17U}) {
    SCOPED_TRACE(lists);
    Devices devices(alice);
    const Buffer good = row_of(grown(devices, lists, 4));
    ASSERT_TRUE(KnownRoster::load(good));
    const std::size_t count = std::min<std::size_t>(lists, 16);
    const auto with_mark = [&](std::size_t i) {
      Buffer row = good;
      row[marks + i * mark_bytes] ^= 1;
      // What says the same as the mark of list 0 goes along, so that only the newest list objects.
      if (i == 0 && lists <= 16) row[root] ^= 1;
      return error_of(KnownRoster::load(row));
    };
    EXPECT_EQ(with_mark(count - 1), Error::malformed) << "the newest";
    if (count >= 2) {
      EXPECT_EQ(with_mark(count - 2), Error::malformed) << "the one before";
    }
    if (lists <= 16) {
      Buffer row = good;
      row[root] ^= 1;
      EXPECT_EQ(error_of(KnownRoster::load(row)), Error::malformed) << "the first of all";
    }
  }
}

/// Rows of a list 0 that is none, with the hashes that fit it.
TEST(RosterSaved, AListZeroHasItsForm) {  // [RO-3-1, RO-6-1]
  Devices devices(alice);
  const Roster first = devices.begin();
  const DeviceClaim second = devices.claim(2);
  constexpr std::size_t root = 42, mark = 75, change = mark + 32, size = 116, list = 118;
  const auto row_with = [&](auto alter) {
    RosterParts parts = first.parts();
    alter(parts);
    Buffer row = row_of(grown(devices, 1));
    row.resize(list + roster_bytes(parts.count));
    row[size] = static_cast<std::uint8_t>(roster_bytes(parts.count) >> 8);
    row[size + 1] = static_cast<std::uint8_t>(roster_bytes(parts.count));
    EXPECT_TRUE(write_roster(std::span(row).subspan(list), parts));
    for (const std::size_t at : {root, mark})
      std::ranges::copy(roster_hash(parts).bytes(), row.begin() + static_cast<std::ptrdiff_t>(at));
    return row;
  };
  const auto loaded = [&](auto alter) { return error_of(KnownRoster::load(row_with(alter))); };
  EXPECT_EQ(loaded([](RosterParts&) {}), std::nullopt);
  EXPECT_EQ(loaded([](RosterParts& parts) { parts.previous = filled<RosterHash>(1); }),
            Error::malformed);
  EXPECT_EQ(loaded([](RosterParts& parts) { parts.signer = DeviceId(2); }), Error::malformed);
  EXPECT_EQ(loaded([&](RosterParts& parts) { parts.claims[parts.count++] = second; }),
            Error::malformed);
  // Nor can anything but a device that was added have come with it.
  for (const std::uint8_t other : {std::uint8_t{2}, std::uint8_t{3}}) {
    Buffer row = row_with([](RosterParts&) {});
    row[change] = other;
    EXPECT_EQ(error_of(KnownRoster::load(row)), Error::malformed);
  }
}

TEST(RosterSaved, NumbersEndAndDoNotWrap) {  // [RO-3-5]
  Devices devices(alice);
  const KnownRoster known = grown(devices, 17, 2);
  // The row of one who has seen all numbers there are.
  RosterParts parts = known.newest()->parts();
  parts.number = std::numeric_limits<std::uint64_t>::max();
  Buffer row = row_of(known);
  constexpr std::size_t list = 75 + 16 * 41 + 2;
  ASSERT_TRUE(write_roster(std::span(row).subspan(list), parts));
  const RosterHash hash = roster_hash(parts);
  std::ranges::copy(hash.bytes(), row.begin() + 75 + 15 * 41);
  auto last = KnownRoster::load(row);
  ASSERT_TRUE(last);
  const Roster& newest = *last->newest();
  const auto next = newest.add(devices.claim(9), devices.keys(1), noon, devices.tape());
  EXPECT_EQ(error_of(next), Error::exhausted);
  const auto less =
      newest.remove(newest.devices()[0].device, devices.keys(1), noon, devices.tape());
  EXPECT_EQ(error_of(less), Error::exhausted);
  RosterParts wrapped = parts;
  wrapped.number = 0;
  wrapped.previous = hash;
  EXPECT_EQ(error_of(newest.verify_next(wrapped)), Error::malformed);
  // Nor with a change, signed as it must be.
  wrapped.claims[wrapped.count++] = devices.claim(9);
  wrapped.signer = newest.devices()[0].device;
  wrapped.signature = *crypto::sign(devices.keys(static_cast<std::uint32_t>(wrapped.signer)),
                                    RosterMessage(wrapped).bytes(), devices.tape());
  EXPECT_EQ(error_of(newest.verify_next(wrapped)), Error::malformed);
}

TEST(RosterSaved, AWatch) {  // [RO-6-1]
  Devices devices(alice);
  const KnownRoster known = grown(devices, 2);
  RosterWatch watch;
  const auto idle = watch.save();
  EXPECT_EQ(idle.size(), 50U);
  ASSERT_TRUE(RosterWatch::load(idle));
  EXPECT_FALSE(RosterWatch::load(idle)->waiting());
  EXPECT_EQ(watch.hear(known, {7, filled<RosterHash>(7)}, noon, noon), RosterWarning::fetch_ours);
  const auto row = watch.save();
  auto again = RosterWatch::load(row);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->waiting());
  EXPECT_EQ(again->save(), row);
  EXPECT_EQ(again->fetched(known, noon + roster_grace), RosterWarning::none);
  EXPECT_EQ(again->fetched(known, noon + roster_grace + milliseconds(1)),
            RosterWarning::ghost_device);
  const auto altered = [](auto bytes, std::size_t at, std::uint8_t byte) {
    bytes[at] ^= byte;
    return error_of(RosterWatch::load(bytes));
  };
  EXPECT_EQ(altered(row, 0, 3), Error::unsupported_version);
  EXPECT_EQ(altered(row, 1, 1), Error::malformed);
  EXPECT_EQ(altered(row, 1, 2), Error::malformed);
  EXPECT_EQ(altered(row, 42, 0x80), Error::malformed);
  EXPECT_EQ(altered(idle, 1, 1), Error::malformed);  // waiting for no list
  EXPECT_EQ(altered(idle, 9, 1), Error::malformed);
  EXPECT_EQ(altered(idle, 10, 1), Error::malformed);
  EXPECT_EQ(altered(idle, 49, 1), Error::malformed);
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_EQ(error_of(RosterWatch::load(std::span(row).first(size))), Error::malformed);
    EXPECT_EQ(error_of(RosterWatch::load(std::span(idle).first(size))), Error::malformed);
  }
  Buffer longer(row.begin(), row.end());
  longer.push_back(0);
  EXPECT_EQ(error_of(RosterWatch::load(longer)), Error::malformed);
}

}  // namespace
}  // namespace sotto::conversation
