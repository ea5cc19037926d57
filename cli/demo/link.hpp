// SPDX-License-Identifier: MIT OR Apache-2.0
/// A person's encrypted line to the other: a device, and the relay that it goes through.
///
/// Nothing is lost and nothing comes twice, though the process may die at any time: a message
/// leaves only once it stands in the outbox, in the same commit in which its number is spent; it
/// stands there until the relay has accepted it. A message that came is acknowledged only once it
/// is stored, in the same commit in which its key is used up.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/call.hpp>
#include <sotto/device.hpp>
#include <sotto/entropy.hpp>
#include <sotto/sqlite_store.hpp>

#include "demo/codec.hpp"
#include "demo/halt.hpp"
#include "demo/net.hpp"
#include "demo/report.hpp"
#include "demo/second_line.hpp"

namespace sotto::demo {

/// What came in the message of that number.
struct Received {
  std::uint32_t number;
  Content content;
};

/// Sends and receives `Content`. What does not open is named and dropped; the line stays as it was.
class Link {
 public:
  /// What else belongs into the transaction that opens a message, and into the one that sends.
  using OnMessage = std::function<void(Transaction&, std::uint32_t number, const Content&)>;
  using Also = std::function<void(Transaction&)>;

  /// Opens the device in the database `store_path`, or makes one.
  Link(CallSide side, std::uint16_t tcp_port, const std::string& store_path, Halt halt);

  void on_message(OnMessage handler) { on_message_ = std::move(handler); }

  /// The caller fetches and checks the callee's bundle; the callee publishes its bundle and waits
  /// for the first message. Who was there before sends again what may not have arrived.
  void establish();

  void send(const Content& content, const Also& also = {});
  /// Encrypt in a transaction that is at work; it leaves with the commit.
  void stage(Transaction& tx, const Content& content);
  [[nodiscard]] Transaction begin();

  /// Deal with all that has come; what opened waits in `next`. Answers false at the line's end.
  [[nodiscard]] bool receive();
  [[nodiscard]] std::optional<Received> next();

  /// The line to the callee's second device; the caller's, once `reach_second` has been called.
  void reach_second();
  [[nodiscard]] SecondLine& second() noexcept { return second_; }

  [[nodiscard]] int fd() const noexcept { return stream_.fd(); }
  [[nodiscard]] const IdentityPublic& ours() const noexcept { return device_.identity(); }
  [[nodiscard]] const IdentityPublic& theirs() const noexcept { return *theirs_; }

 private:
  /// Encrypted in the transaction at work, not to leave before its commit.
  struct Staged {
    std::uint32_t number;
    Unsent message;
  };

  void establish_as_caller();
  void publish();
  void return_to_work();
  [[nodiscard]] Framed wait_frame();
  void take(const Framed& frame);
  void open(const Letter& letter);
  void tell_of(const Opened& opened, std::size_t kept_before, std::size_t kept);
  void acknowledge(std::uint32_t number);
  void commit(Transaction&& tx);
  [[nodiscard]] Address peer() const noexcept;
  [[nodiscard]] std::size_t skipped(Transaction& tx) const;

  CallSide side_;
  SystemEntropy entropy_;
  SqliteStore rows_;
  bool returned_ = false;
  Device device_;
  FrameStream stream_;
  SecondLine second_{device_, stream_};
  OnMessage on_message_;
  Halt halt_;
  std::uint32_t commits_ = 0;
  std::vector<Staged> staged_;
  std::optional<IdentityPublic> theirs_;
  std::deque<Received> opened_;
};

[[nodiscard]] Instant now();

/// How an attempt that was refused is reported: `what` and the error's name.
void report_refusal(std::string_view what, Error error);

}  // namespace sotto::demo
