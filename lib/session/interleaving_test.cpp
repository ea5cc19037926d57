// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two devices over the same rows: whatever the one does between two calls of the other's store,
/// neither is told what was never so [SES-9-3].
#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_operations.hpp"

namespace sotto::session {

using Tx = Transaction;

std::vector<Operation> AliceAndOthers::writes() const {
  const auto writes_to = [](std::string called, std::string_view to) {
    return Operation{
        std::move(called), [to](User& user) {
          Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(4))};
          const auto sealed =
              user.device.encrypt(letter.bytes, {to, DeviceId{1}}, bytes_of("text"), start);
          if (!sealed) return said(sealed.error());
          letter.kind = sealed->kind;
          letter.bytes.resize(sealed->bytes.size());
          user.sealed.push_back(letter);
          return number_of(letter);
        }};
  };
  return {writes_to("encrypt", "bob"), writes_to("encrypt to whom never answered", "frank")};
}

std::vector<Operation> AliceAndOthers::messages() const {
  std::vector<Operation> all{
      connects("connect", carol, *bundle_of_carol),
      connects("connect again", bob, *bundle_of_bob),
      in_a_transaction("encrypt to whom nobody knows",
                       [](Tx& tx, User&) {
                         return told(tx.encrypt({"carol", DeviceId{1}}, bytes_of("text"), start));
                       }),
      reads("decrypt the next", bob, letters.at("next")),
      reads("decrypt the one after that", bob, letters.at("after that")),
      reads("decrypt a late one", bob, letters.at("late")),
      reads("decrypt one that was opened", bob, letters.at("opened")),
      reads("decrypt a first one", dave, letters.at("first")),
      reads("decrypt a second one", dave, letters.at("second")),
      reads("decrypt a first one under another name", dave, letters.at("first"), "imp"),
      reads("decrypt a first one of the last resort", erin, letters.at("last resort")),
  };
  for (Operation& one : writes()) all.push_back(std::move(one));
  return all;
}

std::vector<Operation> AliceAndOthers::names() const {
  const auto accepts = [](std::string called, std::string_view name, std::uint32_t number,
                          const IdentityPublic& identity) {
    return in_a_transaction(std::move(called), [=](Tx& tx, User&) {
      return told(tx.accept_identity({name, DeviceId{number}}, identity));
    });
  };
  const auto renames = [](std::string called, std::string_view from, std::string_view to) {
    return in_a_transaction(std::move(called),
                            [=](Tx& tx, User&) { return told(tx.rename_account(from, to)); });
  };
  return {
      accepts("accept another identity", "bob", 1, erin.device.identity()),
      accepts("accept one that is not proved", "frank", 1, frank.device.identity()),
      accepts("accept one under another name", "imp", 1, dave.device.identity()),
      accepts("accept one of a second device", "bob", 2, bob.device.identity()),
      renames("rename", "bob", "robert"),
      renames("rename to one that is there", "frank", "bob"),
      renames("rename to one of before", "bob", "ghost"),
      renames("rename back", "robert", "bob"),
      in_a_transaction("forget",
                       [](Tx& tx, User&) { return told(tx.forget({"bob", DeviceId{1}})); }),
      in_a_transaction("forget an account",
                       [](Tx& tx, User&) { return told(tx.forget_account("bob")); }),
      in_a_transaction("erase sessions",
                       [](Tx& tx, User&) { return told(tx.erase_sessions({"bob", DeviceId{1}})); }),
      in_a_transaction("restore a peer of before",
                       [this](Tx& tx, User&) {
                         return told(
                             restore_peer(tx, {"bob", DeviceId{1}}, old_peer, snapshot_key()));
                       }),
      in_a_transaction("restore a peer",
                       [this](Tx& tx, User&) {
                         return told(
                             restore_peer(tx, {"bob", DeviceId{1}}, same_peer, snapshot_key()));
                       }),
  };
}

std::vector<Operation> AliceAndOthers::rows() const {
  const auto puts = [](std::string called, std::string_view key) {
    return in_a_transaction(std::move(called), [key](Tx& tx, User&) {
      return told(tx.put(bytes_of(key), bytes_of("new")));
    });
  };
  const auto erases = [](std::string called, std::string_view key) {
    return in_a_transaction(std::move(called),
                            [key](Tx& tx, User&) { return told(tx.erase(bytes_of(key))); });
  };
  return {
      in_a_transaction(
          "rotate the signed prekey",
          [](Tx& tx, User& user) { return told(tx.rotate_signed_prekey(user.tape, start)); }),
      in_a_transaction("replenish",
                       [](Tx& tx, User& user) { return told(tx.replenish(user.tape)); }),
      in_a_transaction(
          "upload",
          [](Tx& tx, User& user) { return told(tx.prekeys_to_upload({}, user.tape, start)); }),
      in_a_transaction("acknowledge",
                       [this](Tx& tx, User&) { return told(tx.prekeys_uploaded(upload, start)); }),
      in_a_transaction("bundle", [](Tx& tx, User&) { return told(tx.bundle()); }),
      in_a_transaction("take in a prekey",
                       [](Tx& tx, User&) {
                         testing::TapeEntropy tape(5);
                         return told(
                             tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{77}, tape)));
                       }),
      in_a_transaction("take in a signed prekey",
                       [](Tx& tx, User&) {
                         testing::TapeEntropy tape(1);
                         const auto identity = *IdentityKeyPair::generate(tape);
                         return told(tx.import_prekey(
                             *SignedPrekey::generate(SignedPrekeyId{77}, identity, tape), start));
                       }),
      in_a_transaction("restore prekeys",
                       [this](Tx& tx, User&) {
                         return told(restore_prekeys(tx, same_prekeys, snapshot_key()));
                       }),
      puts("put", "a/2"),
      puts("put one before the others", "a/0"),
      erases("erase", "a/1"),
      puts("put back", "a/1"),
      in_a_transaction("erase and put",
                       [](Tx& tx, User&) -> Result<std::string> {
                         const auto gone = tx.erase(bytes_of("a/2"));
                         return gone ? told(tx.put(bytes_of("a/3"), bytes_of("3"))) : told(gone);
                       }),
  };
}

std::vector<Operation> AliceAndOthers::questions() const {
  const auto all_rows = [](Tx& tx, User&) -> Result<std::string> {
    std::string all;
    std::array<std::uint8_t, 400> key{}, value{};
    for (std::size_t used = 0;;) {
      const auto next = tx.next(key, bytes_of("a/"), Bytes(key).first(used));
      if (!next) return told(next);
      if (!*next) return all;
      used = (*next)->size();
      const auto got = tx.get(value, Bytes(key).first(used));
      if (!got) return told(got);
      all += said(next) + '=' + said(got) + ' ';
    }
  };
  const auto all_peers = [](Tx& tx, User&) -> Result<std::string> {
    std::string all;
    std::array<char, Address::max_name_bytes> name{};
    for (std::optional<Address> after;;) {
      const auto next = tx.next_peer(name, after);
      if (!next) return told(next);
      if (!*next) return all;
      after = *next;
      all += std::string(after->name) + ' ';
    }
  };
  const auto devices_of_bob = [](Tx& tx, User&) -> Result<std::string> {
    std::string all;
    for (const char* called : {"bob", "robert"})
      for (std::optional<DeviceId> after;;) {
        const auto next = tx.next_device(called, after);
        if (!next) return told(next);
        if (!*next) break;
        after = *next;
        all += std::string(called) + std::to_string(std::to_underlying(*after)) + ' ';
      }
    return all;
  };
  const auto whose = [this](Tx& tx, User&) -> Result<std::string> {
    std::string all;
    for (const Party* party : {&bob, &dave, &erin, &frank}) {
      std::array<char, Address::max_name_bytes> name{};
      const auto owner = tx.owner_of(name, party->device.identity());
      if (!owner) return told(owner);
      all += std::string(*owner ? **owner : "nobody") + ' ';
      const auto held = tx.identity(party->address());
      if (!held) return told(held);
      all += said(held) + ' ';
      const auto info = tx.info(party->address(), start);
      if (!info) return told(info);
      all += said(info) + ' ';
    }
    const auto status = tx.prekey_status(start);
    return status ? Result<std::string>(all + said(status)) : told(status);
  };
  const auto saved = [this](Tx& tx, User&) {
    return told(save_peer(tx, bob.address(), snapshot_key()));
  };
  return {
      reading("read rows", all_rows),
      reading("read peers", all_peers),
      reading("read devices of an account", devices_of_bob),
      reading("read who is who", whose),
      in_a_transaction("read rows to the end", all_rows),
      in_a_transaction("read who is who to the end", whose),
      in_a_transaction("save a peer", saved),
      in_a_transaction("save prekeys",
                       [](Tx& tx, User&) { return told(save_prekeys(tx, snapshot_key())); }),
      in_a_transaction("bundle of the last resort",
                       [](Tx& tx, User&) { return told(tx.last_resort_bundle()); }),
      reading("offered identity",
              [](Tx& tx, User&) { return told(tx.offered_identity({"imp", DeviceId{1}})); }),
  };
}

std::vector<Operation> AliceAndOthers::devices() const {
  return {
      {"replace the storage key",
       [](User& user) { return said(user.device.rotate_storage_key(storage_key(0x43))); }},
      {"erase all", [](User& user) { return said(Device::erase(*user.store)); }},
  };
}

namespace {

/// What is done with a device that changes nothing, or nothing here.
std::vector<Operation> openings() {
  return {
      {"open",
       [](User& user) {
         const auto device = Device::open(*user.store, storage_key(), {}, user.limits);
         return device ? testing::hex(device->identity().bytes().first(4)) : said(device.error());
       }},
      {"open one that must have come far",
       [](User& user) {
         return said(Device::open(*user.store, storage_key(), CommitNumber{5}, user.limits));
       }},
      {"create",
       [](User& user) {
         testing::TapeEntropy tape(8);
         return said(Device::create(*user.store, storage_key(), *IdentityKeyPair::generate(tape),
                                    DeviceId{1}, RegistrationId{1}));
       }},
      {"purge", [](User& user) { return said(user.device.purge()); }},
      {"last commit", [](User& user) { return said(whether(user.device.last_commit())); }},
  };
}

/// Two operations: it comes between the calls of others, and nothing comes between the two.
const Operation sets_up_anew{
    "erase all and begin anew", [](User& user) {
      const auto erased = Device::erase(*user.store);
      if (!erased) return said(erased.error());
      testing::TapeEntropy tape(9);
      return said(Device::create(*user.store, storage_key(), *IdentityKeyPair::generate(tape),
                                 DeviceId{1}, RegistrationId{1}));
    }};

/// Each of some operations, with each of all that change something in between.
class Interleaving : public ::testing::Test {
 protected:
  /// Who only asks disturbs nobody, and does not come in between.
  void check(const std::vector<Operation>& ours, bool warm) {
    std::vector<Operation> all{sets_up_anew};
    for (const auto& some : {world.messages(), world.names(), world.rows(), world.devices()})
      all.insert(all.end(), some.begin(), some.end());
    Scene scene{&world.alice.rows, world.limits,
                [this](Device& device) { return world.look(device); }, nullptr};
    // What we have stored ourselves is in memory, and nobody else has committed since.
    if (warm)
      scene.warm_up = [this](User& we) {
        for (const Operation& writes : world.writes()) EXPECT_NE(writes.run(we), "no_session");
      };
    std::size_t cases = 0;
    for (const Operation& our : ours)
      for (const Operation& their : all) cases += testing::check_interleaved(scene, our, their);
    std::cout << cases << " cases\n";
    EXPECT_GE(cases, all.size() * ours.size());
  }

  AliceAndOthers world;
};

TEST_F(Interleaving, of_messages_with_anything_is_one_after_the_other) {
  check(world.messages(), false);
}

TEST_F(Interleaving, of_messages_of_peers_in_memory_is_one_after_the_other) {
  check(world.messages(), true);
}

TEST_F(Interleaving, of_anything_with_two_is_one_after_the_other) {
  const auto messages = world.messages(), names = world.names(), rows = world.rows();
  const auto of = [](const std::vector<Operation>& all, std::string_view called) {
    return *std::ranges::find(all, called, &Operation::name);
  };
  using Theirs = std::array<Operation, 2>;
  const std::vector<Theirs> theirs{
      {of(names, "rename"), of(names, "rename back")},
      {of(names, "forget"), of(messages, "connect again")},
      {of(messages, "decrypt a first one"), of(messages, "decrypt the next")},
      {of(rows, "erase"), of(rows, "put back")},
      {of(rows, "bundle"), of(rows, "rotate the signed prekey")},
  };
  Scene scene{&world.alice.rows, world.limits,
              [this](Device& device) { return world.look(device); }, nullptr};
  std::size_t cases = 0;
  for (const auto& some : {messages, names, rows, world.questions()})
    for (const Operation& our : some)
      for (const Theirs& their : theirs) cases += testing::check_interleaved(scene, our, their);
  std::cout << cases << " cases\n";
  EXPECT_GT(cases, theirs.size());
}

TEST_F(Interleaving, of_names_with_anything_is_one_after_the_other) {
  check(world.names(), false);
}

TEST_F(Interleaving, of_names_of_peers_in_memory_is_one_after_the_other) {
  check(world.names(), true);
}

TEST_F(Interleaving, of_rows_with_anything_is_one_after_the_other) {
  check(world.rows(), false);
}

TEST_F(Interleaving, of_questions_with_anything_is_one_after_the_other) {
  check(world.questions(), true);
}

TEST_F(Interleaving, of_devices_with_anything_is_one_after_the_other) {
  check(world.devices(), false);
  check(openings(), false);
}

}  // namespace
}  // namespace sotto::session
