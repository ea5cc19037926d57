// SPDX-License-Identifier: MIT OR Apache-2.0
/// All that can be done with a device, each once, for the tests that do two things at a time.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/snapshot.hpp>

#include "session/test_interleaving.hpp"

namespace sotto::session {

/// The answer of one call, as a text.
inline std::string said(Error error) {
  return std::string(name(error));
}
template <class T>
std::string said(const Result<T>& done) {
  return done ? "done" : said(done.error());
}
inline std::string said(const Result<std::optional<IdentityPublic>>& found) {
  if (!found) return said(found.error());
  return *found ? testing::hex((*found)->bytes().first(4)) : "nobody";
}
template <std::integral T>
std::string said(const Result<T>& count) {
  return count ? std::to_string(*count) : said(count.error());
}
inline std::string said(const Result<SessionInfo>& info) {
  if (!info) return said(info.error());
  return std::to_string(info->epoch) + (info->can_send ? " sends" : "") +
         (info->acknowledged ? " acknowledged" : "") + (info->identity_proved ? " proved" : "") +
         ' ' + std::to_string(info->archived) + ' ' + std::to_string(info->skipped_keys);
}
inline std::string said(const Result<PrekeyStatus>& status) {
  if (!status) return said(status.error());
  return std::to_string(status->one_time_left) + ' ' +
         std::to_string(status->one_time_unpublished) + (status->upload_due ? " due " : " ") +
         std::to_string(status->signed_prekeys) + ' ' +
         std::to_string(status->signed_unacknowledged) + ' ' +
         std::to_string(status->last_resort_used);
}
inline std::string said(const Result<std::optional<MutableBytes>>& value) {
  if (!value) return said(value.error());
  return *value ? std::string((*value)->begin(), (*value)->end()) : "none";
}

/// The same, where what comes after it depends on whether it was done.
template <class T>
Result<std::string> told(const Result<T>& done) {
  if (!done) return std::unexpected(done.error());
  return said(done);
}

/// What is done in one transaction, which is committed unless something in it fails.
using Steps = std::function<Result<std::string>(Transaction&, User&)>;

inline Operation in_a_transaction(std::string called, Steps steps) {
  return {std::move(called), [steps = std::move(steps)](User& user) {
            auto tx = user.device.begin();
            if (!tx) return said(tx.error());
            const auto answer = steps(*tx, user);
            if (!answer) return said(answer.error());
            const auto done = (*std::move(tx)).commit();
            return done ? *answer : said(done.error());
          }};
}

/// The same, of which nothing is committed.
inline Operation reading(std::string called, Steps steps) {
  return {std::move(called), [steps = std::move(steps)](User& user) {
            auto tx = user.device.begin();
            if (!tx) return said(tx.error());
            const auto answer = steps(*tx, user);
            return answer ? *answer : said(answer.error());
          }};
}

/// Alice's device, with something of everything, and what others sent her.
struct AliceAndOthers {
  explicit AliceAndOthers(const DeviceLimits& with = few()) : limits(with) { fill(); }

  /// Few prekeys, for each is a row that is read.
  static DeviceLimits few() {
    DeviceLimits limits;
    limits.prekeys.batch = 3;
    limits.prekeys.low_water = 2;
    return limits;
  }

  DeviceLimits limits;
  Party alice{"alice", 1, limits};
  Party bob{"bob", 2};      ///< they have spoken
  Party carol{"carol", 3};  ///< Alice has not heard of her
  Party dave{"dave", 4};    ///< he has written first, with a one-time prekey
  Party erin{"erin", 5};    ///< and she, without one
  Party frank{"frank", 6};  ///< Alice has begun a session with him, and had no answer
  Address second{"bob", DeviceId{2}};
  std::map<std::string, Letter, std::less<>> letters;
  std::optional<wire::DeviceBundle> bundle_of_carol, bundle_of_bob;
  UploadId upload{};
  std::vector<std::uint8_t> old_peer, same_peer, same_prekeys;

  /// What changes something, and what only asks.
  [[nodiscard]] std::vector<Operation> writes() const;
  [[nodiscard]] std::vector<Operation> messages() const;
  [[nodiscard]] std::vector<Operation> names() const;
  [[nodiscard]] std::vector<Operation> rows() const;
  [[nodiscard]] std::vector<Operation> questions() const;
  [[nodiscard]] std::vector<Operation> devices() const;
  [[nodiscard]] std::string look(Device& device) const;

 private:
  void fill();
  std::vector<std::uint8_t> snapshot(bool of_prekeys);
  [[nodiscard]] Operation reads(std::string called, const Party& from, const Letter& letter,
                                std::string_view under = {}) const;
  [[nodiscard]] Operation connects(std::string called, const Party& to,
                                   const wire::DeviceBundle& bundle) const;
};

inline std::vector<std::uint8_t> AliceAndOthers::snapshot(bool of_prekeys) {
  auto tx = alice.begin();
  const auto pending =
      of_prekeys ? save_prekeys(tx, snapshot_key()) : save_peer(tx, bob.address(), snapshot_key());
  const auto committed = std::move(tx).commit();
  std::vector<std::uint8_t> bytes(pending->size());
  EXPECT_TRUE(pending->release(*committed, bytes));
  return bytes;
}

inline void AliceAndOthers::fill() {
  {
    auto tx = alice.begin();
    const auto pending = tx.prekeys_to_upload({}, alice.tape, start);
    upload = [&] {
      const auto committed = std::move(tx).commit();
      std::vector<Bundle::OneTime> room(pending->size());
      return pending->release(*committed, room)->id;
    }();
  }
  for (Party* party : {&alice, &bob, &carol, &frank}) EXPECT_TRUE(party->make_prekeys());
  EXPECT_TRUE(alice.connect(bob));
  letters["spent"] = *alice.write(bob, "hello");
  EXPECT_TRUE(bob.read(alice, letters["spent"]));
  EXPECT_TRUE(alice.read(bob, *bob.write(alice, "hello yourself")));
  old_peer = snapshot(false);
  letters["late"] = *bob.write(alice, "late");
  letters["opened"] = *bob.write(alice, "opened");
  EXPECT_TRUE(alice.read(bob, letters["opened"]));
  EXPECT_TRUE(bob.read(alice, *alice.write(bob, "turn")));
  letters["next"] = *bob.write(alice, "next");
  letters["after that"] = *bob.write(alice, "after that");
  EXPECT_TRUE(alice.connect(frank));
  EXPECT_TRUE(dave.connect(alice));
  letters["first"] = *dave.write(alice, "first");
  letters["second"] = *dave.write(alice, "second");
  EXPECT_TRUE(erin.connect(alice, false));
  letters["last resort"] = *erin.write(alice, "last resort");
  bundle_of_carol = *carol.bundle();
  bundle_of_bob = *bob.bundle();
  auto tx = alice.begin();
  for (const char* key : {"a/1", "a/2", "b/1"}) EXPECT_TRUE(tx.put(bytes_of(key), bytes_of(key)));
  EXPECT_TRUE(tx.accept_identity(second, erin.device.identity()));
  EXPECT_TRUE(tx.erase_sessions({"bob", DeviceId{3}}));
  EXPECT_TRUE(std::move(tx).commit());
  auto forgets = alice.begin();
  EXPECT_TRUE(forgets.forget(second));
  EXPECT_TRUE(forgets.accept_identity({"ghost", DeviceId{1}}, carol.device.identity()));
  EXPECT_TRUE(forgets.forget({"ghost", DeviceId{1}}));
  EXPECT_TRUE(std::move(forgets).commit());
  same_peer = snapshot(false);
  same_prekeys = snapshot(true);
}

/// All that a device tells of what it holds.
inline std::string AliceAndOthers::look(Device& device) const {
  auto tx = device.begin();
  if (!tx) return said(tx.error());
  std::string all;
  for (const char* called : {"bob", "robert", "carol", "dave", "erin", "frank", "imp", "ghost"}) {
    const Address who{called, DeviceId{1}};
    all += std::string(called) + ' ' + said(tx->info(who, start)) + ' ' + said(tx->identity(who)) +
           "; ";
  }
  all += said(tx->identity(second)) + "; ";
  all += said(tx->prekey_status(start));
  std::array<std::uint8_t, 400> key{}, value{};
  for (std::size_t used = 0;;) {
    const auto next = tx->next(key, {}, Bytes(key).first(used));
    if (!next || !*next) return all + (next ? "" : said(next.error()));
    used = (*next)->size();
    all += ' ' + said(next) + '=' + said(tx->get(value, Bytes(key).first(used)));
  }
}

inline Operation AliceAndOthers::reads(std::string called, const Party& from, const Letter& letter,
                                       std::string_view under) const {
  return {std::move(called), [&from, &letter, under](User& user) {
            std::vector<std::uint8_t> out(letter.bytes.size());
            const Address who{under.empty() ? std::string_view(from.name) : under, DeviceId{1}};
            const auto opened =
                user.device.decrypt(out, who, letter.kind, letter.bytes, user.tape, start);
            if (!opened) return said(opened.error());
            return std::string(opened->plaintext.begin(), opened->plaintext.end());
          }};
}

inline Operation AliceAndOthers::connects(std::string called, const Party& to,
                                          const wire::DeviceBundle& bundle) const {
  return {std::move(called), [&to, &bundle](User& user) {
            return said(user.device.connect(to.address(), bundle.registration, *verify(bundle.keys),
                                            user.tape, start));
          }};
}

}  // namespace sotto::session
