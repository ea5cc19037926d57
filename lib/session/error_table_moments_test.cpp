// SPDX-License-Identifier: MIT OR Apache-2.0
/// What each operation that reads answers in a transaction that has read a row which another has
/// changed since [SES-9-3].
#include "session/test_error_table.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// A transaction that has read a row which another has changed since.
Transaction& overtaken(Scene& s) {
  auto rows = *s.alice.rows.share();
  auto twin = *Device::open(rows, storage_key());
  Transaction& tx = s.begin();
  EXPECT_TRUE(tx.size(bytes_of("k")));
  auto other = *twin.begin();
  EXPECT_TRUE(other.put(bytes_of("k"), bytes_of("theirs")) && std::move(other).commit());
  s.watch(s.alice.rows);
  return tx;
}

constexpr const char* then = "when what was read has been changed";

constexpr ErrorRow app_rows[]{
    {"Transaction::get", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).get(s.out, bytes_of("x"))); }},
    {"Transaction::size", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).size(bytes_of("x"))); }},
    {"Transaction::next", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).next(s.out, {}, {})); }},
    {"Transaction::put", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).put(bytes_of("x"), bytes_of("v"))); }},
    {"Transaction::erase", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).erase(bytes_of("x"))); }},
};

constexpr ErrorRow peers[]{
    {"Transaction::identity", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).identity(s.bob.address())); }},
    {"Transaction::info", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).info(s.bob.address(), start)); }},
    {"Transaction::owner_of", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       std::array<char, Address::max_name_bytes> name{};
       return error_of(overtaken(s).owner_of(name, s.bob.device.identity()));
     }},
    {"Transaction::next_device", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).next_device("bob", std::nullopt)); }},
    {"Transaction::next_peer", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       std::array<char, Address::max_name_bytes> name{};
       return error_of(overtaken(s).next_peer(name, std::nullopt));
     }},
    {"Transaction::connect", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       const auto bundle = *s.bob.bundle(false);
       return error_of(overtaken(s).connect(s.bob.address(), bundle.registration,
                                            *verify(bundle.keys), s.alice.tape, start));
     }},
    {"Transaction::encrypt", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       return error_of(overtaken(s).encrypt(s.bob.address(), bytes_of("m"), start));
     }},
    {"Transaction::decrypt", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "not yet");
       return error_of(overtaken(s).decrypt(s.out, s.bob.address(), letter.kind, letter.bytes,
                                            s.alice.tape, start));
     }},
    {"Transaction::accept_identity", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       return error_of(overtaken(s).accept_identity(s.bob.address(), s.carol.device.identity()));
     }},
    {"Transaction::erase_sessions", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).erase_sessions(s.bob.address())); }},
    {"Transaction::forget", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).forget(s.bob.address())); }},
    {"Transaction::forget_account", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).forget_account("bob")); }},
    {"Transaction::rename_account", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).rename_account("bob", "robert")); }},
    {"save_peer", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       return error_of(save_peer(overtaken(s), s.bob.address(), Scene::snapshot_key()));
     }},
    {"restore_peer", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       return error_of(
           restore_peer(overtaken(s), s.bob.address(), s.peer_snapshot, Scene::snapshot_key()));
     }},
};

constexpr ErrorRow prekeys[]{
    {"Transaction::prekeys_to_upload", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).prekeys_to_upload({}, s.alice.tape, start)); }},
    {"Transaction::prekeys_uploaded", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).prekeys_uploaded(UploadId{1}, start)); }},
    {"Transaction::prekey_status", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).prekey_status(start)); }},
    {"Transaction::bundle", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).bundle()); }},
    {"Transaction::last_resort_bundle", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).last_resort_bundle()); }},
    {"Transaction::replenish", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).replenish(s.alice.tape)); }},
    {"Transaction::rotate_signed_prekey", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(overtaken(s).rotate_signed_prekey(s.alice.tape, start)); }},
    {"Transaction::import_prekey", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       const auto prekey = *OneTimePrekey::generate(OneTimePrekeyId{77}, s.bob.tape);
       return error_of(overtaken(s).import_prekey(prekey));
     }},
    {"save_prekeys", Error::conflict, Fault::nobody, then,
     [](Scene& s) { return error_of(save_prekeys(overtaken(s), Scene::snapshot_key())); }},
    {"restore_prekeys", Error::conflict, Fault::nobody, then,
     [](Scene& s) {
       return error_of(restore_prekeys(overtaken(s), s.prekey_snapshot, Scene::snapshot_key()));
     }},
};

TEST(ErrorTable, reading_the_apps_rows_after_another_has_changed_some) {
  provoke(app_rows);
}

TEST(ErrorTable, reading_peers_after_another_has_changed_rows) {
  provoke(peers);
}

TEST(ErrorTable, reading_prekeys_after_another_has_changed_rows) {
  provoke(prekeys);
}

}  // namespace
}  // namespace sotto::session
