// SPDX-License-Identifier: MIT OR Apache-2.0
/// A person's encrypted line to the other: the ratchet, and the relay it goes through.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sotto/call.hpp>
#include <sotto/entropy.hpp>
#include <sotto/ratchet.hpp>
#include <sotto/x3dh.hpp>

#include "demo/codec.hpp"
#include "demo/net.hpp"
#include "demo/report.hpp"

namespace sotto::demo {

/// How long one side waits for the other before it gives up.
inline constexpr std::chrono::seconds patience{30};

/// Agrees on keys through the relay, then sends and receives `Content`. What does not open is
/// named and dropped; the line stays as it was.
class Link {
 public:
  Link(CallSide side, std::uint16_t tcp_port);

  /// The caller fetches and checks the callee's bundle and starts a ratchet with it; the callee
  /// publishes its bundle and waits for the first message.
  void establish();

  void send(const Content& content);

  /// Deal with all that has come; what opened waits in `next`. Answers false at the line's end.
  [[nodiscard]] bool receive();
  [[nodiscard]] std::optional<Content> next();

  [[nodiscard]] int fd() const noexcept { return stream_.fd(); }
  [[nodiscard]] const IdentityPublic& ours() const noexcept { return identity_.public_key(); }
  [[nodiscard]] const IdentityPublic& theirs() const noexcept { return *theirs_; }

 private:
  void establish_as_caller();
  void establish_as_callee();
  [[nodiscard]] Framed wait_frame();
  void open(Bytes body);
  [[nodiscard]] Result<void> open_first(const Initiation& initiation, Bytes message);
  [[nodiscard]] Result<void> decrypt(Ratchet& ratchet, Bytes message);

  CallSide side_;
  SystemEntropy entropy_;
  IdentityKeyPair identity_;
  FrameStream stream_;
  std::optional<SignedPrekey> signed_prekey_;
  std::optional<OneTimePrekey> one_time_;
  std::optional<Initiation> initiation_;  ///< goes with each message until the callee has answered
  std::optional<IdentityPublic> theirs_;
  std::optional<Ratchet> ratchet_;
  std::deque<Content> opened_;
};

[[nodiscard]] Instant now();

/// How an attempt that was refused is reported: `what` and the error's name.
void report_refusal(std::string_view what, Error error);

}  // namespace sotto::demo
