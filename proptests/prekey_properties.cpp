// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device's prekeys beside their slow twin, with a service that loses, forgets and lies, clocks
/// that jump, and strangers.
#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>

#include "id_tape.hpp"
#include "model/prekeys.hpp"
#include "session/work.hpp"
#include "testing/soak.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::prop {
namespace {

using std::chrono::milliseconds;
using Life = model::PrekeyLife;

PrekeyPolicy policy_of(std::uint64_t seed) {
  const auto pick = [&](unsigned shift, std::uint32_t count) {
    return static_cast<std::uint32_t>(seed >> shift) % count;
  };
  const std::uint32_t batch = 1 + pick(0, 24);
  return {.batch = batch,
          .low_water = 1 + pick(8, batch),
          .rotate_after = std::chrono::days(1 + pick(16, 9)),
          .overlap = std::chrono::days(pick(24, 40)),
          .refresh_after = std::chrono::days(5 + pick(32, 60)),
          .max_last_resort = 1 + pick(40, 12),
          .max_last_resort_per_name = 1 + pick(48, 5)};
}

std::array<std::uint8_t, 32> key_bytes(std::uint64_t number) {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// What the service keeps: ids alone.
struct Shop {
  std::optional<std::uint32_t> signed_prekey;
  std::deque<std::uint32_t> one_time;
  std::set<std::uint32_t> handed_out;

  [[nodiscard]] ServiceStock stock() const {
    ServiceStock stock{.one_time_left = static_cast<std::uint32_t>(one_time.size()),
                       .lost_signed_prekey = !signed_prekey};
    if (signed_prekey) stock.signed_prekey = SignedPrekeyId{*signed_prekey};
    return stock;
  }
  void take(const Life::Upload& upload) {
    if (!upload.due) return;
    signed_prekey = upload.signed_prekey;
    if (upload.replaces) one_time.clear();
    for (const std::uint32_t id : upload.one_time)
      if (!handed_out.contains(id) && std::ranges::find(one_time, id) == one_time.end())
        one_time.push_back(id);
  }
};

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed), tape_(seed), twin_{policy_of(seed)}, may_lie_(seed % 2 == 0) {
    limits_.prekeys = twin_.policy;
    device_.emplace(Device::create(rows_, StorageKey(key_bytes(1)),
                                   IdentityKeyPair::generate(tape_).value(), DeviceId{1},
                                   RegistrationId{1}, limits_)
                        .value());
  }

  using Event = void (World::*)();
  static const std::vector<std::tuple<const char*, unsigned, Event>>& events() {
    using W = World;
    static const std::vector<std::tuple<const char*, unsigned, Event>> table{
        {"sync", 8, &W::sync},
        {"killed before the commit", 2, &W::killed_before_commit},
        {"killed before the upload", 4, &W::killed_before_upload},
        {"killed before the acknowledgement", 4, &W::killed_before_acknowledgement},
        {"a late acknowledgement", 3, &W::late_acknowledgement},
        {"fetched and not used", 5, &W::fetched},
        {"drained", 2, &W::drained},
        {"fetched and used", 5, &W::used},
        {"used late", 4, &W::used_late},
        {"used without one-time prekey", 6, &W::last_resort},
        {"the service forgot", 1, &W::forgot},
        {"the service says little", 3, &W::says_little},
        {"the service lies", 1, &W::lies},
        {"time passes", 8, &W::time_passes},
        {"the clock jumps", 2, &W::clock_jumps},
        {"the clock is right again", 3, &W::clock_is_right},
        {"rotated by hand", 2, &W::rotated},
        {"a bundle", 3, &W::bundle},
        {"opened anew", 2, &W::open_anew},
    };
    return table;
  }

  /// What it was.
  std::string step() {
    unsigned total = 0;
    for (const auto& [name, weight, event] : events()) total += weight;
    unsigned at = pick(total);
    for (const auto& [name, weight, event] : events()) {
      if (at < weight) {
        (this->*event)();
        compare();
        return name;
      }
      at -= weight;
    }
    return {};
  }

  /// All is well again: within two calls the service has what newcomers need.
  void heal() {
    clock_is_right();
    for (int i = 0; i < 2; ++i) sync();
    compare();
    ASSERT_FALSE(shop_.one_time.empty());
    ASSERT_GE(shop_.one_time.size(), twin_.policy.low_water);
    ASSERT_EQ(shop_.signed_prekey, twin_.signed_prekeys.front().id);
    if (!honest_) return;
    auto tx = device_->begin().value();
    for (const std::uint32_t id : shop_.one_time)
      ASSERT_TRUE(tx.work().prekeys().one_time(OneTimePrekeyId{id})) << "of " << id;
  }

 private:
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  [[nodiscard]] Instant now() const { return true_now_ + offset_; }

  /// The next upload on both sides; the twin goes on from it, or stays as it was.
  Life::Upload next_upload(const ServiceStock& stock, bool commits = true) {
    auto tx = device_->begin().value();
    const auto pending = tx.prekeys_to_upload(stock, tape_, now()).value();
    Life after = twin_;
    after.drawn = tape_.take();
    const Life::Upload wanted = after.to_upload(stock, now());
    EXPECT_TRUE(after.drawn.empty()) << "no id is drawn for nothing";
    if (!commits) return {};
    const auto committed = std::move(tx).commit().value();
    go_on_as(after);
    std::vector<Bundle::OneTime> room(pending.size());
    const auto upload = pending.release(committed, room).value();
    // The twin counts uploads; the device names them by their content.
    names_.try_emplace(wanted.id, upload.id);
    Life::Upload got{pending.due(),
                     wanted.id,
                     std::to_underlying(upload.signed_prekey.signed_prekey_id),
                     {},
                     upload.replaces};
    for (const Bundle::OneTime& one : upload.one_time)
      got.one_time.push_back(std::to_underlying(one.id));
    EXPECT_EQ(got, wanted);
    EXPECT_EQ(names_.at(wanted.id), upload.id);
    EXPECT_TRUE(verify(upload.signed_prekey));
    return got;
  }
  /// The service knows what it handed out by its keys: that of an id made anew it never had.
  void go_on_as(const Life& after) {
    for (const Life::OneTime& one : after.one_times)
      if (std::ranges::find(twin_.one_times, one.id, &Life::OneTime::id) == twin_.one_times.end())
        shop_.handed_out.erase(one.id);
    twin_ = after;
  }
  void acknowledge(std::uint32_t upload) {
    twin_.uploaded(upload, now());
    auto tx = device_->begin().value();
    EXPECT_TRUE(tx.prekeys_uploaded(names_.at(upload), now()));
    EXPECT_TRUE(std::move(tx).commit());
  }
  void sync_with(const ServiceStock& stock) {
    const Life::Upload upload = next_upload(stock);
    shop_.take(upload);
    if (upload.due) acknowledge(upload.id);
  }

  void sync() { sync_with(shop_.stock()); }
  void killed_before_commit() { static_cast<void>(next_upload(shop_.stock(), false)); }
  void killed_before_upload() {
    static_cast<void>(next_upload(shop_.stock()));
    open_anew();
  }
  void killed_before_acknowledgement() {
    const Life::Upload upload = next_upload(shop_.stock());
    shop_.take(upload);
    if (upload.due) taken_.push_back(upload.id);
    open_anew();
  }
  void late_acknowledgement() {
    if (!taken_.empty()) acknowledge(taken_[pick(static_cast<unsigned>(taken_.size()))]);
  }
  void says_little() {
    ServiceStock stock = shop_.stock();
    if (pick(2) == 0) stock.one_time_left.reset();
    if (pick(2) == 0) stock.signed_prekey.reset();
    sync_with(stock);
  }
  void lies() {
    if (!may_lie_) return sync();
    honest_ = false;
    ServiceStock stock{.one_time_left = pick(60), .lost_signed_prekey = pick(2) == 0};
    if (pick(2) == 0) stock.signed_prekey = SignedPrekeyId{some_signed(6)};
    stock.not_ours = pick(4) == 0;
    sync_with(stock);
  }
  void forgot() {
    // What was offered may come to it a second time, though somebody has it.
    if (twin_.count(Life::Place::offered) > 0) honest_ = false;
    shop_ = {};
  }

  std::optional<std::uint32_t> fetch() {
    if (shop_.one_time.empty()) return std::nullopt;
    // In whatever order it likes.
    const auto at = static_cast<std::ptrdiff_t>(pick(static_cast<unsigned>(shop_.one_time.size())));
    const std::uint32_t id = shop_.one_time[static_cast<std::size_t>(at)];
    shop_.one_time.erase(shop_.one_time.begin() + at);
    shop_.handed_out.insert(id);
    return id;
  }
  void fetched() {
    for (unsigned i = pick(6); i > 0; --i)
      if (const auto id = fetch()) fetched_.push_back(*id);
  }
  void drained() {
    while (const auto id = fetch()) fetched_.push_back(*id);
  }
  void use(std::uint32_t id) {
    const auto wanted = twin_.use(id);
    auto tx = device_->begin().value();
    const auto found = tx.work().prekeys().one_time(OneTimePrekeyId{id});
    ASSERT_EQ(found ? std::nullopt : std::optional(found.error()), wanted);
    if (!found) return;
    tx.work().prekeys().consume({SignedPrekeyId{1}, OneTimePrekeyId{id}, {}}, bytes_of("ann"));
    ASSERT_TRUE(std::move(tx).commit());
  }
  void used() {
    if (const auto id = fetch()) use(*id);
  }
  void used_late() {
    if (fetched_.empty()) return;
    const auto at = static_cast<std::ptrdiff_t>(pick(static_cast<unsigned>(fetched_.size())));
    const std::uint32_t id = fetched_[static_cast<std::size_t>(at)];
    fetched_.erase(fetched_.begin() + at);
    use(id);
  }
  /// One of the newest so many signed prekeys, or one that there is not.
  std::uint32_t some_signed(unsigned count) {
    const std::size_t at = pick(count);
    return at < twin_.signed_prekeys.size() ? twin_.signed_prekeys[at].id : 0;
  }
  void last_resort() {
    const std::uint32_t prekey = some_signed(4);
    const std::string name(1, static_cast<char>('a' + pick(4)));
    const std::uint64_t number = pick(4) == 0 ? pick(20) : ++base_keys_ + 100;
    const EphemeralPublic base_key(key_bytes(number));
    const auto wanted = twin_.use(prekey, std::to_string(number), name);
    auto tx = device_->begin().value();
    auto& prekeys = tx.work().prekeys();
    const auto used = prekeys.used(SignedPrekeyId{prekey}, base_key, bytes_of(name));
    std::optional<Error> got;
    if (!used)
      got = used.error();
    else if (*used)
      got = Error::replayed;
    else if (const auto found = prekeys.signed_prekey(SignedPrekeyId{prekey}); !found)
      got = found.error();
    ASSERT_EQ(got, wanted);
    if (got) return;
    prekeys.consume({SignedPrekeyId{prekey}, std::nullopt, base_key}, bytes_of(name));
    ASSERT_TRUE(std::move(tx).commit());
  }

  void time_passes() { true_now_ += milliseconds(random_() % (8ULL * 24 * 3'600'000)); }
  void clock_jumps() {
    constexpr std::array<int, 5> days_off{365, -365, 31, -1, -20'000};
    offset_ = std::chrono::days(days_off[pick(5)]);
  }
  void clock_is_right() { offset_ = {}; }
  void rotated() {
    auto tx = device_->begin().value();
    ASSERT_TRUE(tx.rotate_signed_prekey(tape_, now()));
    ASSERT_TRUE(std::move(tx).commit());
    twin_.drawn = tape_.take();
    twin_.rotate(now());
    ASSERT_TRUE(twin_.drawn.empty());
  }
  void bundle() {
    if (twin_.signed_prekeys.empty()) rotated();
    auto tx = device_->begin().value();
    if (pick(2) == 0) {
      ASSERT_TRUE(tx.replenish(tape_));
      Life after = twin_;
      after.drawn = tape_.take();
      after.replenish();
      ASSERT_TRUE(after.drawn.empty());
      go_on_as(after);
    }
    const auto wanted = twin_.bundle();
    const auto pending = tx.bundle().value();
    const auto committed = std::move(tx).commit().value();
    const auto got = pending.release(committed).value();
    ASSERT_EQ(got.keys.one_time.has_value(), wanted.has_value());
    if (wanted) {
      ASSERT_EQ(std::to_underlying(got.keys.one_time->id), *wanted);
    }
  }
  void open_anew() {
    device_.emplace(Device::open(rows_, StorageKey(key_bytes(1)), {}, limits_).value());
  }

  void compare() {
    auto tx = device_->begin().value();
    auto& index = **tx.work().prekeys().index();
    std::deque<Life::OneTime> one_times;
    for (const session::PrekeyIndex::Group& group : index.groups)
      for (std::uint32_t i = 0; i < group.span; ++i)
        if ((*tx.work().rows().at(session::one_time_row(OneTimePrekeyId{group.first + i}).bytes()))
                ->there())
          one_times.push_back(
              {group.first + i, static_cast<Life::Place>(group.place), group.upload, group.since});
    ASSERT_EQ(one_times.size(), twin_.one_times.size());
    std::deque<Life::OneTime> wanted = twin_.one_times;
    for (Life::OneTime& one : wanted)
      if (one.upload != 0)
        one.upload = static_cast<std::uint32_t>(std::to_underlying(names_.at(one.upload)));
    ASSERT_TRUE(one_times == wanted);
    ASSERT_LE(one_times.size(), 10 * twin_.policy.batch);
    ASSERT_EQ(index.doubt.stored(), twin_.doubt.mark);
    ASSERT_EQ(index.signed_prekeys.size(), twin_.signed_prekeys.size());
    for (std::size_t i = 0; i < twin_.signed_prekeys.size(); ++i) {
      const auto& real = index.signed_prekeys[i];
      const Life::Signed& twin = twin_.signed_prekeys[i];
      ASSERT_EQ(std::to_underlying(real.id), twin.id);
      ASSERT_EQ(real.made, twin.made);
      ASSERT_EQ(real.replaced, twin.replaced);
      ASSERT_EQ(real.acknowledged, twin.acknowledged);
      ASSERT_EQ(real.used, twin.base_keys.size());
      ASSERT_EQ(real.names, twin.names.size());
    }
    const auto status = tx.prekey_status(now()).value();
    ASSERT_EQ(status.one_time_left, twin_.one_times.size());
  }

  std::mt19937_64 random_;
  IdTape tape_;
  Life twin_;
  DeviceLimits limits_;
  MemoryStore rows_ = MemoryStore::create().value();
  std::optional<Device> device_;
  Shop shop_;
  std::vector<std::uint32_t> taken_;
  std::map<std::uint32_t, UploadId> names_;
  std::deque<std::uint32_t> fetched_;
  std::uint64_t base_keys_ = 0;
  bool may_lie_;
  bool honest_ = true;
  Instant true_now_{std::chrono::days(20'000)};
  milliseconds offset_{0};
};

TEST(PrekeyTwins, do_the_same_and_the_service_has_what_newcomers_need) {
  std::map<std::string, unsigned> tally;
  std::mt19937_64 random(testing::soak_seed(20161104));
  for (int i = 0; i < 250; ++i) {
    const std::uint64_t seed = random();
    World world(seed);
    std::string last;
    for (int step = 0; step < 120; ++step) {
      last = world.step();
      ++tally[last];
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", step " << step << ", " << last;
      if (step % 40 == 39) world.heal();
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", healed after step " << step;
    }
  }
  for (const auto& [name, weight, event] : World::events()) EXPECT_GE(tally[name], 100U) << name;
}

}  // namespace
}  // namespace sotto::prop
