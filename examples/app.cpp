// SPDX-License-Identifier: MIT OR Apache-2.0
// An app over SQLite: it opens its store, keeps its prekeys at a service, and writes what it
// receives into an inbox in the same commit. Run in an empty folder.
//
// Says:
//   No store at a mistyped path: not_set_up
//   Bob's prekeys at the service: 100
//   Bob received: hello Bob
//   The same again: replayed
//   Bob's inbox after a restart: hello Bob
//   Bob's prekeys at the service: 99
#include <algorithm>
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include <sotto/sotto.hpp>
#include <sotto/sqlite_store.hpp>

using namespace sotto;

// What the app keeps in the system's keyring.
struct Keyring {
  StorageKey storage;
  IdentityKeyPair identity;
  CommitNumber last_commit{};  // Outside of the store, it shows that a store was set back.
};

// Devices follow their store when it moves, so both may stand in one object and move together.
struct App {
  SqliteStore store;
  Device device;
  Keyring keys;
};

// What waits at the service. A real one is elsewhere, and asked through a network.
struct Service {
  Bundle signed_prekey{};
  std::deque<Bundle::OneTime> one_time;

  ServiceStock stock() const {
    ServiceStock stock;
    stock.one_time_left = static_cast<std::uint32_t>(one_time.size());
    return stock;
  }
  void take(const PrekeyUpload& upload) {
    signed_prekey = upload.signed_prekey;
    if (upload.replaces) one_time.clear();
    // The same upload may come twice. A real service also remembers what it has handed out.
    for (const Bundle::OneTime& one : upload.one_time) {
      std::erase_if(one_time, [&](const Bundle::OneTime& held) { return held.id == one.id; });
      one_time.push_back(one);
    }
  }
  Bundle hand_out() {  // Each one-time prekey once.
    Bundle bundle = signed_prekey;
    if (!one_time.empty()) {
      bundle.one_time = one_time.front();
      one_time.pop_front();
    }
    return bundle;
  }
};

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Why something failed is for the app's log: it may name files.
void log(const char* what, std::string_view why) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(why.size()), why.data());
}

// After a call that commits by itself. A new number is written into the keyring at once.
void remember_last_commit(App& app) {
  if (const auto number = app.device.last_commit()) app.keys.last_commit = *number;
}

// On the first start.
Result<App> set_up(const std::string& path, Keyring keys) {
  auto store = SqliteStore::open(path);
  if (!store) return std::unexpected(store.error());
  auto device =
      Device::create(*store, keys.storage, keys.identity, DeviceId{1}, RegistrationId{4711});
  if (!device) return std::unexpected(device.error());
  App app{*std::move(store), *std::move(device), std::move(keys)};
  remember_last_commit(app);
  return app;
}

// On every later start: the store must be there, and no older than the app knows.
Result<App> start(const std::string& path, Keyring keys) {
  std::array<char, 200> why{};
  auto store = SqliteStore::open(path, {.create_if_missing = false, .failure = why});
  if (!store) {
    log("The store does not open", why.data());
    return std::unexpected(store.error());
  }
  auto device = Device::open(*store, keys.storage, keys.last_commit);
  if (!device) {
    log("The device does not open", store->failure());
    return std::unexpected(device.error());
  }
  return App{*std::move(store), *std::move(device), std::move(keys)};
}

// Once a day, and after every first message.
Result<void> keep_prekeys_at(Service& service, App& app, Entropy& entropy, Instant now) {
  return retry_on_conflict([&]() -> Result<void> {
    auto tx = app.device.begin();
    if (!tx) return std::unexpected(tx.error());
    const auto pending = tx->prekeys_to_upload(service.stock(), entropy, now);
    if (!pending) return std::unexpected(pending.error());
    const auto committed = (*std::move(tx)).commit();
    if (!committed) return std::unexpected(committed.error());
    app.keys.last_commit = committed->number();
    if (!pending->due()) return {};

    std::vector<Bundle::OneTime> one_time(pending->size());
    const auto upload = pending->release(*committed, one_time);
    if (!upload) return std::unexpected(upload.error());
    service.take(*upload);  // If the upload fails, the next call offers the same again.

    auto acknowledging = app.device.begin();
    if (!acknowledging) return std::unexpected(acknowledging.error());
    if (const auto told = acknowledging->prekeys_uploaded(upload->id, now); !told) return told;
    const auto done = (*std::move(acknowledging)).commit();
    if (!done) return std::unexpected(done.error());
    app.keys.last_commit = done->number();
    return {};
  });
}

// Opens a message and writes its text into the inbox: both are stored, or neither. Only after this
// the app acknowledges the message to the service, which may then delete it.
Result<std::string> receive(App& app, const Address& from, const Message& message,
                            std::string_view id, Entropy& entropy, Instant now) {
  return retry_on_conflict([&]() -> Result<std::string> {
    auto tx = app.device.begin();
    if (!tx) return std::unexpected(tx.error());
    std::vector<std::uint8_t> room(message.bytes.size());
    const auto opened = tx->decrypt(room, from, message.kind, message.bytes, entropy, now);
    if (!opened) return std::unexpected(opened.error());
    const std::string key = "inbox/" + std::string(id);
    if (const auto put = tx->put(bytes_of(key), opened->plaintext); !put)
      return std::unexpected(put.error());
    const auto committed = (*std::move(tx)).commit();
    if (!committed) return std::unexpected(committed.error());
    app.keys.last_commit = committed->number();
    return std::string(opened->plaintext.begin(), opened->plaintext.end());
  });
}

// The texts in the inbox, in the order of their keys.
Result<std::vector<std::string>> inbox_of(App& app) {
  auto tx = app.device.begin();
  if (!tx) return std::unexpected(tx.error());
  std::vector<std::string> texts;
  std::array<std::uint8_t, 400> room;
  Bytes last;
  for (;;) {
    const auto key = tx->next(room, bytes_of("inbox/"), last);
    if (!key) return std::unexpected(key.error());
    if (!*key) return texts;
    last = **key;
    const auto size = tx->size(last);
    if (!size) return std::unexpected(size.error());
    std::vector<std::uint8_t> text(size->value_or(0));
    if (const auto read = tx->get(text, last); !read) return std::unexpected(read.error());
    texts.emplace_back(text.begin(), text.end());
  }
}

Result<void> run() {
  SystemEntropy entropy;
  const auto now = std::chrono::floor<Instant::duration>(std::chrono::system_clock::now());
  const Address alice{"alice", DeviceId{1}}, bob{"bob", DeviceId{1}};
  const auto new_keys = [&]() -> Result<Keyring> {
    std::array<std::uint8_t, 32> storage;
    if (const auto drawn = entropy.fill(storage); !drawn) return std::unexpected(drawn.error());
    auto identity = IdentityKeyPair::generate(entropy);
    if (!identity) return std::unexpected(identity.error());
    Keyring keys{StorageKey(storage), *std::move(identity)};
    wipe(storage);
    return keys;
  };
  auto her_keys = new_keys(), his_keys = new_keys();
  if (!her_keys) return std::unexpected(her_keys.error());
  if (!his_keys) return std::unexpected(his_keys.error());
  auto hers = set_up("alice.db", *std::move(her_keys));
  if (!hers) return std::unexpected(hers.error());
  auto his = set_up("bob.db", *std::move(his_keys));
  if (!his) return std::unexpected(his.error());

  const auto mistyped = SqliteStore::open("bbo.db", {.create_if_missing = false});
  if (!mistyped) std::printf("No store at a mistyped path: %s\n", name(mistyped.error()).data());

  Service service;
  if (const auto done = keep_prekeys_at(service, *his, entropy, now); !done) return done;
  std::printf("Bob's prekeys at the service: %zu\n", service.one_time.size());

  // Alice begins a session with what the service hands out, and writes.
  const auto bundle = verify(service.hand_out());
  if (!bundle) return std::unexpected(bundle.error());
  const auto begun = retry_on_conflict(
      [&] { return hers->device.connect(bob, RegistrationId{4711}, *bundle, entropy, now); });
  if (!begun) return begun;
  std::array<std::uint8_t, max_message_size(9)> sealed;
  const auto message = retry_on_conflict(
      [&] { return hers->device.encrypt(sealed, bob, bytes_of("hello Bob"), now); });
  if (!message) return std::unexpected(message.error());
  remember_last_commit(*hers);

  // The service delivers the message twice: that is no fault, and changes nothing.
  const auto text = receive(*his, alice, *message, "0001", entropy, now);
  if (!text) return std::unexpected(text.error());
  std::printf("Bob received: %s\n", text->c_str());
  const auto again = receive(*his, alice, *message, "0002", entropy, now);
  if (!again) std::printf("The same again: %s\n", name(again.error()).data());

  // Bob's program ends and starts again.
  auto kept = std::move(his->keys);
  his = std::unexpected(Error::consumed);
  his = start("bob.db", std::move(kept));
  if (!his) return std::unexpected(his.error());
  const auto texts = inbox_of(*his);
  if (!texts) return std::unexpected(texts.error());
  for (const std::string& one : *texts)
    std::printf("Bob's inbox after a restart: %s\n", one.c_str());
  if (const auto done = keep_prekeys_at(service, *his, entropy, now); !done) return done;
  std::printf("Bob's prekeys at the service: %zu\n", service.one_time.size());
  return {};
}

int main() {
  if (const auto backend = check_backend(); !backend) {
    std::printf("%s\n", describe(backend.error()).data());
    return 1;
  }
  if (const auto done = run(); !done) {
    std::printf("%s: %s\n", name(done.error()).data(), describe(done.error()).data());
    return 1;
  }
}
