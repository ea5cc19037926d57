// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two processes over one database, as the same device: no number is used twice. [SES-9-2]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
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

/// Encrypts `each` messages, calling again after every conflict, and writes what was released.
int encrypt_all(const std::string& path, int out) {
  auto store = SqliteStore::open(path.c_str());
  if (!store) return 2;
  auto device = Device::open(*store, key());
  if (!device) return 3;
  for (int sent = 0, conflicts = 0; sent < each;) {
    std::array<std::uint8_t, room> buffer{};
    const auto message = device->encrypt(buffer, bob, text, now);
    if (!message && message.error() == Error::conflict && ++conflicts < 1'000'000) continue;
    if (!message || message->kind != MessageKind::prekey) return 4;
    const auto size = static_cast<std::uint8_t>(message->bytes.size());
    if (write(out, &size, 1) != 1 || write(out, message->bytes.data(), size) != size) return 5;
    ++sent;
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> read_all(int in) {
  std::vector<std::vector<std::uint8_t>> messages;
  std::uint8_t size = 0;
  while (read(in, &size, 1) == 1) {
    std::vector<std::uint8_t> message(size);
    for (std::size_t have = 0; have < size;) {
      const ssize_t got = read(in, message.data() + have, size - have);
      if (got <= 0) return messages;
      have += static_cast<std::size_t>(got);
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

TEST(Race, two_processes_never_use_a_number_twice) {
  std::string folder = (std::filesystem::temp_directory_path() / "sotto-race-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/alice.db";
  SystemEntropy entropy;
  auto rows = *MemoryStore::create();
  auto receiver = *Device::create(rows, key(), *IdentityKeyPair::generate(entropy), DeviceId{1},
                                  RegistrationId{2});
  auto tx = *receiver.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(entropy, now));
  ASSERT_TRUE(tx.replenish(entropy));
  const auto bundle = *tx.bundle(true);
  ASSERT_TRUE(std::move(tx).commit());
  {  // Closed before the fork: a connection must not be carried over it.
    auto store = *SqliteStore::open(path.c_str());
    auto sender = *Device::create(store, key(), *IdentityKeyPair::generate(entropy), DeviceId{1},
                                  RegistrationId{1});
    ASSERT_TRUE(sender.connect(bob, bundle.registration, *verify(bundle.keys), entropy, now));
  }

  std::array<std::pair<pid_t, int>, 2> children;
  for (auto& [child, in] : children) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) std::_Exit(encrypt_all(path, ends[1]));
    close(ends[1]);
    in = ends[0];
  }
  std::vector<std::vector<std::uint8_t>> messages;
  for (const auto& [child, in] : children) {
    for (auto& message : read_all(in)) messages.push_back(std::move(message));
    close(in);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
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
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sotto::crash
