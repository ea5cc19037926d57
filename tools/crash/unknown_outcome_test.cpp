// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device opens the only copy of a message while its files fail: once for each call that can fail
/// and each way to. What it was told is so, in this process and after the process ended at that
/// moment.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "crash/faults.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::crash {
namespace {

using testing::error_of;

constexpr std::string_view text = "the only copy";
constexpr Instant now(std::chrono::days(20'000));
const Address alice{"alice", DeviceId{1}};

Bytes bytes_of(std::string_view what) {
  return {reinterpret_cast<const std::uint8_t*>(what.data()), what.size()};
}
StorageKey storage_key() {
  return StorageKey(std::array<std::uint8_t, 32>{7});
}

/// What an app does with a message.
enum class Way : std::uint8_t {
  alone,  ///< `Device::decrypt`, whose text is in memory only
  kept,   ///< `Transaction::decrypt`, and the text in a row of the same commit
};

class UnknownOutcome : public ::testing::TestWithParam<std::pair<Fault::Kind, Fault::Way>> {
 protected:
  UnknownOutcome() {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-unknown-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    set_fault({});
    let_fail(false);
    send_to_bob();
  }
  ~UnknownOutcome() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }

  /// Bob's database, and a first message that waits for it.
  void send_to_bob() {
    testing::TapeEntropy tape(1);
    auto rows = *SqliteStore::open(path("base"));
    DeviceLimits limits;
    limits.prekeys.batch = 2;
    auto bob = *Device::create(rows, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                               RegistrationId{1}, limits);
    auto tx = *bob.begin();
    EXPECT_TRUE(tx.rotate_signed_prekey(tape, now) && tx.replenish(tape));
    const auto pending = *tx.bundle();
    const auto bundle = *pending.release(*std::move(tx).commit());
    auto hers = *MemoryStore::create();
    auto device = *Device::create(hers, storage_key(), *IdentityKeyPair::generate(tape),
                                  DeviceId{1}, RegistrationId{2});
    const Address to{"bob", DeviceId{1}};
    EXPECT_TRUE(device.connect(to, bundle.registration, *verify(bundle.keys), tape, now));
    letter_.resize(max_message_size(text.size()));
    const auto sealed = *device.encrypt(letter_, to, bytes_of(text), now);
    kind_ = sealed.kind;
    letter_.resize(sealed.bytes.size());
  }

  /// Nothing when the message opened and is stored as opened.
  std::optional<Error> open(Device& bob, Way way) const {
    testing::TapeEntropy tape(3);
    std::vector<std::uint8_t> out(letter_.size());
    if (way == Way::alone) {
      const auto opened = bob.decrypt(out, alice, kind_, letter_, tape, now);
      if (opened) {
        EXPECT_EQ(as_text(opened->plaintext), text);
      }
      return error_of(opened);
    }
    auto tx = bob.begin();
    if (!tx) return tx.error();
    const auto opened = tx->decrypt(out, alice, kind_, letter_, tape, now);
    if (!opened) return opened.error();
    EXPECT_EQ(as_text(opened->plaintext), text);
    if (const auto put = tx->put(bytes_of("inbox"), opened->plaintext); !put) return put.error();
    return error_of(std::move(*tx).commit());
  }
  static std::string as_text(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

  static bool is_in_the_inbox(Device& bob) {
    auto tx = *bob.begin();
    std::array<std::uint8_t, 100> out;
    const auto row = *tx.get(out, bytes_of("inbox"));
    if (row) {
      EXPECT_EQ(as_text(*row), text);
    }
    return row.has_value();
  }

  /// The message comes again, since the service keeps it until it is acknowledged. What was told is
  /// so; after `outcome_unknown` either of the two, and none of the text is half there.
  void expect_told(Device& bob, Way way, const std::optional<Error>& told, bool restarted) {
    const bool stored = is_in_the_inbox(bob);
    const auto again = open(bob, way);
    EXPECT_TRUE(again == std::nullopt || again == Error::replayed) << name(*again);
    if (told != Error::outcome_unknown) {
      EXPECT_EQ(again, told ? std::nullopt : std::optional(Error::replayed));
      EXPECT_EQ(stored, !told && way == Way::kept);
    } else if (way == Way::kept) {
      EXPECT_EQ(again.has_value(), stored) << "in the inbox, or it opens now";
    } else if (!restarted) {
      EXPECT_EQ(again, std::nullopt) << "the text was held";
    }
    if (told == Error::outcome_unknown && restarted)
      ++(again ? unknown_and_stored_ : unknown_and_not_);
    EXPECT_EQ(open(bob, Way::alone), Error::replayed);
    EXPECT_EQ(is_in_the_inbox(bob), way == Way::kept);
  }

  /// Whether there was a call to strike.
  bool strike(std::uint64_t at, Way way) {
    for (const char* const end : {"", "-wal", "-shm", "-journal"})
      for (const char* const file : {"rows", "crash"}) std::filesystem::remove(path(file) + end);
    std::filesystem::copy_file(path("base"), path("rows"));
    auto rows = *SqliteStore::open(path("rows"), {.busy_timeout = std::chrono::milliseconds(0)});
    auto bob = *Device::open(rows, storage_key());
    const auto [kind, how] = GetParam();
    set_fault({kind, how, at});
    const auto told = open(bob, way);
    const bool has_struck = struck();
    let_fail(false);
    if (told) {
      EXPECT_TRUE(told == Error::outcome_unknown || told == Error::store_failed ||
                  told == Error::out_of_memory)
          << name(*told);
    }
    EXPECT_TRUE(has_struck || !told);
    for (const char* const end : {"", "-wal", "-journal"})
      if (std::filesystem::exists(path("rows") + end))
        std::filesystem::copy_file(path("rows") + end, path("crash") + end);
    {
      auto after = *SqliteStore::open(path("crash"));
      auto restarted = *Device::open(after, storage_key());
      expect_told(restarted, way, told, true);
    }
    expect_told(bob, way, told, false);
    return has_struck;
  }

  std::filesystem::path folder_;
  MessageKind kind_{};
  std::vector<std::uint8_t> letter_;
  int unknown_and_stored_ = 0;
  int unknown_and_not_ = 0;
};

TEST_P(UnknownOutcome, loses_no_message_that_was_stored_with_its_text) {
  for (const Way way : {Way::alone, Way::kept}) {
    std::uint64_t at = 1;
    for (; !HasFailure(); ++at) {
      SCOPED_TRACE(::testing::Message() << name(Fault{GetParam().first, GetParam().second, at})
                                        << (way == Way::alone ? ", alone" : ", kept"));
      if (!strike(at, way)) break;
    }
    EXPECT_GT(at, 5U);
  }
  std::printf("unknown, and after a restart stored %d times, not stored %d times\n",
              unknown_and_stored_, unknown_and_not_);
  if (GetParam() == std::pair(Fault::Kind::io, Fault::Way::on)) {
    EXPECT_GT(unknown_and_stored_, 0);
    EXPECT_GT(unknown_and_not_, 0);
  }
}

using F = Fault;
INSTANTIATE_TEST_SUITE_P(
    , UnknownOutcome,
    ::testing::Values(std::pair(F::Kind::io, F::Way::once), std::pair(F::Kind::io, F::Way::late),
                      std::pair(F::Kind::io, F::Way::torn), std::pair(F::Kind::io, F::Way::on),
                      std::pair(F::Kind::full, F::Way::once), std::pair(F::Kind::full, F::Way::on),
                      std::pair(F::Kind::memory, F::Way::once)));

}  // namespace
}  // namespace sotto::crash
