// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/net.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "demo/failure.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

[[noreturn]] void fail(const char* what) {
  throw Failure(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::pair<Fd, std::uint16_t> bound(int type) {
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail("socket");
  sockaddr_in address = loopback(0);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("bind");
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("getsockname");
  return {std::move(socket), ntohs(address.sin_port)};
}

Fd connected(int type, std::uint16_t port) {
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail("socket");
  const sockaddr_in address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  return socket;
}

int until_stall = 0;  ///< datagrams and pieces of a stream to be received; 0: there is none
bool stall_is_due = false;
bool stalls_for_ever = false;

void note_received() {
  if (until_stall > 0 && --until_stall == 0) stall_is_due = true;
}

void stall() {
  if (!std::exchange(stall_is_due, false)) return;
  say(stalls_for_ever ? "stands still for ever" : "stands still for a while");
  while (stalls_for_ever) ::pause();
  ::usleep(1'500'000);
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

std::pair<Fd, std::uint16_t> listen_tcp() {
  auto bound_socket = bound(SOCK_STREAM);
  if (::listen(bound_socket.first.get(), 4) != 0) fail("listen");
  return bound_socket;
}

std::pair<Fd, std::uint16_t> bind_udp() {
  return bound(SOCK_DGRAM);
}

Fd connect_tcp(std::uint16_t port) {
  Fd socket = connected(SOCK_STREAM, port);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

Fd connect_udp(std::uint16_t port) {
  return connected(SOCK_DGRAM, port);
}

void FrameStream::send(Frame type, Bytes body) {
  Blob bytes;
  put_u32(bytes, static_cast<std::uint32_t>(body.size() + 1));
  bytes.push_back(static_cast<std::uint8_t>(type));
  put(bytes, body);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto n = ::send(fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("send");
    sent += static_cast<std::size_t>(n);
  }
}

bool FrameStream::fill() {
  std::array<std::uint8_t, 65536> piece;
  const auto n = ::recv(fd(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (n == 0) return false;
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  note_received();
  put(buffer_, Bytes(piece).first(static_cast<std::size_t>(n)));
  return true;
}

std::optional<Framed> FrameStream::next() {
  return take_frame(buffer_);
}

std::optional<Framed> take_frame(Blob& buffer) {
  Cursor cursor(buffer);
  const auto size = cursor.take_u32();
  if (!size) return std::nullopt;
  if (*size < 1 || *size > FrameStream::largest_bytes) throw Failure("a frame of no proper size");
  const auto body = cursor.take(*size);
  if (!body) return std::nullopt;
  const auto type = static_cast<Frame>(body->front());
  if (type != Frame::hello && type != Frame::publish && type != Frame::fetch &&
      type != Frame::message && type != Frame::ring && type != Frame::accepted &&
      type != Frame::ack)
    throw Failure("a frame of unknown type");
  Framed frame{type, Blob(body->begin() + 1, body->end())};
  buffer.erase(buffer.begin(), buffer.begin() + 4 + static_cast<std::ptrdiff_t>(*size));
  return frame;
}

std::optional<int> wait_readable(std::initializer_list<int> fds,
                                 std::optional<Clock::time_point> until) {
  stall();
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({fd, POLLIN, 0});
  int timeout_ms = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
    timeout_ms = static_cast<int>(std::max<std::int64_t>(0, left.count()));
  }
  const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
  if (ready < 0 && errno != EINTR) fail("poll");
  if (ready <= 0) return std::nullopt;
  for (const pollfd& one : polled)
    if (one.revents != 0) return one.fd;
  return std::nullopt;
}

void heed_stall(std::string_view role) {
  const char* const asked = std::getenv("SOTTO_DEMO_STALL");
  if (asked == nullptr) return;
  const std::string text = asked;
  const auto colon = text.find(':');
  if (colon == std::string::npos || text.substr(0, colon) != role) return;
  const int asked_for = std::atoi(text.c_str() + colon + 1);
  stalls_for_ever = asked_for < 0;
  until_stall = std::abs(asked_for);
}

std::optional<Blob> receive_datagram(int fd, sockaddr_in* from) {
  Blob bytes(2048);
  socklen_t size = sizeof(sockaddr_in);
  const auto n = ::recvfrom(fd, bytes.data(), bytes.size(), MSG_DONTWAIT,
                            reinterpret_cast<sockaddr*>(from), from == nullptr ? nullptr : &size);
  if (n < 0) return std::nullopt;
  note_received();
  bytes.resize(static_cast<std::size_t>(n));
  return bytes;
}

}  // namespace sotto::demo
