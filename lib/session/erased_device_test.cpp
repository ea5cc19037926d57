// SPDX-License-Identifier: MIT OR Apache-2.0
/// What those are told who have a device open that another erases: that it was erased, and neither
/// that the store was damaged nor that it went back.
#include "testing/erased_device.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_rows.hpp"
#include "session/test_stores.hpp"

namespace sotto::session {
namespace {

using testing::ErasedDevice;
using testing::error_of;
using Way = ErasedDevice::Way;

struct Erasing {
  MemoryStore rows = *MemoryStore::create();
  ErasedDevice alice{rows};
};

/// The rows, and a second object over them.
struct Copy {
  explicit Copy(const Erasing& of) : ours(*of.rows.clone()), others(*ours.share()) {}
  MemoryStore ours;
  MemoryStore others;
};

TEST(ErasedDevice, is_told_to_whoever_asks_anything_of_it) {
  const Erasing erasing;
  for (const Way way : ErasedDevice::ways)
    for (const bool warm : {false, true})
      for (const auto& question : erasing.alice.questions()) {
        SCOPED_TRACE(question.name);
        SCOPED_TRACE(static_cast<int>(way));
        Copy rows(erasing);
        auto device = erasing.alice.open(rows.ours, warm);
        erasing.alice.erase(rows.others, way);
        const auto left = contents(rows.others);
        EXPECT_EQ(question.ask(device), Error::not_set_up);
        EXPECT_EQ(contents(rows.others), left);
        // From then on nothing else, also of what asks nothing of the rows.
        EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
        EXPECT_EQ(error_of(device.purge()), Error::not_set_up);
        EXPECT_EQ(error_of(device.offered_identity({"bob", DeviceId{1}})), Error::not_set_up);
      }
}

TEST(ErasedDevice, is_told_to_whoever_is_in_a_transaction) {
  const Erasing erasing;
  for (const Way way : ErasedDevice::ways)
    for (const bool warm : {false, true})
      for (const auto& operation : erasing.alice.operations()) {
        SCOPED_TRACE(operation.name);
        SCOPED_TRACE(static_cast<int>(way));
        Copy rows(erasing);
        auto device = erasing.alice.open(rows.ours, warm);
        auto tx = *device.begin();
        erasing.alice.erase(rows.others, way);
        const auto left = contents(rows.others);
        // What is in memory can be worked with until the commit.
        const auto told = operation.ask(tx);
        EXPECT_EQ(told.value_or(Error::not_set_up), Error::not_set_up);
        EXPECT_EQ(error_of(std::move(tx).commit()), Error::not_set_up);
        EXPECT_EQ(contents(rows.others), left);
        EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
      }
}

TEST(ErasedDevice, is_told_to_whoever_does_not_know_what_became_of_a_commit) {
  const Erasing erasing;
  for (const Way way : ErasedDevice::ways)
    for (const bool happens : {false, true})
      for (const bool silent : {false, true}) {
        Copy rows(erasing);
        UnsureStore store(rows.ours);
        auto device = erasing.alice.open(store, false);
        auto tx = *device.begin();
        ASSERT_TRUE(tx.put(Bytes(std::array<std::uint8_t, 1>{1}), {}));
        store.after_commit([&] { erasing.alice.erase(rows.others, way); });
        store.next_commit(happens, silent ? 1 : 0);
        EXPECT_EQ(error_of(std::move(tx).commit()),
                  silent ? Error::outcome_unknown : Error::not_set_up);
        EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
      }
}

TEST(ErasedDevice, is_not_what_a_store_holds_that_lost_its_rows_or_was_damaged) {
  const Erasing erasing;
  const auto tell = [&](const std::function<void(MemoryStore&)>& happens) {
    Copy rows(erasing);
    auto device = erasing.alice.open(rows.ours, false);
    happens(rows.others);
    return error_of(device.begin());
  };
  const auto erase = [](std::string_view letters) {
    return [letters](MemoryStore& rows) {
      for (const char letter : letters) write_raw(rows, RowName(letter).bytes(), std::nullopt);
    };
  };
  const auto alter = [](std::string_view letters) {
    return [letters](MemoryStore& rows) {
      for (const char letter : letters)
        write_raw(rows, RowName(letter).bytes(), std::vector<std::uint8_t>(200, 1));
    };
  };
  EXPECT_EQ(tell(erase("H")), Error::rolled_back) << "other rows stand there still";
  EXPECT_EQ(tell(erase("DH")), Error::rolled_back);
  EXPECT_EQ(tell(alter("H")), Error::corrupted) << "the device row is that of before";
  // An empty store that has not come further.
  Copy rows(erasing);
  SwitchedStore store(rows.ours);
  auto device = erasing.alice.open(store, false);
  auto empty = *MemoryStore::create();
  store.set(empty);
  EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
}

TEST(ErasedDevice, has_no_row_that_opens_in_the_next_one) {
  // Same key, same identity, same numbers: an old row that is put back is noticed all the same.
  const Erasing erasing;
  Copy rows(erasing);
  const std::array<std::uint8_t, 2> name{'A', 'k'};
  const std::vector<std::uint8_t> old = [&] {
    const std::optional<Row> row = *rows.ours.get(name);
    return std::vector<std::uint8_t>(row->value.begin(), row->value.end());
  }();
  erasing.alice.erase(rows.others, Way::the_same);
  auto device = erasing.alice.open(rows.ours, false);
  write_raw(rows.others, name, old);
  auto tx = *device.begin();
  EXPECT_EQ(error_of(tx.size(Bytes(name).last(1))), Error::corrupted);
}

}  // namespace
}  // namespace sotto::session
