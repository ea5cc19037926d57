// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any content behind the seal of a snapshot: it is restored whole and saved as the same bytes, or
/// nothing changed. Plain bytes stop at the seal, so the content is sealed here; the first byte
/// says what kind it is, and whether the bytes are to be tried without a seal.
#include "agreement.hpp"
#include "known_device.hpp"
#include "session/snapshot_seal.hpp"
#include "session/work.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::fuzz {
namespace {

constexpr Instant noon(std::chrono::hours(12));

SnapshotKey key() {
  return SnapshotKey(std::array<std::uint8_t, 32>{9});
}

Result<void> restore(Transaction& tx, SnapshotKind kind, Bytes snapshot) {
  return kind == SnapshotKind::peer ? restore_peer(tx, KnownDevice::alice, snapshot, key())
                                    : restore_prekeys(tx, snapshot, key());
}

/// Ends the transaction, and stores what it did.
Buffer saved(Transaction&& tx, SnapshotKind kind) {
  const auto pending = kind == SnapshotKind::peer ? save_peer(tx, KnownDevice::alice, key())
                                                  : save_prekeys(tx, key());
  const auto committed = prop::must(std::move(tx).commit());
  if (!pending) return {};  // nothing is known of the peer
  Buffer out(pending->size());
  prop::must(pending->release(committed, out));
  return out;
}
Buffer saved(Device& device, SnapshotKind kind) {
  return saved(prop::must(device.begin()), kind);
}

/// Whatever was restored: no use of it may harm.
void use(Device& device, const KnownDevice& known) {
  testing::TapeEntropy tape(1);
  Buffer out(max_message_size(5));
  static_cast<void>(device.encrypt(out, KnownDevice::alice, Buffer(5, 'y'), noon));
  for (const Buffer& message : known.signal) {
    out.resize(message.size());
    static_cast<void>(
        device.decrypt(out, KnownDevice::alice, MessageKind::signal, message, tape, noon));
  }
}

/// The epoch that a content names, so that it is not refused for its header.
std::uint64_t epoch_of(SnapshotKind kind, Bytes content) {
  // owner(32), and for a peer its address (2 + 10), then a size(4) and a format(1).
  const std::size_t at = kind == SnapshotKind::peer ? 32 + 12 + 5 : 32 + 5;
  std::uint64_t epoch = 0;
  for (std::size_t i = at; i < std::min(at + 8, content.size()); ++i)
    epoch = epoch << 8 | content[i];
  return epoch;
}

void run(SnapshotKind kind, bool sealed_already, Bytes content) {
  KnownDevice& known = known_device();
  MemoryStore rows = prop::must(known.empty.clone());
  Device device = bob_over(rows);
  Buffer snapshot(content.begin(), content.end());
  if (!sealed_already) {
    snapshot.resize(content.size() + snapshot_overhead_bytes);
    const SnapshotKey sealing = key();
    prop::must(session::SnapshotSealer::create(
                   sealing, {device.identity(), device.number(), device.registration()}))
        .seal(snapshot, kind, epoch_of(kind, content), content);
  }
  const Buffer before = saved(device, kind);
  auto tx = prop::must(device.begin());
  const auto restored = restore(tx, kind, snapshot);
  const Buffer after = saved(std::move(tx), kind);
  if (!restored) {
    require(after == before, "a refused snapshot changed something");
    return;
  }
  require(after == snapshot, "what was restored saves as something else");
  Device again = bob_over(rows);
  require(saved(again, kind) == snapshot, "what was stored saves as something else");
  use(again, known);
}

}  // namespace
}  // namespace sotto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input input(data, size);
  const std::uint8_t choice = input.byte();
  fuzz::run((choice & 1) == 0 ? SnapshotKind::peer : SnapshotKind::prekeys, (choice & 2) != 0,
            input.rest());
  return 0;
}
