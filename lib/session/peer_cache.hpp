// SPDX-License-Identifier: MIT OR Apache-2.0
/// Peers that are held in memory between transactions, found in a time that hardly grows with them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "session/growing.hpp"
#include "session/rows.hpp"

namespace sotto::session {

/// Places by the hashes of ids, each with a peer, or without one that was taken out. A peer that is
/// put back finds its place again, so that nothing moves.
template <class Peer>
class PeerCache {
 public:
  /// Take a peer out; null when it is not there.
  [[nodiscard]] std::unique_ptr<Peer> take(const PeerId& id) noexcept {
    for (std::size_t i = first_of(hash_of(id)); has_hash(i, hash_of(id)); ++i)
      if (is_of(places_[i], id)) return taken(places_[i]);
    return nullptr;
  }

  /// Put a peer in, instead of another of the same id. Of `most` places, which is not 0, the one
  /// that was not used for longest goes for it, an empty one first. Without memory for it, the peer
  /// goes.
  void put(std::unique_ptr<Peer> peer, std::size_t most) noexcept {
    static_cast<void>(take(peer->id()));
    const std::uint64_t hash = hash_of(peer->id());
    for (std::size_t i = first_of(hash); has_hash(i, hash); ++i)
      if (places_[i].peer == nullptr) return fill(places_[i], std::move(peer));
    while (places_.size() >= most) drop_one();
    if (!places_.reserve(1)) return;
    places_.insert(first_of(hash), Place{hash, 0, nullptr});
    fill(places_[first_of(hash)], std::move(peer));
  }

  [[nodiscard]] std::size_t size() const noexcept { return held_; }

 private:
  struct Place {
    std::uint64_t hash;
    std::uint64_t used;  ///< when, by `uses_`; 0 for an empty one
    std::unique_ptr<Peer> peer;
  };

  [[nodiscard]] static std::uint64_t hash_of(const PeerId& id) noexcept {
    const Bytes bytes = id.bytes();
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  [[nodiscard]] std::size_t first_of(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(
        std::lower_bound(places_.begin(), places_.end(), hash,
                         [](const Place& place, std::uint64_t of) { return place.hash < of; }) -
        places_.begin());
  }
  [[nodiscard]] bool has_hash(std::size_t i, std::uint64_t hash) const noexcept {
    return i < places_.size() && places_[i].hash == hash;
  }
  [[nodiscard]] static bool is_of(const Place& place, const PeerId& id) noexcept {
    return place.peer != nullptr && place.peer->id() == id;
  }

  [[nodiscard]] std::unique_ptr<Peer> taken(Place& place) noexcept {
    --held_;
    place.used = 0;
    return std::move(place.peer);
  }
  void fill(Place& place, std::unique_ptr<Peer> peer) noexcept {
    ++held_;
    place.used = ++uses_;
    place.peer = std::move(peer);
  }
  void drop_one() noexcept {
    std::size_t oldest = 0;
    for (std::size_t i = 1; i < places_.size(); ++i)
      if (places_[i].used < places_[oldest].used) oldest = i;
    if (places_[oldest].peer != nullptr) --held_;
    places_.erase(oldest);
  }

  Growing<Place> places_;  // by rising hash
  std::size_t held_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace sotto::session
