// SPDX-License-Identifier: MIT OR Apache-2.0
/// Sockets on the loopback address, as small as the demo needs them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <sotto/bytes.hpp>

#include "demo/codec.hpp"

struct sockaddr_in;

namespace sotto::demo {

using Clock = std::chrono::steady_clock;

/// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Listening on a free port of 127.0.0.1, TCP or UDP. All here throw `Failure`.
[[nodiscard]] std::pair<Fd, std::uint16_t> listen_tcp();
[[nodiscard]] std::pair<Fd, std::uint16_t> bind_udp();
[[nodiscard]] Fd connect_tcp(std::uint16_t port);
/// A UDP socket whose one peer is `port`.
[[nodiscard]] Fd connect_udp(std::uint16_t port);

/// What a frame between a party and the relay is about.
enum class Frame : std::uint8_t {
  hello = 'H',     ///< one byte: which party this is; 2 is the callee's second device
  publish = 'B',   ///< a bundle, for the directory
  fetch = 'G',     ///< asks for the other party's bundle, or that of the role in its one byte
  message = 'M',   ///< for the other party: a `Letter`
  accepted = 'A',  ///< number 4: the relay holds that message, its sender may forget it
  ring = 'R',      ///< a `Letter` between the caller and the second device, not kept for anybody
  ack = 'K',       ///< number 4: its receiver has stored it, the relay may forget it
};

struct Framed {
  Frame type;
  Blob body;
};

/// Frames over a TCP connection: size 4 (big-endian) || type 1 || body.
class FrameStream {
 public:
  static constexpr std::size_t largest_bytes = std::size_t{1} << 20;

  explicit FrameStream(Fd socket) noexcept : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  void send(Frame type, Bytes body);

  /// Read what is there without waiting. Answers false when the other side has closed.
  [[nodiscard]] bool fill();
  /// The next whole frame, if there is one.
  [[nodiscard]] std::optional<Framed> next();

 private:
  Fd socket_;
  Blob buffer_;
};

/// The next whole frame at the front of `buffer`, which is then taken from it. Throws `Failure` for
/// a size or a type that no frame has.
[[nodiscard]] std::optional<Framed> take_frame(Blob& buffer);

/// Wait until one of `fds` can be read, or `until`; answers which, or nothing. A signal ends it,
/// too.
[[nodiscard]] std::optional<int> wait_readable(std::initializer_list<int> fds,
                                               std::optional<Clock::time_point> until = {});

/// For tests: when the environment's SOTTO_DEMO_STALL is "ROLE:N" with this role, this process
/// stands still for a while before the wait that follows the Nth thing it received, as on a machine
/// that is busy elsewhere; for ever when N is negative.
void heed_stall(std::string_view role);

/// One datagram of at most 2,048 bytes that is there already.
[[nodiscard]] std::optional<Blob> receive_datagram(int fd, sockaddr_in* from = nullptr);

}  // namespace sotto::demo
