// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/device.hpp>

#include "base/reader.hpp"
#include "crypto/sha2.hpp"
#include "session/home.hpp"
#include "session/rows.hpp"
#include "session/work.hpp"
#include "x3dh/usable.hpp"

namespace sotto {
namespace {

using session::Home;
using session::Passing;
using session::Sealer;

// device = format(1) identity secret(32) identity public(32) device(4) registration(4)
constexpr std::uint8_t format = 1;
constexpr std::size_t record_bytes = 1 + 32 + 32 + 4 + 4;

/// Where a device's count of transactions starts. It keeps those of different devices apart: what
/// one committed does not release what another has not. Two that are in memory at once differ in
/// their place there, two after each other at one place in what was stored in between.
std::uint64_t first_transaction(const IdentityPublic& identity, const void* place,
                                Revision revision) noexcept {
  std::array<std::uint8_t, 32 + sizeof(std::uintptr_t) + 8> input;
  std::uint8_t* at = std::ranges::copy(identity.bytes(), input.data()).out;
  const auto add = [&](std::uint64_t number, std::size_t bytes) {
    for (; bytes > 0; --bytes, number >>= 8) *at++ = static_cast<std::uint8_t>(number);
  };
  add(reinterpret_cast<std::uintptr_t>(place), sizeof(std::uintptr_t));
  add(static_cast<std::uint64_t>(revision), 8);
  const auto digest = crypto::sha256(input);
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < 8; ++i) start = start << 8 | digest[i];
  return start;
}

Result<Device> make_device(Store& store, Sealer&& sealer, IdentityKeyPair&& identity,
                           DeviceId device, RegistrationId registration, const DeviceLimits& limits,
                           Revision revision) noexcept {
  if (limits.shared_identity_name.size() > Address::max_name_bytes)
    return std::unexpected(Error::invalid_argument);
  auto link = session::StoreLink::to(store);
  if (!link) return std::unexpected(link.error());
  void* const place = ::operator new(sizeof(Home), std::nothrow);
  if (place == nullptr) return std::unexpected(Error::out_of_memory);
  const std::uint64_t first = first_transaction(identity.public_key(), place, revision);
  return Device(
      session::HomeHandle(new (place) Home(*std::move(link), std::move(sealer), std::move(identity),
                                           device, registration, limits, first)));
}

/// Errors: `consumed` for a device that was moved from, and as `Work::begin`.
Result<std::unique_ptr<session::Work>> begin_work(Home* home) noexcept {
  if (home == nullptr) return std::unexpected(Error::consumed);
  return session::Work::begin(*home);
}

/// Zero, as a device that was moved from shows it.
constexpr IdentityPublic nobody;

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
  auto sealer = Sealer::create(key.expose());
  if (!sealer) return std::unexpected(sealer.error());

  Passing<record_bytes> record;
  record.bytes()[0] = format;
  std::ranges::copy(identity.secret_key().expose(), record.bytes().subspan(1).begin());
  std::ranges::copy(identity.public_key().bytes(), record.bytes().subspan(33).begin());
  for (std::size_t i = 0; i < 4; ++i) {
    const unsigned shift = 24 - 8 * static_cast<unsigned>(i);
    record.bytes()[65 + i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(device) >> shift);
    record.bytes()[69 + i] =
        static_cast<std::uint8_t>(static_cast<std::uint32_t>(registration) >> shift);
  }
  // Expected not to be there: when there is a device, the store answers `conflict`.
  session::Draft draft;
  if (const auto staged =
          draft.put(*sealer, session::device_row().bytes(), Revision{}, record.bytes());
      !staged)
    return std::unexpected(staged.error());
  const auto revision = draft.commit(store);
  if (!revision)
    return std::unexpected(revision.error() == Error::conflict ? Error::already_exists
                                                               : revision.error());
  return make_device(store, *std::move(sealer), identity.duplicate(), device, registration, limits,
                     *revision);
}

Result<Device> Device::open(Store& store, const StorageKey& key, Revision at_least,
                            const DeviceLimits& limits) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto revision = store.revision();
  if (!revision) return std::unexpected(revision.error());
  if (*revision < at_least) return std::unexpected(Error::rolled_back);
  auto sealer = Sealer::create(key.expose());
  if (!sealer) return std::unexpected(sealer.error());

  const session::RowName name = session::device_row();
  const auto row = store.get(name.bytes());
  if (!row) return std::unexpected(row.error());
  const std::optional<Row>& stored = *row;
  if (!stored) return std::unexpected(Error::not_set_up);
  if (stored->value.size() != record_bytes + Sealer::overhead_bytes)
    return std::unexpected(Error::corrupted);
  Passing<record_bytes> record;
  if (const auto opened = sealer->open(record.bytes(), stored->value, name.bytes()); !opened)
    return std::unexpected(opened.error());
  if (record.bytes()[0] > format) return std::unexpected(Error::unsupported_version);
  if (record.bytes()[0] != format) return std::unexpected(Error::corrupted);
  using IdentitySecret = Secret<IdentityRole, 32>;
  auto identity =
      IdentityKeyPair::from_secret(IdentitySecret(record.bytes().subspan(1).first<32>()));
  if (!identity || identity->public_key() != IdentityPublic(record.bytes().subspan(33).first<32>()))
    return std::unexpected(Error::corrupted);
  const DeviceId device{session::number_at(record.bytes().subspan(65))};
  const RegistrationId registration{session::number_at(record.bytes().subspan(69))};
  return make_device(store, *std::move(sealer), *std::move(identity), device, registration, limits,
                     *revision);
}

const IdentityPublic& Device::identity() const noexcept {
  return home_ ? home_->identity().public_key() : nobody;
}
DeviceId Device::device() const noexcept {
  return home_ ? home_->device() : DeviceId{};
}
RegistrationId Device::registration() const noexcept {
  return home_ ? home_->registration() : RegistrationId{};
}

Device Device::share() const noexcept {
  return Device(home_ ? home_->hold() : session::HomeHandle());
}

Result<Transaction> Device::begin() noexcept {
  auto work = begin_work(home_.get());
  if (!work) return std::unexpected(work.error());
  return Transaction(*std::move(work));
}

Result<std::optional<IdentityPublic>> Device::offered_identity() noexcept {
  if (!home_) return std::unexpected(Error::consumed);
  if (const auto alone = home_->occupy(); !alone) return std::unexpected(alone.error());
  const std::optional<IdentityPublic> offered = home_->offered();
  home_->vacate();
  return offered;
}

Result<void> Device::purge() noexcept {
  if (!home_) return std::unexpected(Error::consumed);
  if (const auto alone = home_->occupy(); !alone) return alone;
  const auto done = home_->store().purge();
  home_->vacate();
  return done;
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
  const auto opened = (*work)->decrypt(out, peer, kind, message, entropy, now);
  if (!opened) return opened;
  const auto committed = (*work)->commit();
  if (committed) return opened;
  wipe(opened->plaintext);
  return std::unexpected(committed.error());
}

}  // namespace sotto
