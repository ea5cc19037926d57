// SPDX-License-Identifier: MIT OR Apache-2.0
/// A line by hand, for tests.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/call_setup.hpp>

#include "testing/error_of.hpp"

namespace sotto::call_setup {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::error_of;
using Buffer = std::vector<std::uint8_t>;
using Kind = CallSignalKind;
using Notice = CallNotice::Kind;
using To = CallDelivery::To;

inline constexpr Instant start(seconds(1'000'000));

inline CallId call(std::uint8_t byte) {
  std::array<std::uint8_t, CallId::size_bytes> bytes;
  bytes.fill(byte);
  return CallId(bytes);
}

inline Buffer bytes_of(const CallSignal& signal) {
  Buffer room(call_signal_max_bytes);
  room.resize(write_call_signal(room, signal)->size());
  return room;
}

inline CallSignal signal(Kind kind, const CallId& id, Bytes body = {}) {
  return {.kind = kind, .id = id, .at = start, .body = body};
}
inline CallSignal gone(const CallId& id, HangUpReason reason) {
  return {.kind = Kind::hang_up, .id = id, .reason = reason, .body = {}};
}

inline const Buffer offer{1, 2, 3};
inline const Buffer answer{4, 5};
inline const Buffer confirm{6};

/// A line and the clock beside it.
struct Phone {
  CallStep hear(const CallSignal& heard, std::uint32_t device) {
    last = bytes_of(heard);
    return *line.take(last, device, now);
  }
  CallLine line = *CallLine::create();
  Instant now = start;
  Buffer last;  ///< what was heard last: notices are views of it
};

/// What a step sends, as "kind to device", and tells.
inline std::vector<Kind> kinds(const CallStep& step) {
  std::vector<Kind> all;
  for (const auto& delivery : step.send()) all.push_back(delivery.signal.kind);
  return all;
}
inline std::vector<Notice> notices(const CallStep& step) {
  std::vector<Notice> all;
  for (const auto& notice : step.tell()) all.push_back(notice.kind);
  return all;
}
inline bool same(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}

}  // namespace sotto::call_setup
