// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a call comes about and ends: offers, ringing on several devices, the answer that wins,
/// hang-ups, both calling at once. Specified in spec/call_setup.md.
///
/// A `CallLine` stands between one device of ours and one other person, who may have several. It
/// sends nothing and reads no clock: every function answers what to send and what to tell the app.
/// It knows no keys either: the bodies of offer, answer and confirm are those of sotto_call.hpp, or
/// of any other profile. All signals travel inside sessions.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/sotto_call.hpp>

namespace sotto {

namespace conversation {
class CallMachine;
}

enum class CallSignalKind : std::uint8_t {
  offer = 1,  ///< to all devices of the callee
  ringing,    ///< a device of the callee has it
  answer,     ///< a device of the callee accepts
  confirm,    ///< to the one whose answer won
  hang_up,    ///< not, or no longer, with that device
  hung_up,    ///< a hang-up has arrived
};

enum class HangUpReason : std::uint8_t {
  ended = 1,
  declined,
  busy,
  answered_elsewhere,
  timed_out,
  glare,   ///< both called at once, and the other call stands
  failed,  ///< keys could not be agreed on, or no confirm came
};

inline constexpr std::size_t call_signal_max_body = 512;
inline constexpr std::size_t call_signal_max_bytes = 1 + 1 + 16 + 8 + 2 + call_signal_max_body;

/// One signal. What its kind does not have is as it stands here.
struct CallSignal {
  CallSignalKind kind = CallSignalKind::hung_up;
  CallId id;
  Instant at{};                               ///< offer, answer: by the sender's clock
  HangUpReason reason = HangUpReason::ended;  ///< hang_up
  Viewed<Bytes> body;                         ///< offer, answer, confirm: at most 512 bytes
};

/// Write a signal [CS-1-1]. Errors: `malformed` (body too long, a time before 1970),
/// `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_call_signal(MutableBytes out,
                                                     const CallSignal& signal) noexcept;
/// Read a signal; its body is a view of `bytes`. Errors: `malformed`, `unsupported_version`.
[[nodiscard]] Result<CallSignal> read_call_signal(Bytes bytes) noexcept;

enum class CallState : std::uint8_t {
  idle,
  calling,      ///< we have offered
  ringing,      ///< they have, and our person has not answered
  answering,    ///< our person has; the caller has not confirmed
  talking_out,  ///< connected, we called
  talking_in,   ///< connected, they called
};

/// A signal to be sent to a device of the other person, or to all of them, or all but one. The body
/// is a view of the line, until its next step.
struct CallDelivery {
  enum class To : std::uint8_t { device, all, all_but };
  To to = To::device;
  std::uint32_t device = 0;
  CallSignal signal;
};

/// What the app has to know.
struct CallNotice {
  enum class Kind : std::uint8_t {
    incoming,   ///< it rings: `body` is an offer from `device`; `accept`, `decline` or wait
    rings,      ///< it rings there, on `device`
    answered,   ///< `body` is an answer of `device`: `confirm` it, or `reject` it if it is no good
    connected,  ///< with `device`; for the callee `body` is what came with the confirm
    ended,      ///< for `reason`
    missed,     ///< a call of `device`, placed at `at`, whose offer came too late to ring
    busy,       ///< our call rings on, but not on `device`
  };
  Kind kind = Kind::ended;
  std::uint32_t device = 0;
  CallId id;
  HangUpReason reason = HangUpReason::ended;
  bool glare = false;  ///< incoming: our person was calling theirs; accepting at once is natural
  Instant at{};        ///< incoming, missed: by the caller's clock
  Bytes body;          ///< a view of the line or of the message, until the next step
};

/// What a step comes to, in order.
struct CallStep {
  static constexpr std::size_t most = 8;
  std::array<CallDelivery, most> deliveries;
  std::array<CallNotice, most> notices;
  std::uint8_t delivery_count = 0;
  std::uint8_t notice_count = 0;

  [[nodiscard]] std::span<const CallDelivery> send() const noexcept {
    return std::span(deliveries).first(delivery_count);
  }
  [[nodiscard]] std::span<const CallNotice> tell() const noexcept {
    return std::span(notices).first(notice_count);
  }
};

/// [CS-4-1]
struct CallTimes {
  std::chrono::milliseconds calling = std::chrono::seconds(60);
  std::chrono::milliseconds ringing = std::chrono::seconds(70);
  std::chrono::milliseconds answering = std::chrono::seconds(10);
  std::chrono::milliseconds farewell = std::chrono::seconds(10);
  std::chrono::milliseconds repeat_offer = std::chrono::seconds(5);
  std::chrono::milliseconds repeat = std::chrono::seconds(1);  ///< answer, hang-up
  /// An offer that was made longer ago rings no more: it is `missed` [CS-3-7]. Two clocks are
  /// compared: this is how long a caller waits, and how far its clock may be behind ours.
  std::chrono::milliseconds max_offer_age = std::chrono::minutes(5);
};

/// Hang-ups that are still being said, at most; the oldest goes first.
inline constexpr std::size_t call_max_farewells = 4;
/// Answers of so many devices may be no good; with the last of them the call ends.
inline constexpr std::size_t call_max_rejections = 8;
/// Calls that are over and remembered, so that a late signal of theirs rings nowhere.
inline constexpr std::size_t call_max_past = 16;

/// One device's line to one other person. Not thread-safe. Once it was moved from, functions answer
/// `consumed`, or that it is idle.
class CallLine {
 public:
  /// Errors: `malformed` (a time that is not above zero), `out_of_memory`.
  [[nodiscard]] static Result<CallLine> create(const CallTimes& times = {}) noexcept;
  CallLine(CallLine&&) noexcept;
  CallLine& operator=(CallLine&&) noexcept;
  ~CallLine();

  /// What our person does. Errors of all: `wrong_state` (not possible now), `malformed` (body above
  /// 512 bytes); nothing changes then.
  [[nodiscard]] Result<CallStep> place(const CallId& id, Bytes offer, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> accept(Bytes answer, Instant now) noexcept;
  /// Of a ringing call: for `declined` or `busy`. Errors: also `malformed` (another reason).
  [[nodiscard]] Result<CallStep> decline(HangUpReason reason, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> hang_up(Instant now) noexcept;

  /// What the app says to the answer of `device` that it was told of last.
  [[nodiscard]] Result<CallStep> confirm(std::uint32_t device, Bytes body, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> reject(std::uint32_t device, Instant now) noexcept;

  /// Take a signal from `device` of the other person. One that is not due changes nothing; it may
  /// still be answered. Errors: as `read_call_signal`.
  [[nodiscard]] Result<CallStep> take(Bytes signal, std::uint32_t device, Instant now) noexcept;

  /// Time has passed.
  [[nodiscard]] CallStep tick(Instant now) noexcept;
  /// When `tick` has something to do; none when nothing is under way.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  [[nodiscard]] CallState state() const noexcept;
  /// Of the present call; undefined when idle.
  [[nodiscard]] const CallId& id() const noexcept;

 private:
  explicit CallLine(std::unique_ptr<conversation::CallMachine> impl) noexcept;
  std::unique_ptr<conversation::CallMachine> impl_;
};

}  // namespace sotto
