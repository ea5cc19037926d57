// SPDX-License-Identifier: MIT OR Apache-2.0
/// The relay's media: passes packets on, loses, reorders and doubles what the options ask for, and
/// nothing else, however slow a receiver is.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <netinet/in.h>

#include "demo/flow.hpp"
#include "demo/kept.hpp"
#include "demo/net.hpp"
#include "demo/relay.hpp"

namespace sotto::demo {

/// Parties by the role that they come to the relay with.
inline constexpr std::size_t caller = 0;
inline constexpr std::size_t callee = 1;
inline constexpr std::size_t second_device = 2;  ///< the callee's

/// What the network does to media packets on their way.
class Mischief {
 public:
  explicit Mischief(const RelayOptions& options) : options_(options), random_(options.seed) {}

  /// Which copies of `packet`, and of those held back before, go out now, in order.
  std::vector<Blob> pass(Blob packet);
  /// All that is still held back.
  std::vector<Blob> release();

  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;
  std::uint64_t duplicated = 0;

 private:
  struct Held {
    int wait;
    Blob packet;
  };

  bool chance(double percent) {
    return std::uniform_real_distribution<double>(0, 100)(random_) < percent;
  }

  const RelayOptions& options_;
  std::mt19937_64 random_;
  std::vector<Held> held_;
};

class MediaRelay {
 public:
  /// Keeps a copy of every packet in `kept`.
  MediaRelay(const RelayOptions& options, Kept& kept);
  MediaRelay(const MediaRelay&) = delete;
  MediaRelay& operator=(const MediaRelay&) = delete;

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Deal with all datagrams that have come.
  void receive();
  /// Something of the relay's own for that role.
  void send(std::size_t to, Blob packet);
  /// The first of the caller's packets under the newest keys that was not lost.
  [[nodiscard]] const Blob& arrived() const noexcept { return arrived_; }
  /// Tell how many packets were lost, reordered and duplicated.
  void tell_mischief() const;

 private:
  /// Where a role listens, and what passed between it and the relay.
  struct Place {
    sockaddr_in address;
    SendQueue queue;
    std::uint32_t taken = 0;     ///< datagrams of its own that came here
    std::uint32_t reported = 0;  ///< and how many of them it was told of
  };

  void take(const sockaddr_in& from, Blob datagram);
  void report(std::size_t role);
  void settle(std::size_t role, const sockaddr_in& at);
  void pass(std::size_t from, const std::vector<Blob>& packets);
  void pass_end(std::size_t from);
  void send_to(const sockaddr_in& address, Bytes bytes) const;

  Fd socket_;
  std::uint16_t port_;
  std::array<std::unique_ptr<Place>, 3> places_;
  std::array<Mischief, 2> mischief_;
  Kept& kept_;
  Blob arrived_;
};

}  // namespace sotto::demo
