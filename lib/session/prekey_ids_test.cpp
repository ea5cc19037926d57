// SPDX-License-Identifier: MIT OR Apache-2.0
/// The ids of our prekeys: where they begin, that they are none which a device before gave out, and
/// their end.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/unopened.hpp>

#include "session/test_service.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

DeviceLimits small() {
  DeviceLimits limits;
  limits.prekeys.batch = 15;
  limits.prekeys.low_water = 5;
  return limits;
}

/// Draws one number wherever an id is drawn.
class OneNumber final : public Entropy {
 public:
  explicit OneNumber(std::uint32_t number) noexcept : number_(number) {}
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (out.size() != 4) return tape_.fill(out);
    ++ids;
    for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(number_ >> (24 - 8 * i));
    return {};
  }
  int ids = 0;  ///< how often

 private:
  std::uint32_t number_;
  testing::TapeEntropy tape_{5};
};

/// Newcomers who have a bundle of a device's, and have not written yet.
struct Newcomers {
  std::vector<std::unique_ptr<Party>> all;

  void fetch(Service& service, const Party& from, int count) {
    for (int i = 0; i < count; ++i) {
      const auto seed = 1'000 + all.size();
      Party& one =
          *all.emplace_back(std::make_unique<Party>("newcomer " + std::to_string(seed), seed));
      ASSERT_TRUE(one.device.connect(from.address(), RegistrationId{1}, *verify(service.hand_out()),
                                     one.tape, one.now));
    }
  }
  void expect_all(Party& to, std::optional<Error> answer) {
    for (const auto& one : all)
      EXPECT_EQ(error_of(to.read(*one, *one->write(to, "hello"))), answer) << one->name;
  }
};

/// The phone is lost: the same identity and, from the system's keyring, the same storage key, over
/// an empty store. Its randomness is another.
void set_up_anew(Party& party, std::uint64_t seed) {
  const IdentityKeyPair identity = party.device.home().identity().duplicate();
  const RegistrationId registration = party.device.registration();
  party.rows = *MemoryStore::create();
  party.tape = testing::TapeEntropy(seed);
  party.device = *Device::create(party.store, storage_key(), identity, DeviceId{1}, registration,
                                 party.limits);
}

// [SES-8-1]
TEST(PrekeyIds, of_a_device_set_up_anew_are_none_that_newcomers_have_from_before) {
  for (const bool as_bundles : {false, true}) {
    Party bob("bob", 2, small());
    Service service;
    service.sync(bob);
    Newcomers newcomers;
    newcomers.fetch(service, bob, 20);  // five of them without a one-time prekey
    set_up_anew(bob, 77);
    if (as_bundles)
      ASSERT_TRUE(bob.make_prekeys());
    else
      service.sync(bob, {.not_ours = true});
    newcomers.expect_all(bob, Error::unknown_prekey);
    EXPECT_EQ(unopened(Error::unknown_prekey), Unopened::lost) << "they are asked to send again";
    if (!as_bundles) {
      EXPECT_TRUE(reached(service, bob));
    }
  }
}

// [SES-8-1]
TEST(PrekeyIds, begin_anew_when_the_store_went_back) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  auto before = *bob.rows.clone();
  bob.now += std::chrono::days(8);
  service.hand_out(11);
  EXPECT_EQ(service.sync(bob).one_time.size(), 11U);
  service.hand_out(4);  // The rest of before.
  Newcomers newcomers;
  newcomers.fetch(service, bob, 11);

  bob.rows = std::move(before);
  bob.restart();
  bob.tape = testing::TapeEntropy(78);
  const ServiceStock went_back{.one_time_left = 0, .not_ours = true};
  const Uploading upload = next_upload(bob, went_back);
  EXPECT_EQ(next_upload(bob, went_back), upload) << "offered again, the same";
  service.take(upload);
  acknowledge(bob, upload.id);
  newcomers.expect_all(bob, Error::unknown_prekey);
  EXPECT_TRUE(reached(service, bob));
}

// [SES-8-1]
TEST(PrekeyIds, begin_at_any_number_of_24_bits_and_start_again_at_one_behind_the_last) {
  const std::array<std::pair<std::uint32_t, std::uint32_t>, 6> draws{
      {{0, 1},
       {1, 2},
       {most_prekey_id - 1, most_prekey_id},
       {most_prekey_id, 1},
       {most_prekey_id - 2, most_prekey_id - 1},
       {0xffffffff, 256}}};
  for (const auto& [number, id] : draws) {
    Party bob("bob", 2, small());
    OneNumber entropy(number);
    auto tx = bob.begin();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(tx.rotate_signed_prekey(entropy, start));
    ASSERT_TRUE(tx.replenish(entropy));
    EXPECT_EQ(entropy.ids, 2) << "once for each kind";
    const auto& index = **tx.work().prekeys().index();
    std::uint32_t expected = id;
    for (std::size_t i = 3; i > 0; --i) {
      EXPECT_EQ(index.signed_prekeys[i - 1].id, SignedPrekeyId{expected});
      expected = expected == most_prekey_id ? 1 : expected + 1;
    }
    ASSERT_TRUE(std::move(tx).commit());
    expected = id;
    for (int i = 0; i < 15; ++i) {
      EXPECT_EQ(bob.bundle()->keys.one_time->id, OneTimePrekeyId{expected});
      expected = expected == most_prekey_id ? 1 : expected + 1;
    }
  }
}

// [SES-8-1]
TEST(PrekeyIds, drawn_ids_that_are_taken_are_passed_over) {
  Party bob("bob", 2, small());
  auto tx = bob.begin();
  ASSERT_TRUE(
      tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{most_prekey_id}, bob.tape)));
  ASSERT_TRUE(tx.import_prekey(*SignedPrekey::generate(SignedPrekeyId{most_prekey_id},
                                                       bob.device.home().identity(), bob.tape),
                               start));
  ASSERT_TRUE(std::move(tx).commit());
  bob.restart();  // What is not drawn yet is stored as such.

  OneNumber entropy(most_prekey_id - 1);
  auto again = bob.begin();
  ASSERT_TRUE(again.rotate_signed_prekey(entropy, start));
  ASSERT_TRUE(again.replenish(entropy));
  ASSERT_TRUE(std::move(again).commit());
  EXPECT_EQ(bob.bundle(false)->keys.signed_prekey_id, SignedPrekeyId{1});
  EXPECT_EQ(bob.bundle()->keys.one_time->id, OneTimePrekeyId{most_prekey_id});
  EXPECT_EQ(bob.bundle()->keys.one_time->id, OneTimePrekeyId{1});
}

// [SES-8-1, SES-8-8]
TEST(PrekeyIds, that_were_used_up_serve_again_among_those_kept) {
  for (const std::uint32_t used : {1U, 7U, 8U, 15U}) {
    SCOPED_TRACE(used);
    Party bob("bob", 2, small());
    begin_ids(bob);
    Service service;
    service.sync(bob);  // Ids 1 to 15, as one group.
    const auto use = [&](std::uint32_t id) {
      Bundle bundle = *service.signed_prekey;
      bundle.one_time =
          *std::ranges::find(service.one_time, OneTimePrekeyId{id}, &Bundle::OneTime::id);
      Party from("of " + std::to_string(id), 600 + id);
      EXPECT_EQ(reach(from, bob, bundle), std::nullopt) << id;
    };
    use(used);
    auto tx = bob.begin();
    const auto again = *OneTimePrekey::generate(OneTimePrekeyId{used}, bob.tape);
    ASSERT_TRUE(tx.import_prekey(again));
    EXPECT_EQ(error_of(tx.import_prekey(again)), Error::already_exists);
    ASSERT_TRUE(std::move(tx).commit());
    bob.restart();
    EXPECT_EQ(bob.status()->one_time_left, 15U);
    EXPECT_EQ(bob.status()->one_time_unpublished, 1U);
    const Bundle given = bob.bundle()->keys;
    EXPECT_EQ(given.one_time, (Bundle::OneTime{again.id, again.keys.public_key()}));
    Party late("late", 699);
    EXPECT_EQ(reach(late, bob, given), std::nullopt);
    for (std::uint32_t id = 1; id <= 15; ++id)
      if (id != used) use(id);
    bob.restart();
    EXPECT_EQ(bob.status()->one_time_left, 0U);
  }
}

// [SES-8-1]
TEST(PrekeyIds, begin_among_those_kept_when_they_begin_anew) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  Service service;
  service.sync(bob);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(reached(service, bob));  // 1 to 4 are gone,
  service.one_time.pop_back();
  for (int i = 0; i < 6; ++i) service.hand_out();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(reached(service, bob));  // and 11 and 12.
  OneNumber entropy(1);                                            // The id 2.
  auto tx = bob.begin();
  ASSERT_TRUE(tx.prekeys_to_upload({.not_ours = true}, entropy, bob.now));
  ASSERT_TRUE(std::move(tx).commit());
  bob.restart();
  const Uploading upload = next_upload(bob);
  std::vector<std::uint32_t> ids;
  for (const Bundle::OneTime& one : upload.one_time) ids.push_back(std::to_underlying(one.id));
  EXPECT_EQ(ids,
            (std::vector<std::uint32_t>{2, 3, 4, 11, 12, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}));
  service.take(upload);
  acknowledge(bob, upload.id);
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(reached(service, bob)) << i;
}

// What the comments in transaction.hpp say is drawn.
TEST(PrekeyIds, cost_four_bytes_for_the_first_prekey_of_a_kind) {
  Party bob("bob", 2, small());
  const auto drawn_by = [&](auto&& act) {
    const std::size_t before = bob.tape.drawn();
    auto tx = bob.begin();
    EXPECT_TRUE(act(tx));
    EXPECT_TRUE(std::move(tx).commit());
    return bob.tape.drawn() - before;
  };
  const auto rotate = [&](Transaction& tx) { return tx.rotate_signed_prekey(bob.tape, start); };
  const auto replenish = [&](Transaction& tx) { return tx.replenish(bob.tape); };
  EXPECT_EQ(drawn_by(rotate), 4U + 96);
  EXPECT_EQ(drawn_by(rotate), 96U);
  EXPECT_EQ(drawn_by(replenish), 4U + 15 * 32);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(bob.bundle());
  EXPECT_EQ(drawn_by(replenish), 2U * 32);
  const auto upload = [&](const ServiceStock& stock) {
    return [&, stock](Transaction& tx) { return tx.prekeys_to_upload(stock, bob.tape, start); };
  };
  EXPECT_EQ(drawn_by(upload({})), 0U) << "all there";
  Party carol("carol", 3, small());
  bob.device = std::move(carol.device);
  EXPECT_EQ(drawn_by(upload({})), 4U + 96 + 4 + 15 * 32);
  EXPECT_EQ(drawn_by(upload({})), 0U);
}

TEST(PrekeyIds, not_drawn_for_want_of_randomness_leave_all_as_it_was) {
  Party bob("bob", 2, small());
  const auto before = contents(bob.rows);
  for (std::size_t works = 0; works < 3; ++works) {
    testing::FailingEntropy failing(works);
    auto tx = bob.begin();
    EXPECT_EQ(error_of(tx.rotate_signed_prekey(failing, start)), Error::entropy_failed);
    testing::FailingEntropy none;
    EXPECT_EQ(error_of(tx.replenish(none)), Error::entropy_failed);
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_EQ(contents(bob.rows), before);
  }
}

}  // namespace
}  // namespace sotto::session
