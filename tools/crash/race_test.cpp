// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two processes, or two threads, over one database, as the same device: no number is used twice.
/// [SES-9-2]
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

namespace sotto::crash {
namespace {

constexpr Instant now(std::chrono::hours(24));
constexpr Address alice{"alice", DeviceId{1}}, bob{"bob", DeviceId{1}};
constexpr std::uint8_t text[] = {'h', 'i'};
constexpr int each = 300;
constexpr std::size_t room = max_message_size(sizeof text);

StorageKey key() {
  return StorageKey(std::array<std::uint8_t, 32>{42});
}

/// Encrypts `each` messages, calling again after every conflict, and writes what was released. Each
/// waits for a byte from `go`, so that both race for every number, and neither has to wait for more
/// than one commit of the other, however slow the disk is.
int encrypt_all(const std::string& path, int go, int out) {
  auto store = SqliteStore::open(path.c_str());
  if (!store) return 2;
  auto device = Device::open(*store, key());
  if (!device) return 3;
  for (int sent = 0; sent < each;) {
    std::uint8_t signal = 0;
    if (read(go, &signal, 1) != 1) return 6;
    std::array<std::uint8_t, room> buffer{};
    auto message = device->encrypt(buffer, bob, text, now);
    while (!message && message.error() == Error::conflict)
      message = device->encrypt(buffer, bob, text, now);
    if (!message || message->kind != MessageKind::prekey) return 4;
    const auto size = static_cast<std::uint8_t>(message->bytes.size());
    if (write(out, &size, 1) != 1 || write(out, message->bytes.data(), size) != size) return 5;
    ++sent;
  }
  return 0;
}

/// The next message of a child; nothing when it has ended.
std::optional<std::vector<std::uint8_t>> read_message(int in) {
  std::uint8_t size = 0;
  if (read(in, &size, 1) != 1) return std::nullopt;
  std::vector<std::uint8_t> message(size);
  for (std::size_t have = 0; have < size;) {
    const ssize_t got = read(in, message.data() + have, size - have);
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return message;
}

struct Child {
  pid_t process;
  int go;
  int in;
};

/// A folder with a database of Alice's.
struct Folder {
  std::string name = [] {
    std::string made = (std::filesystem::temp_directory_path() / "sotto-race-XXXXXX").string();
    if (mkdtemp(made.data()) == nullptr) std::abort();
    return made;
  }();
  std::string path = name + "/alice.db";
  /// In a store of this folder.
  static Device alice_in(Store& store) {
    SystemEntropy entropy;
    return *Device::create(store, key(), *IdentityKeyPair::generate(entropy), DeviceId{1},
                           RegistrationId{1});
  }
  ~Folder() { std::filesystem::remove_all(name); }
};

TEST(Race, two_processes_never_use_a_number_twice) {
  const Folder folder;
  SystemEntropy entropy;
  auto rows = *MemoryStore::create();
  auto receiver = *Device::create(rows, key(), *IdentityKeyPair::generate(entropy), DeviceId{1},
                                  RegistrationId{2});
  auto tx = *receiver.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(entropy, now));
  ASSERT_TRUE(tx.replenish(entropy));
  const auto pending = *tx.bundle();
  const auto bundle = *pending.release(*std::move(tx).commit());
  {  // Closed before the fork: a connection must not be carried over it.
    auto store = *SqliteStore::open(folder.path);
    auto sender = Folder::alice_in(store);
    ASSERT_TRUE(sender.connect(bob, bundle.registration, *verify(bundle.keys), entropy, now));
  }

  std::signal(SIGPIPE, SIG_IGN);
  std::vector<Child> children;
  for (int n = 0; n < 2; ++n) {
    int go[2], out[2];
    ASSERT_EQ(pipe(go), 0);
    ASSERT_EQ(pipe(out), 0);
    const pid_t process = fork();
    ASSERT_GE(process, 0);
    if (process == 0) {
      for (const Child& other : children) close(other.go), close(other.in);
      close(go[1]);
      std::_Exit(encrypt_all(folder.path, go[0], out[1]));
    }
    close(go[0]);
    close(out[1]);
    children.push_back({process, go[1], out[0]});
  }
  std::vector<std::vector<std::uint8_t>> messages;
  for (bool all = true; all && messages.size() < std::size_t{2} * each;) {
    for (const Child& child : children) all &= write(child.go, "", 1) == 1;
    for (const Child& child : children) {
      auto message = read_message(child.in);
      all &= message.has_value();
      if (message) messages.push_back(*std::move(message));
    }
  }
  for (const Child& child : children) {
    close(child.go);
    close(child.in);
    int status = 0;
    ASSERT_EQ(waitpid(child.process, &status, 0), child.process);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(messages.size(), std::size_t{2} * each);

  std::map<std::pair<RatchetPublic, std::uint32_t>, int> used;
  for (auto& bytes : messages) {
    const auto parsed = wire::parse_prekey_message(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(++used[std::pair(parsed->message.ratchet_key, parsed->message.counter)], 1);
    std::vector<std::uint8_t> opened(bytes.size());
    EXPECT_TRUE(
        receiver.decrypt(opened, alice, MessageKind::prekey, bytes, entropy, now).has_value());
  }
}

Result<void> write_row(Device& device, std::uint8_t row) {
  auto tx = device.begin();
  if (!tx) return std::unexpected(tx.error());
  const std::array<std::uint8_t, 1> name{row};
  if (const auto put = tx->put(name, text); !put) return put;
  const auto done = std::move(*tx).commit();
  if (!done) return std::unexpected(done.error());
  return {};
}

TEST(Race, two_threads_over_one_store_object_take_turns_or_are_told_so) {
  const Folder folder;
  auto store = *SqliteStore::open(folder.path);
  auto first = Folder::alice_in(store);
  auto second = *Device::open(store, key());
  const auto run = [](Device& device, std::uint8_t rows) {
    for (int done = 0; done < each;) {
      const auto wrote = write_row(device, static_cast<std::uint8_t>(rows + done % 100));
      if (wrote)
        ++done;
      else if (wrote.error() != Error::wrong_state && wrote.error() != Error::conflict)
        return wrote.error();
    }
    return Error::wrong_state;
  };
  Error other{};
  {
    std::jthread thread([&] { other = run(second, 100); });
    EXPECT_EQ(run(first, 0), Error::wrong_state);
  }
  EXPECT_EQ(other, Error::wrong_state);
  EXPECT_EQ(std::max(*first.last_commit(), *second.last_commit()), CommitNumber{1 + 2 * each});
}

TEST(Race, threads_that_open_devices_over_one_store_object_at_the_same_moment_are_told_so) {
  const Folder folder;
  for (int round = 0; round < 20; ++round) {
    const std::string path = folder.path + std::to_string(round);
    {
      auto store = *SqliteStore::open(path);
      static_cast<void>(Folder::alice_in(store));
    }
    auto store = *SqliteStore::open(path);
    std::latch together(2);
    std::array<std::optional<Error>, 2> answers;
    const auto open = [&](std::size_t thread) {
      together.arrive_and_wait();
      const auto device = Device::open(store, key());
      if (!device) answers.at(thread) = device.error();
    };
    {
      std::jthread one([&] { open(0); });
      open(1);
    }
    for (const auto& answer : answers)
      EXPECT_EQ(answer.value_or(Error::wrong_state), Error::wrong_state);
    EXPECT_TRUE(Device::open(store, key()));
  }
}

/// A store beside which another process commits whenever a row is read.
class Beside final : public Store {
 public:
  Beside(Store& under, Device& other) : under_(&under), other_(&other) {}
  [[nodiscard]] Result<std::optional<Row>> get(Bytes row) noexcept override {
    return under_->get(row);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    EXPECT_TRUE(write_row(*other_, static_cast<std::uint8_t>(commits++)));
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    return under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override { return under_->revision(); }
  [[nodiscard]] Result<void> begin_reading() noexcept override { return under_->begin_reading(); }
  void end_reading() noexcept override { under_->end_reading(); }

  int commits = 0;

 private:
  Store* under_;
  Device* other_;
};

TEST(Race, a_device_opens_beside_one_that_never_stops_committing) {
  const Folder folder;
  auto theirs = *SqliteStore::open(folder.path);
  auto other = Folder::alice_in(theirs);
  for (std::uint8_t row = 0; row < 100; ++row) ASSERT_TRUE(write_row(other, row));
  auto store = *SqliteStore::open(folder.path);
  Beside beside(store, other);
  auto device = Device::open(beside, key());
  ASSERT_TRUE(device) << name(device.error());
  EXPECT_GE(beside.commits, 100);
  EXPECT_TRUE(write_row(*device, 7)) << "and what it read is no older than it says";
  EXPECT_EQ(*device->last_commit(), CommitNumber(102 + beside.commits));
}

}  // namespace
}  // namespace sotto::crash
