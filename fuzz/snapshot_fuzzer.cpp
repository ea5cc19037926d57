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

Buffer saved(Transaction& tx, SnapshotKind kind) {
  const bool peer = kind == SnapshotKind::peer;
  const auto size = peer ? peer_snapshot_size(tx, KnownDevice::alice) : prekeys_snapshot_size(tx);
  if (!size) return {};  // nothing is known of the peer
  Buffer out(*size);
  prop::must(peer ? save_peer(out, tx, KnownDevice::alice, key()) : save_prekeys(out, tx, key()));
  return out;
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
    prop::must(session::seal_snapshot(snapshot, kind, epoch_of(kind, content), content, key()));
  }
  auto tx = prop::must(device.begin());
  const Buffer before = saved(tx, kind);
  const auto restored = restore(tx, kind, snapshot);
  if (!restored) {
    require(saved(tx, kind) == before, "a refused snapshot changed something");
    return;
  }
  require(saved(tx, kind) == snapshot, "what was restored saves as something else");
  prop::must(std::move(tx).commit());
  Device again = bob_over(rows);
  auto reading = prop::must(again.begin());
  require(saved(reading, kind) == snapshot, "what was stored saves as something else");
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
