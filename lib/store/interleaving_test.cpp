// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two devices over one database file: whatever the one does between two calls of the other's
/// store, neither is told what was never so [SES-9-3].
#include "testing/interleaving.hpp"

#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

const Instant now{std::chrono::days(20'000)};

std::string said(Error error) {
  return std::string(name(error));
}
template <class T>
std::string said(const Result<T>& done) {
  return done ? "done" : said(done.error());
}

/// Somebody's device.
struct Person {
  explicit Person(std::uint64_t seed, Store& rows)
      : tape(seed),
        device(*Device::create(rows, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                               RegistrationId{1})) {
    auto tx = *device.begin();
    EXPECT_TRUE(tx.rotate_signed_prekey(tape, now));
    EXPECT_TRUE(std::move(tx).commit());
  }
  wire::DeviceBundle bundle() {
    auto tx = *device.begin();
    const auto made = *tx.last_resort_bundle();
    return *made.release(*std::move(tx).commit());
  }
  void connect(Person& to, std::string_view called) {
    const auto theirs = to.bundle();
    EXPECT_TRUE(device.connect({called, DeviceId{1}}, theirs.registration, *verify(theirs.keys),
                               tape, now));
  }
  std::pair<MessageKind, std::vector<std::uint8_t>> write(std::string_view to) {
    std::vector<std::uint8_t> out(max_message_size(4));
    const auto message = *device.encrypt(out, {to, DeviceId{1}}, bytes_of("text"), now);
    return {message.kind, {message.bytes.begin(), message.bytes.end()}};
  }

  testing::TapeEntropy tape;
  Device device;
};

/// One of two who use Alice's device.
struct User {
  User(Store& rows, std::uint64_t seed)
      : store(&rows), device(*Device::open(rows, storage_key())), tape(seed) {}
  Store* store;
  Device device;
  testing::TapeEntropy tape;
};
using Operation = testing::Operation<User>;

std::string all_rows(Device& device) {
  auto tx = device.begin();
  if (!tx) return said(tx.error());
  std::string all;
  std::array<std::uint8_t, 400> key{}, value{};
  for (std::size_t used = 0;;) {
    const auto next = tx->next(key, {}, Bytes(key).first(used));
    if (!next) return said(next.error());
    if (!*next) return all;
    used = (*next)->size();
    const auto got = tx->get(value, Bytes(key).first(used));
    if (!got) return said(got.error());
    all += text_of(Bytes(key).first(used)) + (*got ? "=" + text_of(**got) : " is gone") + ' ';
  }
}

/// Alice's file, and what others have sent her.
class OneFile : public File {
 protected:
  OneFile() {
    auto store = *SqliteStore::open(path);
    Person alice(1, store);
    alice.connect(bob, "bob");
    const auto hello = alice.write("bob");
    std::vector<std::uint8_t> out(hello.second.size());
    EXPECT_TRUE(
        bob.device.decrypt(out, {"alice", DeviceId{1}}, hello.first, hello.second, bob.tape, now));
    dave.connect(alice, "alice");
    first = dave.write("alice");
    next = bob.write("alice");
    auto tx = *alice.device.begin();
    for (const char* key : {"a/1", "a/2"}) EXPECT_TRUE(tx.put(bytes_of(key), bytes_of(key)));
    EXPECT_TRUE(std::move(tx).commit());
  }

  /// Two users over a copy of the file.
  class Two {
   public:
    explicit Two(const OneFile& file)
        : folder_(file.folder / "copy"),
          rows_(*SqliteStore::open(copy_of(file))),
          others_rows_(*SqliteStore::open((folder_ / "rows.db").string())),
          store(rows_),
          we(store, 11),
          they(others_rows_, 12) {}

    std::string after() {
      std::string found;
      for (User* user : {&we, &they}) found += said(user->device.begin()) + ' ';
      auto third = Device::open(rows_, storage_key());
      if (!third) return found + said(third.error());
      for (const char* called : {"bob", "dave"}) {
        auto tx = *third->begin();
        const auto info = tx.info({called, DeviceId{1}}, now);
        found += info ? std::to_string(info->epoch) + ' ' : said(info.error());
      }
      return found + all_rows(*third);
    }

   private:
    std::string copy_of(const OneFile& file) const {
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directory(folder_);
      std::filesystem::copy_file(file.path, folder_ / "rows.db");
      return (folder_ / "rows.db").string();
    }

    std::filesystem::path folder_;
    SqliteStore rows_;
    SqliteStore others_rows_;

   public:
    testing::InterruptedStore store;
    User we;
    User they;
  };

  using Letter = std::pair<MessageKind, std::vector<std::uint8_t>>;
  static Operation reads(std::string called, std::string_view from, const Letter& letter) {
    return {std::move(called), [from, &letter](User& user) {
              std::vector<std::uint8_t> out(letter.second.size());
              return said(user.device.decrypt(out, {from, DeviceId{1}}, letter.first, letter.second,
                                              user.tape, now));
            }};
  }
  template <class Act>
  static Operation in_a_transaction(std::string called, Act act) {
    return {std::move(called), [act](User& user) {
              auto tx = user.device.begin();
              if (!tx) return said(tx.error());
              const auto done = act(*tx);
              return done ? said(std::move(*tx).commit()) : said(done.error());
            }};
  }
  [[nodiscard]] std::vector<Operation> changes() const {
    return {
        {"encrypt",
         [](User& user) {
           std::vector<std::uint8_t> out(max_message_size(4));
           return said(user.device.encrypt(out, {"bob", DeviceId{1}}, bytes_of("text"), now));
         }},
        reads("decrypt", "bob", next),
        reads("decrypt a first one", "dave", first),
        in_a_transaction("put",
                         [](Transaction& tx) { return tx.put(bytes_of("a/0"), bytes_of("new")); }),
        in_a_transaction("erase", [](Transaction& tx) { return tx.erase(bytes_of("a/2")); }),
        {"erase all", [](User& user) { return said(Device::erase(*user.store)); }},
    };
  }
  [[nodiscard]] std::vector<Operation> questions() const {
    return {
        {"all rows", [](User& user) { return all_rows(user.device); }},
        {"open", [](User& user) { return said(Device::open(*user.store, storage_key())); }},
    };
  }

  MemoryStore bobs_ = *MemoryStore::create(), daves_ = *MemoryStore::create();
  Person bob{2, bobs_}, dave{3, daves_};
  Letter first, next;
};

TEST_F(OneFile, of_two_devices_is_changed_by_one_after_the_other) {
  const auto theirs = changes();
  auto ours = theirs;
  for (Operation& question : questions()) ours.push_back(std::move(question));
  std::size_t cases = 0;
  for (const Operation& our : ours)
    for (const Operation& their : theirs)
      cases += testing::check_interleaved([&] { return std::make_unique<Two>(*this); }, our, their);
  std::cout << cases << " cases\n";
  EXPECT_GT(cases, ours.size() * theirs.size());
}

}  // namespace
}  // namespace sotto
