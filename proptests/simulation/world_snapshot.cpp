// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots of what is stored, and of work that was dropped.
#include "world.hpp"

namespace sotto::prop::sim {
namespace {

constexpr unsigned most_steps = 12;

std::uint64_t epoch_of(Bytes snapshot) {
  const auto header = inspect_snapshot(snapshot);
  return header ? header->epoch : 0;
}

}  // namespace

/// A snapshot is taken in a unit of work that is then dropped. It does not come out; if it does,
/// life goes on, it is restored, and life goes on from there.
void World::drop_snapshot(const WorldEvent& event) {
  const Who self = who(event);
  get_ready(self, event.detail);
  std::optional<Who> peer;
  std::optional<Sealed> message;
  if (event.detail % 3 != 0) peer = whom(event);
  if (event.detail % 3 == 1)
    if (const auto id = waiting_for(self, 1); id && ledger_.letters()[*id].from != stranger()) {
      const Letter& letter = ledger_.letters()[*id];
      message = Sealed{letter.kind, letter.bytes, 0};
      peer = letter.from;
    }
  const PeerName name = name_of(self, peer.value_or(stranger()));
  Machine& machine = *machines_[self];
  const auto came =
      operate<std::optional<Blob>>(self, event.detail, [&](DeviceUnderTest& device, Instant at) {
        if (!peer) return device.snapshot_of_dropped_prekeys(machine.tape, at);
        return device.snapshot_of_dropped_work(name, message ? &*message : nullptr, machine.tape,
                                               at);
      });
  if (came.stored) saved(self);
  if (!came.value) return;
  strike(Fault::snapshot_dropped, self);
  if (!*came.value) return;
  machine.snapshots.push_back({peer, **came.value, machine.installation});
  const Snapshot dropped = machine.snapshots.back();
  if (peer) send_to(self, *peer, event.detail);
  restore(self, dropped, event.detail);
  if (peer) send_to(self, *peer, event.detail);
}

void World::restore_snapshot(const WorldEvent& event) {
  const Who self = who(event);
  get_ready(self, event.detail);
  Machine& machine = *machines_[self];
  if (fault_of(event) == Fault::snapshot_restored) {
    const auto peer = event.detail % 4 == 0 ? std::nullopt : std::optional(whom(event));
    if (const auto bytes = snapshot_of(self, peer, event.detail))
      machine.snapshots.push_back({peer, *bytes, machine.installation});
  }
  if (machine.snapshots.empty()) return;
  const Snapshot chosen = machine.snapshots[event.detail / 4 % machine.snapshots.size()];
  restore(self, chosen, event.detail);
}

/// A snapshot is taken, a backup of the rows is put back that is older, and life goes on from there
/// for a while: the snapshot is of another history then, whatever its age.
void World::restore_other_history(const WorldEvent& event) {
  const Who self = who(event);
  get_ready(self, event.detail);
  Machine& machine = *machines_[self];
  if (machine.keeps_number) return;  // The app would know.
  const auto peer = event.detail % 3 == 0 ? std::nullopt : std::optional(whom(event));
  machine.renews = machine.renews || !peer;
  if (!(peer ? send_to(self, *peer, event.detail) : tend_prekeys(self, event.detail))) return;
  const auto bytes = snapshot_of(self, peer, event.detail);
  if (!bytes || machine.disk.touched() || machine.disk.states() < 6) return;
  const Snapshot snapshot{peer, *bytes, machine.installation};
  machine.snapshots.push_back(snapshot);
  stop(self);
  machine.disk.go_back(2 + event.detail / 8 % 3, false);
  strike(Fault::store_back_closed, self);
  open(self, false);
  restore(self, snapshot, event.detail);
}

/// A phone is lost. The device is set up anew with the identity that it had, a peer is recovered
/// from a backup that was old, and a newer backup of the lost phone turns up.
void World::recover(const WorldEvent& event) {
  const Who self = who(event);
  const Who peer = whom(event);
  get_ready(self, event.detail);
  Machine& machine = *machines_[self];
  const std::uint32_t installation = machine.installation;
  const auto early = snapshot_of(self, peer, event.detail);
  const PeerTruth known = ledger_.of(self).peers[peer];
  for (unsigned i = 0; i <= event.detail % 8; ++i) send_to(self, peer, event.detail + i);
  const auto late = snapshot_of(self, peer, event.detail);
  if (!early || !late) return;
  send_to(self, peer, event.detail);
  if (machine.disk.touched() || machine.installation != installation) return;
  const Snapshot lost{peer, *late, installation};
  machine.snapshots.push_back(lost);

  const PeerName name = name_of(self, peer);
  ++machine.installation;
  ledger_.recovered(self);
  begin_anew(self);
  machine.renews = true;
  strike(Fault::snapshot_restored, self);
  // Or the person writes at once, and looks for backups later.
  if (event.detail / 8 % 3 != 0) {
    const auto came = operate<std::uint64_t>(
        self, event.detail,
        [&](DeviceUnderTest& device, Instant) { return device.recover(name, *early); });
    if (came.value || came.stored) {
      PeerTruth& truth = ledger_.of(self).peers[peer];
      truth.accepted = known.accepted;
      truth.proved = known.proved;
      truth.took_old = known.took_old;
    }
    if (came_through(self, event.detail, came, "recover: ")) {
      know(self, *came.value, came.lied);
      struck_.add(Deed::recovered);
    }
  }
  connect_to(self, peer, event.detail);
  restore(self, lost, event.detail);
  send_to(self, peer, event.detail);
}

/// Of what is stored; nothing when nothing is known of the peer, or the store fails.
std::optional<Blob> World::snapshot_of(Who who, std::optional<Who> peer, std::uint32_t pick) {
  const PeerName name = name_of(who, peer.value_or(stranger()));
  const auto came = operate<Blob>(who, pick, [&](DeviceUnderTest& device, Instant) {
    return device.snapshot(peer ? &name : nullptr);
  });
  if (came.error && *came.error != Error::no_session)
    judge(who, process(who, pick), *came.error, came.stored, pick);
  return came.value;
}

/// Over a store that went back, what is newer than it is another history. Sometimes the device goes
/// on from there until it is as old as that.
void World::catch_up(Who who, const Snapshot& snapshot, std::uint32_t pick) {
  Machine& machine = *machines_[who];
  if (pick % 2 == 0) return;
  for (unsigned i = 0; i < most_steps && snapshot.installation != machine.installation; ++i) {
    const auto present = snapshot_of(who, snapshot.peer, pick);
    if (!present || epoch_of(*present) >= epoch_of(snapshot.bytes)) return;
    machine.renews = machine.renews || !snapshot.peer;
    if (!(snapshot.peer ? send_to(who, *snapshot.peer, pick) : tend_prekeys(who, pick))) return;
  }
}

/// Only what is there already may take its place, whatever its age [SES-9-1].
void World::restore(Who who, const Snapshot& snapshot, std::uint32_t pick) {
  catch_up(who, snapshot, pick);
  const auto present = snapshot_of(who, snapshot.peer, pick);
  Machine& machine = *machines_[who];
  // Where nothing was ever held any snapshot is taken, and it is the app's to take none.
  if (!present || epoch_of(*present) == 0) return;
  const bool touched = machine.disk.touched();
  const PeerName name = name_of(who, snapshot.peer.value_or(stranger()));
  const auto came = operate<std::uint64_t>(who, pick, [&](DeviceUnderTest& device, Instant) {
    return device.restore(snapshot.peer ? &name : nullptr, snapshot.bytes);
  });
  if (came.stored) saved(who);
  if (came.error == Error::rolled_back && epoch_of(snapshot.bytes) >= epoch_of(*present))
    struck_.add(Deed::other_history_refused);
  if (!came.value) return;
  strike(Fault::snapshot_restored, who);
  know(who, *came.value, came.lied);
  if (!touched && snapshot.bytes != *present)
    ledger_.violated(Rule::past_restored, snapshot.peer ? "of a peer" : "of the prekeys", {who});
}

}  // namespace sotto::prop::sim
