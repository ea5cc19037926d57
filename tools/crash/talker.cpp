// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crash/talker.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <sotto/entropy.hpp>
#include <sotto/sqlite_store.hpp>

#include "crash/mortal_files.hpp"

namespace sotto::crash {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr Instant now(std::chrono::hours(24));
constexpr std::array<Address, 2> addresses{Address{"alice", DeviceId{1}},
                                           Address{"bob", DeviceId{1}}};
Relay* the_relay = nullptr;
std::uint32_t point_number = 0;
bool in_files = false;

[[noreturn]] void fault(const std::string& what) {
  if (the_relay == nullptr) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
  }
  std::snprintf(the_relay->fault.data(), the_relay->fault.size(), "%s", what.c_str());
  std::_Exit(3);
}

template <class T>
T must(Result<T> result, const char* what) {
  if (!result) fault(std::string(what) + ": " + std::string(name(result.error())));
  return *std::move(result);
}
void must(Result<void> result, const char* what) {
  if (!result) fault(std::string(what) + ": " + std::string(name(result.error())));
}

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Letters come late here by more turns than usual.
DeviceLimits limits() {
  DeviceLimits limits;
  limits.sessions.ratchet.max_receiving_chains = 32;
  return limits;
}

StorageKey key() {
  return StorageKey(std::array<std::uint8_t, 32>{42});
}

std::string path_of(const std::string& folder, int side) {
  return folder + (side == 0 ? "/alice.db" : "/bob.db");
}

std::uint32_t number_in(Transaction& tx, const char* row) {
  std::array<std::uint8_t, 4> out{};
  const auto found = must(tx.get(out, bytes_of(row)), "read a number");
  std::uint32_t number = 0;
  if (found) std::memcpy(&number, out.data(), 4);
  return number;
}
void put_number(Transaction& tx, const char* row, std::uint32_t number) {
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &number, 4);
  must(tx.put(bytes_of(row), bytes), "store a number");
}

std::string row_of(char box, std::uint32_t number) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "%c%08u", box, number);
  return text.data();
}

/// One side of the conversation, as a process that started just now.
class Talker {
 public:
  Talker(const std::string& folder, int side, Relay& relay)
      : side_(side),
        files_(must(SqliteStore::open(path_of(folder, side).c_str()), "open the database")),
        device_(must(Device::open(store_, key(), {}, limits()), "open the device")),
        relay_(relay) {}

  /// Whatever was stored as sent and of which nobody knows whether it left.
  void send_what_was_left() {
    auto tx = must(device_.begin(), "begin");
    std::array<std::uint8_t, 400> name;
    Buffer after;
    for (;;) {
      const auto row = must(tx.next(name, bytes_of("o"), after), "look for letters");
      if (!row) break;
      after.assign(row->begin(), row->end());
      Buffer letter(most_bytes + 1);
      const auto found = must(tx.get(letter, after), "read a letter");
      if (found) let_out(static_cast<MessageKind>((*found)[0]), found->subspan(1));
      must(tx.erase(after), "erase from the outbox");
    }
    must(std::move(tx).commit(), "commit the outbox");
  }

  void send() {
    auto tx = must(device_.begin(), "begin");
    const std::uint32_t number = number_in(tx, "sent");
    const std::string text = std::to_string(number);
    const auto unsent = must(tx.encrypt(other(), bytes_of(text), now), "encrypt");
    must(tx.put(bytes_of(row_of('o', number)), unsent), "put into the outbox");
    put_number(tx, "sent", number + 1);
    const auto committed = must(std::move(tx).commit(), "commit a letter");
    point();
    Buffer out(unsent.size());
    const Message message = must(unsent.release(committed, out), "release");
    let_out(message.kind, message.bytes);
    point();
    // The relay has it.
    auto done = must(device_.begin(), "begin");
    must(done.erase(bytes_of(row_of('o', number))), "erase from the outbox");
    must(std::move(done).commit(), "commit the outbox");
  }

  /// One of the first four letters that wait, more often than not the first; false when none does.
  bool receive(std::mt19937_64& random) {
    std::array<Letter*, 4> waiting{};
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < relay_.count && count < waiting.size(); ++i) {
      Letter& letter = relay_.letters[i];
      if (letter.from != side_ && !letter.acknowledged) waiting[count++] = &letter;
    }
    if (count == 0) return false;
    Letter& letter = *waiting[random() % 2 == 0 ? 0 : random() % count];
    auto tx = must(device_.begin(), "begin");
    Buffer out(letter.size);
    const auto opened = tx.decrypt(out, other(), static_cast<MessageKind>(letter.kind),
                                   Bytes(letter.bytes).first(letter.size), entropy_, now);
    if (opened) {
      const std::string text(opened->plaintext.begin(), opened->plaintext.end());
      const std::string row = row_of('i', static_cast<std::uint32_t>(std::stoul(text)));
      std::array<std::uint8_t, 16> shown;
      if (must(tx.get(shown, bytes_of(row)), "look into the inbox"))
        fault("message " + text + " was shown twice");
      must(tx.put(bytes_of(row), bytes_of(text)), "put into the inbox");
      must(std::move(tx).commit(), "commit the inbox");
    } else if (opened.error() != Error::replayed) {
      fault("a letter does not open: " + std::string(name(opened.error())));
    }
    point();
    letter.acknowledged = true;  // Replayed: it was stored, and we died before we said so.
    return true;
  }

 private:
  [[nodiscard]] const Address& other() const { return side_ == 0 ? addresses[1] : addresses[0]; }

  void let_out(MessageKind kind, Bytes bytes) {
    const std::uint32_t place = relay_.count;
    if (place >= most_letters || bytes.size() > most_bytes) fault("the relay is full");
    Letter& letter = relay_.letters[place];
    letter.from = static_cast<std::uint8_t>(side_);
    letter.kind = static_cast<std::uint8_t>(kind);
    letter.size = static_cast<std::uint16_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), letter.bytes.begin());
    relay_.count = place + 1;
  }

  int side_;
  SystemEntropy entropy_;
  SqliteStore files_;
  MortalStore store_{files_};
  Device device_;
  Relay& relay_;
};

}  // namespace

void point() {
  if (the_relay == nullptr) return;
  ++point_number;
  ++the_relay->points;
  if (the_relay->until_death < 0 || --the_relay->until_death != 0) return;
  if (in_files) ++the_relay->died_in_files;
  std::raise(SIGKILL);
}

void set_up(const std::string& folder) {
  SystemEntropy entropy;
  std::vector<SqliteStore> stores;
  std::vector<Device> devices;
  for (int side = 0; side < 2; ++side)
    stores.push_back(must(SqliteStore::open(path_of(folder, side).c_str()), "open"));
  for (int side = 0; side < 2; ++side)
    devices.push_back(must(Device::create(stores[static_cast<std::size_t>(side)], key(),
                                          must(IdentityKeyPair::generate(entropy), "identity"),
                                          DeviceId{1}, RegistrationId{1}, limits()),
                           "create"));
  auto tx = must(devices[1].begin(), "begin");
  must(tx.rotate_signed_prekey(entropy, now), "rotate");
  must(tx.replenish(entropy), "replenish");
  const auto pending = must(tx.bundle(), "bundle");
  const auto bundle = must(pending.release(must(std::move(tx).commit(), "commit")), "bundle");
  must(devices[0].connect(addresses[1], bundle.registration, must(verify(bundle.keys), "verify"),
                          entropy, now),
       "connect");
  const std::string hello = "0";
  Buffer out(max_message_size(1)), opened(out.size());
  auto first = must(devices[0].begin(), "begin");
  const auto unsent = must(first.encrypt(addresses[1], bytes_of(hello), now), "encrypt");
  put_number(first, "sent", 1);
  const auto committed = must(std::move(first).commit(), "commit");
  const Message message = must(unsent.release(committed, out), "release");
  auto reading = must(devices[1].begin(), "begin");
  must(reading.decrypt(opened, addresses[0], message.kind, message.bytes, entropy, now), "decrypt");
  must(reading.put(bytes_of(row_of('i', 0)), bytes_of(hello)), "put");
  must(std::move(reading).commit(), "commit");
}

void talk(const std::string& folder, Relay& relay, std::uint64_t seed, int steps, bool drain) {
  the_relay = &relay;
  register_mortal_files({.point =
                             [] {
                               in_files = true;
                               point();
                               in_files = false;
                             },
                         .torn =
                             [] {
                               const bool torn = the_relay->until_death == 1;
                               the_relay->torn_writes += torn ? 1 : 0;
                               return torn;
                             }});
  std::mt19937_64 random(seed);
  std::array<std::optional<Talker>, 2> sides;
  for (int side = 0; side < 2; ++side)
    sides[static_cast<std::size_t>(side)].emplace(folder, side, relay);
  for (auto& side : sides) side->send_what_was_left();
  for (int i = 0; i < steps; ++i) {
    Talker& side = *sides[random() % 2];
    if (random() % 2 == 0)
      side.send();
    else
      side.receive(random);
  }
  if (!drain) return;
  for (auto& side : sides) side->send();
  for (auto& side : sides)
    while (side->receive(random)) {
    }
}

Account account_of(const std::string& folder, int side) {
  auto store = must(SqliteStore::open(path_of(folder, side).c_str()), "open");
  auto device = must(Device::open(store, key(), {}, limits()), "open the device");
  auto tx = must(device.begin(), "begin");
  Account account{.sent = number_in(tx, "sent")};
  std::array<std::uint8_t, 400> name;
  Buffer after;
  for (;;) {
    const auto row = must(tx.next(name, bytes_of("i"), after), "look into the inbox");
    if (!row) return account;
    after.assign(row->begin(), row->end());
    const std::string text(row->begin(), row->end());
    if (text == row_of('i', account.shown))
      ++account.shown;
    else
      ++account.beyond;
  }
}

}  // namespace sotto::crash
