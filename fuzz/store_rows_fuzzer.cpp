// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes in a device's rows, as they are stored or behind their seal with a head that fits:
/// every use of the device is an error or works, and a row altered from outside never opens.
#include <sotto/device.hpp>

#include "agreement.hpp"
#include "known_device.hpp"
#include "session/device_record.hpp"
#include "session/test_rows.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::fuzz {
namespace {

constexpr Instant noon(std::chrono::hours(12));

struct Chosen {
  Buffer key;
  Buffer value;
  Revision revision;
};

Chosen row_of(MemoryStore& rows, std::size_t place) {
  Buffer after;
  for (place %= rows.rows();; --place) {
    const auto entry = prop::must(rows.next({}, after));
    after.assign(entry->key.begin(), entry->key.end());
    if (place == 0) return {after, {entry->value.begin(), entry->value.end()}, entry->revision};
  }
}

/// Some bytes in place of those at some position; or all of them in place of all.
Buffer altered(Buffer bytes, bool whole, std::size_t position, Bytes by) {
  if (whole) return {by.begin(), by.end()};
  for (std::size_t i = 0; i < by.size() && !bytes.empty(); ++i)
    bytes[(position + i) % bytes.size()] = by[i];
  return bytes;
}

void put(MemoryStore& rows, const Chosen& row, const Buffer& value) {
  const Change change{Change::Kind::put, row.key, row.revision, value};
  prop::must(rows.commit({&change, 1}));
}

void use(MemoryStore& rows, const KnownDevice& known) {
  testing::TapeEntropy tape(3);
  auto device = try_bob_over(rows);
  if (!device) return;
  Buffer out(max_message_size(5));
  static_cast<void>(device->encrypt(out, KnownDevice::alice, Buffer(5, 'y'), noon));
  for (const Buffer& message : known.signal) {
    out.assign(message.size(), 0xa5);
    const auto opened =
        device->decrypt(out, KnownDevice::alice, MessageKind::signal, message, tape, noon);
    if (!opened) require(untouched_or_zeroed(out, 0xa5), "plaintext left behind by a failure");
  }
  auto tx = prop::must(device->begin());
  static_cast<void>(tx.info(KnownDevice::alice, noon));
  static_cast<void>(tx.prekey_status(noon));
  static_cast<void>(tx.bundle());
  static_cast<void>(tx.replenish(tape));
  static_cast<void>(tx.prekeys_to_upload({.one_time_left = 3}, tape, noon));
  static_cast<void>(tx.rotate_signed_prekey(tape, noon));
  static_cast<void>(tx.accept_identity(KnownDevice::alice, known.theirs));
  static_cast<void>(tx.erase_sessions(KnownDevice::alice));
  static_cast<void>(std::move(tx).commit());
}

}  // namespace
}  // namespace sotto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  using namespace sotto::fuzz;
  Input in(data, size);
  KnownDevice& known = known_device();
  MemoryStore rows = prop::must(known.full->clone());
  const std::uint8_t how = in.byte();
  const Chosen row = row_of(rows, in.byte());
  const std::size_t position = in.number(2);
  const bool behind_the_seal = (how & 1) != 0, whole = (how & 2) != 0;
  if (!behind_the_seal) {
    const Buffer value = altered(row.value, whole, position, in.rest());
    put(rows, row, value);
    // The digest is of tags: what has another does not come in, what has not does not open. Rows
    // of sessions are looked at when their peer is read.
    const bool same_tag = value.size() >= session::Sealer::overhead_bytes &&
                          std::ranges::equal(Bytes(value).last(16), Bytes(row.value).last(16));
    require(same_tag || session::is_bound(row.key) || !try_bob_over(rows),
            "an altered row is taken for a good one");
  } else {
    const auto device_key = prop::must(session::device_row_sealer(known_storage_key()));
    const session::RowKeys& keys = *known.keys;
    const session::Sealer& sealer = row.key[0] == 'D' ? device_key : keys.sealer();
    Buffer plain(row.value.size() - session::Sealer::overhead_bytes);
    prop::must(sealer.open(plain, row.value, row.key));
    plain = altered(std::move(plain), whole, position, in.rest());
    Buffer sealed(plain.size() + session::Sealer::overhead_bytes);
    sealer.seal(sealed, plain, row.key, 1);
    put(rows, row, sealed);
    if (session::is_bound(row.key)) session::fit_bound(rows, keys, row.key);
    if (row.key[0] != 'H') session::fit_head(rows, keys);
  }
  use(rows, known);
  return 0;
}
