// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/device.hpp>

#include "session/commits.hpp"
#include "session/device_record.hpp"
#include "session/home.hpp"
#include "session/row_keys.hpp"
#include "session/rows.hpp"
#include "session/work.hpp"
#include "x3dh/usable.hpp"

namespace sotto {
namespace {

using session::Commits;
using session::DeviceRecord;
using session::Home;
using session::Passing;
using session::RowKeys;
using session::RowSum;
using session::StoreVisit;

Result<Device> make_device(Store& store, std::unique_ptr<RowKeys> keys, const Commits& commits,
                           DeviceRecord&& record, const Home::OwnRow& own_row,
                           const DeviceLimits& limits) noexcept {
  if (!limits.shared_identity_name.fits()) return std::unexpected(Error::invalid_argument);
  auto link = session::StoreLink::to(store);
  if (!link) return std::unexpected(link.error());
  void* const place = ::operator new(sizeof(Home), std::nothrow);
  if (place == nullptr) return std::unexpected(Error::out_of_memory);
  return Device(session::HomeHandle(new (place) Home(*std::move(link), std::move(keys), commits,
                                                     std::move(record.identity), record.device,
                                                     record.registration, own_row, limits)));
}

/// The device's row under another storage key, as the next commit; returns what it adds to the
/// digest of all rows. Errors: `conflict` (another process replaced the key), as `Commits::look`,
/// `out_of_memory`.
Result<RowSum> stage_device_row(Home& home, const session::Sealer& sealer) noexcept {
  const DeviceRecord same{home.identity().duplicate(), home.device(), home.registration(),
                          home.keys().root().duplicate()};
  Passing<session::device_record_bytes> record;
  same.write(record.bytes());
  const session::RowName name = session::device_row();
  const auto row = home.store().get(name.bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& stored = *row;
  if (!stored || stored->value.size() < session::Sealer::overhead_bytes) {
    // Whoever erased the device took the head row too.
    const auto still = home.commits().look(home.store());
    return std::unexpected(still ? Error::corrupted : still.error());
  }
  Home::OwnRow& own = home.own_row();
  const RowSum found = home.keys().sum(name.bytes(), stored->value);
  if (found != own.known && found != own.tried) {
    const auto right = home.commits().explain(home.store(), own.revision, stored->revision);
    return std::unexpected(right ? Error::conflict : right.error());
  }
  own = {stored->revision, found, found};
  home.draft().clear();
  return home.draft().put(sealer, home.keys(), name.bytes(), stored->revision, record.bytes(),
                          found);
}

Result<CommitNumber> rotate(Home& home, const StorageKey& key) noexcept {
  const auto sealer = session::device_row_sealer(key);
  if (!sealer) return std::unexpected(sealer.error());
  if (const auto begun = home.look_at_store(); !begun) return std::unexpected(begun.error());
  const Revision moment = home.commits().head_revision();
  const auto staged = stage_device_row(home, *sealer);
  if (!staged) return std::unexpected(staged.error());
  const auto done = home.commits().commit(home.store(), home.draft(), 0, moment);
  if (!done) {
    if (done.error() == Error::outcome_unknown) home.own_row().tried = *staged;
    return std::unexpected(done.error());
  }
  home.own_row() = {*done, *staged, *staged};
  return home.commits().number();
}

/// Errors: `consumed` for a device that was moved from, and as `Work::begin`.
Result<std::unique_ptr<session::Work>> begin_work(Home* home) noexcept {
  if (home == nullptr) return std::unexpected(Error::consumed);
  return session::Work::begin(*home);
}

/// What `act` answers while nobody else is in the device or in its store. Errors: `consumed` for a
/// device that was moved from, and as `Home::occupy` and `StoreLink::enter`.
template <class Act>
auto alone_in(Home* home, const Act& act) noexcept -> decltype(act(*home)) {
  if (home == nullptr) return std::unexpected(Error::consumed);
  if (const auto alone = home->occupy(); !alone) return std::unexpected(alone.error());
  const auto in_the_store = [&]() noexcept -> decltype(act(*home)) {
    const auto inside = home->store_link().enter();
    if (!inside) return std::unexpected(inside.error());
    return act(*home);
  };
  auto done = in_the_store();
  home->vacate();
  return done;
}

/// Whether a look at the store failed so that what was known of it is known still.
bool tells_nothing_new(Error error) noexcept {
  return error == Error::store_failed || error == Error::outcome_unknown ||
         error == Error::out_of_memory;
}

/// Zero, as a device that was moved from shows it.
constexpr IdentityPublic nobody;

/// How often a device is opened anew because another process set up or erased one meanwhile.
constexpr int most_openings = 4;

/// Whether a store shows its newest rows. Where the app reads over the same connection it may show
/// old ones, and what others have committed since would look as if it had been taken back. Errors:
/// as `Store::begin_reading`.
Result<void> shows_the_newest(Store& rows) noexcept {
  const auto reading = rows.begin_reading();
  if (reading) rows.end_reading();
  return reading;
}

/// What is wrong with a store in which no device stands: there is nothing, or there was something.
Error without_device(Store& store, CommitNumber at_least) noexcept {
  const auto other = store.next({}, {});
  if (!other) return other.error();
  if (*other) return Error::corrupted;
  return at_least == CommitNumber{} ? Error::not_set_up : Error::rolled_back;
}

/// The revision of the device's own row; 0 when there is none. Errors: as `Store::get`.
Result<Revision> revision_of_device(Store& rows) noexcept {
  const auto row = rows.get(session::device_row().bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& stored = *row;
  return stored ? stored->revision : Revision{};
}

/// The device as `rows` have it, which are those of `store`. `read_at` is the revision of its
/// own row, 0 when there is none, once that was read. Errors: as `Device::open`.
Result<Device> open_once(Store& store, Store& rows, const StorageKey& key,
                         const session::Sealer& sealer, CommitNumber at_least,
                         const DeviceLimits& limits, std::optional<Revision>& read_at) noexcept {
  const auto row = rows.get(session::device_row().bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& stored = *row;
  const Revision revision = stored ? stored->revision : Revision{};
  read_at = revision;
  if (!stored) return std::unexpected(without_device(rows, at_least));
  auto record = DeviceRecord::open(stored->value, key, sealer);
  if (!record) return std::unexpected(record.error());
  auto keys = RowKeys::create(record->root);
  if (!keys) return std::unexpected(keys.error());
  const RowSum own_row = (*keys)->sum(session::device_row().bytes(), stored->value);
  Commits commits(**keys);
  if (const auto whole = commits.open(rows, at_least); !whole)
    return std::unexpected(whole.error());
  return make_device(store, *std::move(keys), commits, *std::move(record),
                     {revision, own_row, own_row}, limits);
}

}  // namespace

Device::Device(session::HomeHandle home) noexcept : home_(std::move(home)) {
}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<Device> Device::create(Store& store, const StorageKey& key, const IdentityKeyPair& identity,
                              DeviceId device, RegistrationId registration,
                              const DeviceLimits& limits) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  if (!x3dh::usable(identity) || !x3dh::usable(identity.public_key()))
    return std::unexpected(Error::weak_key);
  const auto sealer = session::device_row_sealer(key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto visit = StoreVisit::to(store);
  if (!visit) return std::unexpected(visit.error());
  Store& rows = visit->store();
  if (const auto newest = shows_the_newest(rows); !newest) return std::unexpected(newest.error());
  const auto first = rows.next({}, {});
  if (!first) return std::unexpected(first.error());
  if (*first) return std::unexpected(Error::already_exists);
  const auto reached = rows.revision();
  if (!reached) return std::unexpected(reached.error());
  DeviceRecord made{identity.duplicate(), device, registration,
                    session::derive_row_root(key, identity, device, *reached)};
  auto keys = RowKeys::create(made.root);
  if (!keys) return std::unexpected(keys.error());

  Passing<session::device_record_bytes> record;
  made.write(record.bytes());
  session::Draft draft;
  const auto staged =
      draft.put(*sealer, **keys, session::device_row().bytes(), Revision{}, record.bytes(), {});
  if (!staged) return std::unexpected(staged.error());
  const Commits none(**keys);
  auto ready = make_device(store, *std::move(keys), none, std::move(made),
                           {Revision{}, *staged, *staged}, limits);
  if (!ready) return ready;
  // The last thing that can fail. Another may have been as fast: then the rows, which were not
  // there, are.
  const auto stored = ready->home_->commits().commit(rows, draft, 0, Revision{});
  if (!stored)
    return std::unexpected(stored.error() == Error::conflict ? Error::already_exists
                                                             : stored.error());
  ready->home_->own_row().revision = *stored;
  return ready;
}

Result<Device> Device::open(Store& store, const StorageKey& key, CommitNumber at_least,
                            const DeviceLimits& limits) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto sealer = session::device_row_sealer(key);
  if (!sealer) return std::unexpected(sealer.error());
  const auto visit = StoreVisit::to(store);
  if (!visit) return std::unexpected(visit.error());
  Store& rows = visit->store();
  if (const auto newest = shows_the_newest(rows); !newest) return std::unexpected(newest.error());
  for (int opening = 0; opening < most_openings; ++opening) {
    std::optional<Revision> before;
    auto opened = open_once(store, rows, key, *sealer, at_least, limits, before);
    if (opened || !before) return opened;
    // The device that was read may have been erased before the other rows were read, and another
    // set up: then they do not belong together, and nothing is wrong with the store.
    const auto after = revision_of_device(rows);
    if (!after || *after == before) return opened;
  }
  return std::unexpected(Error::conflict);
}

const IdentityPublic& Device::identity() const noexcept {
  return home_ ? home_->identity().public_key() : nobody;
}
DeviceId Device::number() const noexcept {
  return home_ ? home_->device() : DeviceId{};
}
RegistrationId Device::registration() const noexcept {
  return home_ ? home_->registration() : RegistrationId{};
}

Result<CommitNumber> Device::last_commit() noexcept {
  return alone_in(home_.get(), [](Home& home) -> Result<CommitNumber> {
    // Of a device that was erased meanwhile there is no number to be kept.
    const auto seen = home.look_at_store();
    if (seen || tells_nothing_new(seen.error())) return home.commits().number();
    return std::unexpected(seen.error());
  });
}

Device Device::share() const noexcept {
  return Device(home_ ? home_->hold() : session::HomeHandle());
}

Result<Transaction> Device::begin() noexcept {
  auto work = begin_work(home_.get());
  if (!work) return std::unexpected(work.error());
  (*work)->leave();
  return Transaction(*std::move(work));
}

Result<std::optional<IdentityPublic>> Device::offered_identity(const Address& peer) noexcept {
  return alone_in(home_.get(), [&](Home& home) -> Result<std::optional<IdentityPublic>> {
    const auto id = session::PeerId::of(peer);
    if (!id) return std::unexpected(id.error());
    return home.offers().of(*id);
  });
}

Result<void> Device::purge() noexcept {
  return alone_in(home_.get(), [](Home& home) { return home.store().purge(); });
}

void Device::owe_purge() noexcept {
  if (home_) home_->set_purge_due();
}

Result<void> Device::purge_if_due() noexcept {
  if (!home_) return std::unexpected(Error::consumed);
  if (!home_->take_purge_due()) return {};
  const auto done = purge();
  if (!done) home_->set_purge_due();
  return done;
}

Result<CommitNumber> Device::rotate_storage_key(const StorageKey& key) noexcept {
  return alone_in(home_.get(), [&](Home& home) { return rotate(home, key); });
}

// A call of its own asks for the process once: the thread that is in it has no twin in a child.

Result<void> Device::connect(const Address& peer, RegistrationId registration,
                             const VerifiedBundle& bundle, Entropy& entropy, Instant now) noexcept {
  const auto work = begin_work(home_.get());
  if (!work) return std::unexpected(work.error());
  if (const auto begun = (*work)->connect(peer, registration, bundle, entropy, now); !begun)
    return begun;
  const auto committed = (*work)->commit();
  if (!committed) return std::unexpected(committed.error());
  return {};
}

Result<Message> Device::encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                Instant now) noexcept {
  const auto work = begin_work(home_.get());
  if (!work) return std::unexpected(work.error());
  const auto message = (*work)->encrypt(out, peer, plaintext, now);
  if (!message) return message;
  const auto committed = (*work)->commit();
  if (committed) return message;
  wipe(message->bytes);  // [SES-9-2]
  return std::unexpected(committed.error());
}

Result<Opened> Device::decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                               Bytes message, Entropy& entropy, Instant now) noexcept {
  const auto work = begin_work(home_.get());
  if (!work) return std::unexpected(work.error());
  return (*work)->decrypt_and_commit(out, peer, kind, message, entropy, now);
}

}  // namespace sotto
