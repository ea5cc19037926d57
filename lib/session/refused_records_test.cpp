// SPDX-License-Identifier: MIT OR Apache-2.0
/// Records of a device and its prekeys that are never written, one for each clause of their format
/// (spec/storage.md): each differs from one that is read in what the clause forbids, and no more.
/// Those of peers, sessions and pages stand in records_test.cpp and ratchet/image_test.cpp.
#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "session/device_record.hpp"
#include "session/head.hpp"
#include "session/prekey_index.hpp"
#include "session/prekey_record.hpp"
#include "session/rows.hpp"
#include "testing/error_of.hpp"
#include "testing/refused.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::session {
namespace {

using testing::BadRecord;
using testing::Buffer;
using testing::byte;
using testing::error_of;
using testing::lengthen;
using testing::refuse_each;
using testing::shorten;
using testing::zeros;
using Place = PrekeyIndex::Place;

StorageKey key_of_rows() {
  return StorageKey(std::array<std::uint8_t, 32>{0x42});
}

Buffer sealed(const Sealer& sealer, const Buffer& record, const RowName& name) {
  Buffer out(record.size() + Sealer::overhead_bytes);
  sealer.seal(out, record, name.bytes(), 1);
  return out;
}

TEST(Refused, records_of_a_device) {
  testing::TapeEntropy tape(1);
  const DeviceRecord device{*IdentityKeyPair::generate(tape), DeviceId{1}, RegistrationId{2},
                            RowRoot(std::array<std::uint8_t, 32>{3})};
  Buffer good(device_record_bytes);
  device.write(good);
  const auto sealer = *device_row_sealer(key_of_rows());
  const auto read = [&](const Buffer& record) {
    return error_of(
        DeviceRecord::open(sealed(sealer, record, device_row()), key_of_rows(), sealer));
  };
  constexpr std::size_t secret_at = 1, public_at = 33;
  refuse_each(good,
              {
                  {"no format", byte(0, 0)},
                  {"format 1 was shorter", byte(0, 1)},
                  {"format 2", byte(0, 2), Error::old_format},
                  {"a format to come", byte(0, 4), Error::unsupported_version},
                  {"a public key that is not the secret's", byte(public_at, 0xa5)},
                  {"a secret that is not the public key's", byte(secret_at + 9, 0xa5)},
                  {"no secret", zeros(secret_at, 32)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
              },
              read);
}

TEST(Refused, records_of_a_device_of_the_first_format_and_size) {
  // They were sealed under the storage key itself.
  const auto first = *Sealer::create(key_of_rows().expose());
  const Buffer record(device_record_bytes - 32, 1);
  const auto read = [&](const Sealer& sealer, const Buffer& as) {
    return error_of(DeviceRecord::open(sealed(sealer, as, device_row()), key_of_rows(),
                                       *device_row_sealer(key_of_rows())));
  };
  EXPECT_EQ(read(first, record), Error::old_format);
  EXPECT_EQ(read(*device_row_sealer(key_of_rows()), record), Error::corrupted);
  EXPECT_EQ(read(first, Buffer(record.size(), 2)), Error::corrupted);
  EXPECT_EQ(read(first, Buffer(record.size() + 1, 1)), Error::corrupted);
}

/// The clauses that have no mutation of their own in past_test.cpp.
TEST(Refused, heads) {
  const auto keys = *RowKeys::create(RowRoot(std::array<std::uint8_t, 32>{1}));
  const auto written = [&](const std::vector<std::uint64_t>& writers) {
    Head head;
    for (const std::uint64_t writer : writers) head = head.next(Writer{writer}, 0, {});
    Buffer out(sealed_head_bytes), record(head_record_bytes);
    head.seal(out, *keys, Revision{3});
    EXPECT_TRUE(keys->sealer().open(record, out, head_row().bytes()));
    return record;
  };
  const auto read = [&](const Buffer& record) {
    return error_of(Head::open(sealed(keys->sealer(), record, head_row()), *keys));
  };
  constexpr std::size_t number_at = 1, writer_at = 17, past_at = 25;
  refuse_each(written({1}),
              {
                  {"no commit", zeros(number_at, 8)},
                  {"nobody's commit", zeros(writer_at, 8)},
                  {"a number of nobody", byte(past_at + 15, 1)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
              },
              read);
  refuse_each(written({1, 2, 3}),
              {
                  {"a writer before without number", byte(past_at + 16 + 15, 0)},
                  {"the number of the head", byte(past_at + 15, 3)},
                  {"a number above the head's", byte(past_at + 8, 1)},
                  {"the head's writer", byte(past_at + 7, 3)},
                  {"one behind the end", byte(past_at + Past::most * 16 - 1, 1)},
              },
              read);
}

Buffer written(const PrekeyIndex& index) {
  Buffer record(index.size_bytes());
  index.write(record);
  return record;
}

/// With a group in each place and two signed prekeys.
PrekeyIndex rich_index() {
  PrekeyIndex index;
  index.next_one_time = 40;
  index.next_signed = 3;
  index.last_upload = 5;
  EXPECT_TRUE(index.groups.reserve(4) && index.signed_prekeys.reserve(2));
  index.groups.append({1, 10, 3, Place::out, 0, Instant(std::chrono::days(2))});
  index.groups.append({11, 10, 10, Place::uploaded, 0, Instant(std::chrono::days(3))});
  index.groups.append({21, 5, 5, Place::offered, 5});
  index.groups.append({30, 2, 1, Place::fresh});
  index.signed_prekeys.append({.id = SignedPrekeyId{2}, .upload = 5});
  index.signed_prekeys.append(
      {.id = SignedPrekeyId{1}, .used = 2, .names = 1, .upload = 4, .acknowledged = true});
  return index;
}

TEST(Refused, indexes_of_prekeys) {
  struct BadIndex {
    const char* clause;
    void (*change)(PrekeyIndex&);
  };
  constexpr BadIndex table[]{
      {"a next id of more than 24 bits", [](PrekeyIndex& i) { i.next_one_time = 1U << 24; }},
      {"a next signed one of more", [](PrekeyIndex& i) { i.next_signed = 1U << 24; }},
      {"replacing what was not offered last", [](PrekeyIndex& i) { i.replacing = 4; }},
      {"a place that is none", [](PrekeyIndex& i) { i.groups[0].place = Place{4}; }},
      {"a group of nothing", [](PrekeyIndex& i) { i.groups[3].left = 0; }},
      {"more left than it spans", [](PrekeyIndex& i) { i.groups[2].left = 6; }},
      {"a group that spans nothing", [](PrekeyIndex& i) { i.groups[3].span = 0; }},
      {"a span that is too long", [](PrekeyIndex& i) { i.groups[3].span = most_group_span + 1; }},
      {"ids beyond the last", [](PrekeyIndex& i) { i.groups[3].first = UINT32_MAX; }},
      {"one id in two groups", [](PrekeyIndex& i) { i.groups[3].first = 25; }},
      {"a group within another", [](PrekeyIndex& i) { i.groups[3].first = 12; }},
      {"a group around another", [](PrekeyIndex& i) { i.groups[3] = {9, 5, 5, Place::fresh}; }},
      {"offered in an upload before the last", [](PrekeyIndex& i) { i.groups[2].upload = 4; }},
      {"offered in none", [](PrekeyIndex& i) { i.groups[2].upload = 0; }},
      {"fresh, of an upload", [](PrekeyIndex& i) { i.groups[3].upload = 5; }},
      {"uploaded, of an upload", [](PrekeyIndex& i) { i.groups[1].upload = 5; }},
      {"out, of an upload", [](PrekeyIndex& i) { i.groups[0].upload = 5; }},
      {"fresh since", [](PrekeyIndex& i) { i.groups[3].since = Instant(std::chrono::days(1)); }},
      {"offered since", [](PrekeyIndex& i) { i.groups[2].since = Instant(std::chrono::days(1)); }},
      {"one signed id twice", [](PrekeyIndex& i) { i.signed_prekeys[1].id = SignedPrekeyId{2}; }},
      {"more names than uses", [](PrekeyIndex& i) { i.signed_prekeys[1].names = 3; }},
      {"names without uses", [](PrekeyIndex& i) { i.signed_prekeys[1].used = 0; }},
      {"uses by no name", [](PrekeyIndex& i) { i.signed_prekeys[1].names = 0; }},
      {"part of an upload though there was none",
       [](PrekeyIndex& i) {
         i.groups.erase(2);
         i.last_upload = 0;
       }},
  };
  for (const BadIndex& bad : table) {
    PrekeyIndex index = rich_index();
    bad.change(index);
    EXPECT_EQ(error_of(PrekeyIndex::read(written(index))), Error::corrupted) << bad.clause;
  }
  // What stands beside these clauses is read.
  constexpr void (*right[])(PrekeyIndex&){
      [](PrekeyIndex&) {},
      [](PrekeyIndex& i) { i.next_one_time = i.next_signed = most_prekey_id; },
      [](PrekeyIndex& i) { i.next_one_time = i.next_signed = not_drawn; },
      [](PrekeyIndex& i) { i.replacing = 5; },
      [](PrekeyIndex& i) { i.groups[3].first = UINT32_MAX - 1; },
      [](PrekeyIndex& i) { i.groups[3].span = most_group_span; },
      [](PrekeyIndex& i) { i.groups[3].first = 26; },
      [](PrekeyIndex& i) { i.signed_prekeys[1].names = 2; },
      [](PrekeyIndex& i) { i.groups[1].since = not_yet; },
  };
  for (const auto change : right) {
    PrekeyIndex index = rich_index();
    change(index);
    const auto read = PrekeyIndex::read(written(index));
    ASSERT_TRUE(read);
    EXPECT_EQ(written(*read), written(index));
  }
}

TEST(Refused, indexes_of_prekeys_by_their_bytes) {
  const auto read = [](const Buffer& record) { return error_of(PrekeyIndex::read(record)); };
  const Buffer good = written(rich_index());
  constexpr std::size_t group_count_at = 1 + 8 + 4 * 4 + 1;
  constexpr std::size_t signed_count_at = group_count_at + 4 + 4 * 25;
  refuse_each(good,
              {
                  {"no format", byte(0, 0)},
                  {"format 1", byte(0, 1), Error::old_format},
                  {"a format to come", byte(0, 3), Error::unsupported_version},
                  {"one group more", byte(group_count_at + 3, 5)},
                  {"one group less", byte(group_count_at + 3, 3)},
                  {"groups beyond the end", byte(group_count_at, 0x7f)},
                  {"one signed prekey more", byte(signed_count_at + 3, 3)},
                  {"one signed prekey less", byte(signed_count_at + 3, 1)},
                  {"signed prekeys beyond the end", byte(signed_count_at, 0x7f)},
                  {"acknowledged twice", [](Buffer& record) { record.back() = 2; }},
                  {"a byte too many", lengthen},
              },
              read);
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(read(Buffer(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
              Error::corrupted)
        << size;
}

/// Each record about a prekey: its format and its size.
std::vector<BadRecord> bad_forms() {
  return {
      {"no format", byte(0, 0)},
      {"format 1", byte(0, 1), Error::old_format},
      {"a format to come", byte(0, 3), Error::unsupported_version},
      {"nothing", [](Buffer& record) { record.clear(); }},
      {"a byte too few", shorten},
      {"a byte too many", lengthen},
  };
}
std::vector<BadRecord> bad_pairs() {
  auto table = bad_forms();
  table.push_back({"a public key that is not the secret's", byte(33, 0xa5)});
  table.push_back({"no secret", zeros(1, 32)});
  return table;
}

TEST(Refused, records_of_prekeys) {
  testing::TapeEntropy tape(1);
  const OneTimePrekeyId one_time_id{1};
  const SignedPrekeyId signed_id{1};
  Buffer one_time(one_time_record_bytes), signed_prekey(signed_record_bytes);
  write(one_time, *OneTimePrekey::generate(one_time_id, tape));
  write(signed_prekey, *SignedPrekey::generate(signed_id, *IdentityKeyPair::generate(tape), tape));
  refuse_each(one_time, bad_pairs(),
              [&](const Buffer& record) { return error_of(read_one_time(record, one_time_id)); });
  refuse_each(one_time, bad_forms(),
              [&](const Buffer& record) { return error_of(read_public(record, one_time_id)); });
  refuse_each(signed_prekey, bad_pairs(),
              [&](const Buffer& record) { return error_of(read_signed(record, signed_id)); });
  refuse_each(signed_prekey, bad_forms(),
              [&](const Buffer& record) { return error_of(read_public(record, signed_id, {})); });
}

TEST(Refused, records_of_uses_of_prekeys) {
  Buffer used(used_record_bytes), count(count_record_bytes);
  write(used, EphemeralPublic(std::array<std::uint8_t, 32>{9}));
  write(count, NameUses{{7}, 1});
  refuse_each(used, bad_forms(), [](const Buffer& record) { return error_of(read_used(record)); });
  auto table = bad_forms();
  table.push_back({"no uses", zeros(33, 4)});
  refuse_each(count, table, [](const Buffer& record) { return error_of(read_count(record)); });
}

}  // namespace
}  // namespace sotto::session
