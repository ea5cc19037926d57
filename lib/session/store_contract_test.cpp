// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a store answers, be it what no store should, says nothing of a message.
#include "session/store_contract.hpp"

#include <vector>

#include <gtest/gtest.h>

#include <sotto/unopened.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// At the call of that number it answers an error, whatever that call is.
class HurriedStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  void answer(Error error, int at) {
    error_ = error;
    left_ = at;
  }
  [[nodiscard]] bool answered() const { return left_ < 0; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (now()) return std::unexpected(error_);
    return StoreOver::get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    if (now()) return std::unexpected(error_);
    return StoreOver::next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (now()) return std::unexpected(error_);
    return StoreOver::commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    if (now()) return std::unexpected(error_);
    return StoreOver::revision();
  }
  [[nodiscard]] Result<void> purge() noexcept override {
    if (now()) return std::unexpected(error_);
    return {};
  }

 private:
  bool now() { return left_ >= 0 && left_-- == 0; }
  Error error_ = Error::store_failed;
  int left_ = -1;
};

std::vector<Error> all_errors() {
  std::vector<Error> all;
  for (int i = 1; i < 256; ++i)
    if (name(static_cast<Error>(i)) != "unknown") all.push_back(static_cast<Error>(i));
  return all;
}

TEST(StoreContract, keeps_every_message_whatever_the_store_answers) {
  ASSERT_GT(all_errors().size(), 30U);
  for (const Error error : all_errors()) {
    bool answered = true;
    for (int at = 0; answered; ++at) {
      Pair pair;
      const Letter letter = *pair.bob.write(pair.alice, "text");
      HurriedStore store(pair.alice.rows);
      auto device = *Device::open(store, storage_key());
      std::vector<std::uint8_t> out(letter.bytes.size());
      const auto decrypt = [&] {
        return error_of(device.decrypt(out, pair.bob.address(), letter.kind, letter.bytes,
                                       pair.alice.tape, pair.alice.now));
      };
      store.answer(error, at);
      const auto got = decrypt();
      answered = store.answered();
      if (!answered) break;
      if (!got) continue;
      EXPECT_EQ(unopened(*got), Unopened::keep) << name(error) << " gives " << name(*got);
      EXPECT_EQ(decrypt(), std::nullopt) << name(error) << " at call " << at;
    }
  }
}

/// Its walk stands still, leaves its range or finds what nobody can have stored.
class LostStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  enum class Way : std::uint8_t {
    none,
    stands_still,
    goes_back,
    leaves,
    no_key,
    no_revision
  } way{};

  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    auto entry = StoreOver::next(prefix, after);
    if (way == Way::none || !entry || !*entry) return entry;
    switch (way) {
      case Way::stands_still:
        if (!after.empty() && after.size() > prefix.size()) (*entry)->key = after;
        break;
      case Way::goes_back:
        if (after.size() > prefix.size()) return StoreOver::next(prefix, prefix);
        break;
      case Way::leaves:
        if (!prefix.empty()) (*entry)->key = bytes_of("~");
        break;
      case Way::no_key:
        (*entry)->key = {};
        break;
      case Way::no_revision:
        (*entry)->revision = {};
        break;
      case Way::none:
        break;
    }
    return entry;
  }
};

TEST(StoreContract, lets_no_walk_stand_still_or_leave_its_range) {
  for (const auto way :
       {LostStore::Way::stands_still, LostStore::Way::goes_back, LostStore::Way::leaves,
        LostStore::Way::no_key, LostStore::Way::no_revision}) {
    Pair pair;
    LostStore store(pair.alice.rows);
    auto device = *Device::open(store, storage_key());
    const auto before = contents(pair.alice.rows);
    store.way = way;
    auto tx = *device.begin();
    std::array<char, Address::max_name_bytes> room;
    std::optional<Address> last;
    std::optional<Error> error;
    for (int i = 0; i < 10 && !error; ++i) {
      const auto next = tx.next_peer(room, last);
      if (!next)
        error = next.error();
      else if (!*next)
        break;
      else
        last = *next;
    }
    std::ignore = tx.forget_account("bob");
    std::ignore = tx.rename_account("bob", "robert");
    std::ignore = tx.next_device("bob", std::nullopt);
    const bool seen = way == LostStore::Way::leaves || way == LostStore::Way::no_key;
    EXPECT_EQ(error, seen ? std::optional(Error::store_failed) : error);
    const auto again = error_of(Device::open(store, storage_key()));  // Comes back at all.
    EXPECT_EQ(again.value_or(Error::store_failed), Error::store_failed);
    EXPECT_EQ(contents(pair.alice.rows), before);
  }
}

TEST(StoreContract, is_kept_by_each_call_and_open_and_create_say_the_same) {
  auto rows = *MemoryStore::create();
  HurriedStore store(rows);
  StoreContract contract(store);
  const auto answers = [&](Error error, auto&& call) {
    store.answer(error, 0);
    return error_of(call());
  };
  for (const Error error : {Error::malformed, Error::replayed, Error::no_session, Error::exhausted,
                            Error::invalid_argument, Error::rolled_back, Error::weak_key}) {
    EXPECT_EQ(answers(error, [&] { return contract.get(bytes_of("k")); }), Error::store_failed);
    EXPECT_EQ(answers(error, [&] { return contract.next({}, {}); }), Error::store_failed);
    EXPECT_EQ(answers(error, [&] { return contract.commit({}); }), Error::store_failed);
    EXPECT_EQ(answers(error, [&] { return contract.purge(); }), Error::store_failed);
    EXPECT_EQ(answers(error, [&] { return contract.revision(); }), Error::store_failed);
    EXPECT_EQ(answers(error, [&] { return Device::open(store, storage_key()); }),
              Error::store_failed);
  }
  for (const Error error : {Error::wrong_state, Error::consumed}) {
    EXPECT_EQ(answers(error, [&] { return contract.get(bytes_of("k")); }), error);
    EXPECT_EQ(answers(error, [&] { return contract.commit({}); }), Error::store_failed)
        << "not the transaction's";
  }
  EXPECT_EQ(answers(Error::conflict, [&] { return contract.get(bytes_of("k")); }),
            Error::store_failed);
  EXPECT_EQ(answers(Error::conflict, [&] { return contract.next({}, {}); }), Error::store_failed);
  EXPECT_EQ(answers(Error::conflict, [&] { return contract.revision(); }), Error::store_failed);
  EXPECT_EQ(answers(Error::conflict, [&] { return contract.commit({}); }), Error::conflict);
  EXPECT_EQ(answers(Error::conflict, [&] { return contract.purge(); }), Error::conflict);
  for (const Error error :
       {Error::store_failed, Error::corrupted, Error::outcome_unknown, Error::out_of_memory}) {
    EXPECT_EQ(answers(error, [&] { return contract.get(bytes_of("k")); }), error);
    EXPECT_EQ(answers(error, [&] { return contract.commit({}); }), error);
    EXPECT_EQ(answers(error, [&] { return contract.purge(); }), error);
  }
}

}  // namespace
}  // namespace sotto::session
