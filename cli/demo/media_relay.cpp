// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/media_relay.hpp"

#include <tuple>
#include <utility>

#include <sys/socket.h>

#include "demo/report.hpp"

namespace sotto::demo {
namespace {

/// The epoch of a media packet's keys, which is there for all to see.
std::uint32_t epoch_of(Bytes packet) {
  return packet.size() < 4 ? 0 : Cursor(packet.last(4)).take_u32().value();
}

}  // namespace

std::vector<Blob> Mischief::pass(Blob packet) {
  std::vector<Blob> out;
  if (chance(options_.loss_percent)) {
    ++lost;
  } else if (chance(options_.reorder_percent)) {
    ++reordered;
    held_.push_back({2, std::move(packet)});
    return out;
  } else {
    if (chance(options_.duplicate_percent)) {
      ++duplicated;
      out.push_back(packet);
    }
    out.push_back(std::move(packet));
  }
  for (Held& one : held_) --one.wait;
  std::erase_if(held_, [&](Held& one) {
    if (one.wait > 0) return false;
    out.push_back(std::move(one.packet));
    return true;
  });
  return out;
}

std::vector<Blob> Mischief::release() {
  std::vector<Blob> out;
  for (Held& one : held_) out.push_back(std::move(one.packet));
  held_.clear();
  return out;
}

MediaRelay::MediaRelay(const RelayOptions& options, Kept& kept)
    : mischief_{Mischief(options), Mischief(options)}, kept_(kept) {
  std::tie(socket_, port_) = bind_udp();
}

void MediaRelay::receive() {
  sockaddr_in from{};
  while (auto datagram = receive_datagram(fd(), &from)) take(from, *std::move(datagram));
  for (const std::size_t role : {caller, callee}) report(role);
}

/// Whoever talks to a slow listener learns that late, so that neither runs away from the other. The
/// second device, which may not have rung yet, holds nobody up.
void MediaRelay::report(std::size_t role) {
  const auto& place = places_[role];
  const auto& other = places_[1 - role];
  if (!place || place->reported == place->taken || (other && other->queue.full())) return;
  send_to(place->address, write_taken(place->taken));
  place->reported = place->taken;
}

void MediaRelay::take(const sockaddr_in& from, Blob datagram) {
  if (const auto role = read_role(datagram, datagram_here)) return settle(*role, from);
  for (std::size_t role = 0; role < places_.size(); ++role) {
    const auto& place = places_[role];
    if (!place || place->address.sin_port != from.sin_port) continue;
    if (const auto count = read_taken(datagram)) return place->queue.taken(*count);
    if (role == second_device) return;
    if (is_media(datagram)) {
      ++place->taken;
      kept_.packets[role].push_back(datagram);
      pass(role, mischief_[role].pass(std::move(datagram)));
    } else if (read_role(datagram, datagram_end) == role) {
      ++place->taken;
      pass_end(role);
    }
    return;
  }
}

/// A role is here for the first time, or again from another socket.
void MediaRelay::settle(std::size_t role, const sockaddr_in& at) {
  if (role >= places_.size()) return;
  places_[role] =
      std::make_unique<Place>(at, SendQueue([this, at](Bytes datagram) { send_to(at, datagram); }));
  send_to(at, Blob{datagram_here, static_cast<std::uint8_t>(role)});
}

void MediaRelay::pass(std::size_t from, const std::vector<Blob>& packets) {
  for (const Blob& packet : packets) {
    send(1 - from, packet);
    send(second_device, packet);
    if (from == caller && (arrived_.empty() || epoch_of(packet) > epoch_of(arrived_)))
      arrived_ = packet;
  }
}

/// Behind all packets of `from`, those held back among them.
void MediaRelay::pass_end(std::size_t from) {
  pass(from, mischief_[from].release());
  const Blob end{datagram_end, static_cast<std::uint8_t>(from)};
  send(1 - from, end);
  send(second_device, end);
}

void MediaRelay::send(std::size_t to, Blob packet) {
  if (places_[to]) places_[to]->queue.put(std::move(packet));
}

void MediaRelay::send_to(const sockaddr_in& address, Bytes bytes) const {
  ::sendto(fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address),
           sizeof address);
}

void MediaRelay::tell_mischief() const {
  for (const Mischief& one : mischief_) {
    tell("lost", one.lost);
    tell("reordered", one.reordered);
    tell("duplicated", one.duplicated);
  }
}

}  // namespace sotto::demo
