// SPDX-License-Identifier: MIT OR Apache-2.0
/// How erasing a device fails, and asking for the number of its last commit.
#include <tuple>

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

TEST(ErrorTable, erasing_a_device) {
  provoke(erasing);
}

}  // namespace
}  // namespace sotto::session
