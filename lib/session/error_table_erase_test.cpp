// SPDX-License-Identifier: MIT OR Apache-2.0
/// How erasing a device fails, and asking for the number of its last commit.
#include <functional>
#include <tuple>
#include <utility>

#include "session/test_error_table.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Answers `error` to every commit, and then asks nobody.
class RefusingStore final : public StoreOver {
 public:
  RefusingStore(Store& under, Error error) : StoreOver(under), error_(error) {}
  [[nodiscard]] Result<Revision> commit(std::span<const Change>) noexcept override {
    return std::unexpected(error_);
  }

 private:
  Error error_;
};

/// Lets another commit before each commit.
class BusyStore final : public StoreOver {
 public:
  BusyStore(Store& under, std::function<void()> act) : StoreOver(under), act_(std::move(act)) {}
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    act_();
    return under_->commit(changes);
  }

 private:
  std::function<void()> act_;
};

/// Asks for the same while it is asked.
class NestedStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  [[nodiscard]] Result<Revision> revision() noexcept override {
    if (!inner) inner = error_of(Device::erase(*this));
    return std::unexpected(Error::store_failed);
  }
  std::optional<Error> inner;
};

constexpr ErrorRow erasing[]{
    {"Device::erase", Error::conflict, Fault::nobody, "while another commits all the time",
     [](Scene& s) {
       auto twin_rows = *s.alice.rows.share();
       auto twin = *Device::open(twin_rows, storage_key());
       BusyStore store(s.alice.rows, [&] {
         auto tx = *twin.begin();
         EXPECT_TRUE(tx.put(bytes_of("turn"), {}) && std::move(tx).commit());
         s.watch(s.alice.rows);
       });
       return error_of(Device::erase(store));
     }},
    {"Device::erase", Error::corrupted, Fault::store, "over rows that are listed and not found",
     [](Scene& s) {
       s.watch(s.alice.rows);
       RefusingStore store(s.alice.rows, Error::conflict);
       return error_of(Device::erase(store));
     }},
    {"Device::erase", Error::consumed, Fault::caller, "from a store that was moved from",
     [](Scene& s) {
       auto handle = *s.alice.rows.share();
       s.watch(s.alice.rows);
       const auto taken = std::move(handle);
       return error_of(Device::erase(handle));  // NOLINT(bugprone-use-after-move)
     }},
    {"Device::erase", Error::wrong_state, Fault::caller, "in a forked process",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return in_a_forked_process([&] { return error_of(Device::erase(s.alice.rows)); });
     }},
    {"Device::erase", Error::wrong_state, Fault::caller, "while another is in the store",
     [](Scene& s) {
       s.watch(s.alice.rows);
       NestedStore store(s.alice.rows);
       std::ignore = Device::erase(store);
       return store.inner;
     }},
    {"Device::erase", Error::corrupted, Fault::store, "over rows that cannot be read",
     [](Scene& s) {
       s.watch(s.alice.rows);
       s.alice.store.fail_at(3, Error::corrupted);
       return error_of(Device::erase(s.alice.store));
     }},
    {"Device::erase", Error::store_failed, Fault::store, "over a store that fails",
     [](Scene& s) {
       s.watch(s.alice.rows);
       RefusingStore store(s.alice.rows, Error::store_failed);
       return error_of(Device::erase(store));
     }},
    {"Device::erase", Error::outcome_unknown, Fault::store, "over a store that is not sure",
     [](Scene& s) {
       s.watch(s.alice.rows);
       RefusingStore store(s.alice.rows, Error::outcome_unknown);
       return error_of(Device::erase(store));
     }},
};

/// Alice's device, erased under her.
Device& erased(Scene& s) {
  EXPECT_TRUE(Device::erase(s.alice.rows));
  s.watch(s.alice.rows);
  return s.alice.device;
}

/// The same, once she knows.
Device& known_erased(Scene& s) {
  Device& device = erased(s);
  EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
  return device;
}

constexpr ErrorRow using_what_was_erased[]{
    {"Device::begin", Error::not_set_up, Fault::caller, "of a device that was erased",
     [](Scene& s) { return error_of(erased(s).begin()); }},
    {"Device::last_commit", Error::not_set_up, Fault::caller, "of a device that was erased",
     [](Scene& s) { return error_of(erased(s).last_commit()); }},
    {"Device::offered_identity", Error::not_set_up, Fault::caller, "when it is known to be erased",
     [](Scene& s) { return error_of(known_erased(s).offered_identity(s.bob.address())); }},
    {"Device::purge", Error::not_set_up, Fault::caller, "when it is known to be erased",
     [](Scene& s) { return error_of(known_erased(s).purge()); }},
    {"Transaction::size", Error::not_set_up, Fault::caller, "when the device was erased meanwhile",
     [](Scene& s) {
       auto tx = s.alice.begin();
       erased(s);
       return error_of(tx.size(bytes_of("k")));
     }},
    {"Transaction::commit", Error::not_set_up, Fault::caller,
     "when the device was erased meanwhile",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("new")));
       erased(s);
       return error_of(std::move(tx).commit());
     }},
};

constexpr ErrorRow numbering[]{
    {"Device::last_commit", Error::rolled_back, Fault::store, "when the store went back",
     [](Scene& s) {
       auto old = *s.alice.rows.clone();
       EXPECT_TRUE(s.alice.write(s.bob, "later"));
       SwitchedStore store(s.alice.rows);
       auto device = *Device::open(store, storage_key());
       store.set(old);
       s.watch(s.alice.rows);
       return error_of(device.last_commit());
     }},
    {"Device::last_commit", Error::corrupted, Fault::store, "when the head row was altered",
     [](Scene& s) {
       alter(s.alice.rows, "H");
       s.watch(s.alice.rows);
       return error_of(s.alice.device.last_commit());
     }},
    {"Device::last_commit", Error::unsupported_version, Fault::nobody,
     "over a later version's head row",
     [](Scene& s) {
       alter(s.alice.rows, "H", Alter::format);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.last_commit());
     }},
    {"Device::last_commit", Error::wrong_state, Fault::caller, "while a transaction is open",
     [](Scene& s) {
       s.begin();
       return error_of(s.alice.device.last_commit());
     }},
    {"Device::last_commit", Error::consumed, Fault::caller, "of a device that was moved from",
     [](Scene& s) {
       const Device moved = std::move(s.alice.device);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.last_commit());
     }},
};

TEST(ErrorTable, the_number_of_the_last_commit) {
  provoke(numbering);
}

TEST(ErrorTable, using_a_device_that_was_erased) {
  provoke(using_what_was_erased);
}

TEST(ErrorTable, erasing_a_device) {
  provoke(erasing);
}

}  // namespace
}  // namespace sotto::session
