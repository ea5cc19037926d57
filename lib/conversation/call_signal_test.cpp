// SPDX-License-Identifier: MIT OR Apache-2.0
// The signals as bytes.
#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/call_setup.hpp>

#include "testing/error_of.hpp"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using testing::error_of;
using Buffer = std::vector<std::uint8_t>;
using Kind = CallSignalKind;

constexpr Instant start(std::chrono::seconds(1'000'000));
const Buffer offer{1, 2, 3};

CallId call(std::uint8_t byte) {
  std::array<std::uint8_t, CallId::size_bytes> bytes;
  bytes.fill(byte);
  return CallId(bytes);
}

Buffer bytes_of(const CallSignal& signal) {
  Buffer room(call_signal_max_bytes);
  room.resize(write_call_signal(room, signal)->size());
  return room;
}

CallSignal signal(Kind kind, const CallId& id, Bytes body = {}) {
  return {.kind = kind, .id = id, .at = start, .body = body};
}

TEST(CallSignal, SizesOfEachKind) {  // [CS-1-1]
  const auto size = [](Kind kind) { return bytes_of(signal(kind, call(1))).size(); };
  EXPECT_EQ(size(Kind::offer), 28U);
  EXPECT_EQ(size(Kind::ringing), 18U);
  EXPECT_EQ(size(Kind::answer), 28U);
  EXPECT_EQ(size(Kind::confirm), 20U);
  EXPECT_EQ(size(Kind::hang_up), 19U);
  EXPECT_EQ(size(Kind::hung_up), 18U);
}

TEST(CallSignal, TheBytesOfAnOffer) {
  CallSignal sent = signal(Kind::offer, call(9), offer);
  sent.at = Instant(milliseconds(0x0102030405));
  const Buffer expected{1, 1,                                            // version, kind
                        9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,  // call id
                        0, 0, 0, 1, 2, 3, 4, 5,                          // when
                        0, 3, 1, 2, 3};                                  // body
  EXPECT_EQ(bytes_of(sent), expected);
}

TEST(CallSignal, WhatIsWrittenIsRead) {
  const Buffer body(call_signal_max_body, 7);
  for (const Kind kind :
       {Kind::offer, Kind::ringing, Kind::answer, Kind::confirm, Kind::hang_up, Kind::hung_up}) {
    CallSignal sent = signal(kind, call(3), body);
    sent.reason = HangUpReason::busy;
    const Buffer bytes = bytes_of(sent);
    const auto read = read_call_signal(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->id, call(3));
    EXPECT_EQ(bytes_of(*read), bytes);
    // Every other size is refused.
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_EQ(error_of(read_call_signal(Bytes(bytes).first(size))), Error::malformed);
    Buffer longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(error_of(read_call_signal(longer)), Error::malformed);
    Buffer later = bytes;
    later[0] = 2;
    EXPECT_EQ(error_of(read_call_signal(later)), Error::unsupported_version);
  }
}

TEST(CallSignal, LimitsOnBothSides) {
  Buffer room(call_signal_max_bytes + 1);
  const Buffer longest(call_signal_max_body, 1);
  const Buffer longer(call_signal_max_body + 1, 1);
  EXPECT_EQ(write_call_signal(room, signal(Kind::offer, call(1), longest))->size(),
            call_signal_max_bytes);
  EXPECT_EQ(error_of(write_call_signal(room, signal(Kind::offer, call(1), longer))),
            Error::malformed);
  const MutableBytes small = MutableBytes(room).first(27);
  EXPECT_EQ(error_of(write_call_signal(small, signal(Kind::offer, call(1)))),
            Error::buffer_too_small);
  CallSignal early = signal(Kind::offer, call(1));
  early.at = Instant(milliseconds(0));
  EXPECT_TRUE(write_call_signal(room, early));
  early.at = Instant(milliseconds(-1));
  EXPECT_EQ(error_of(write_call_signal(room, early)), Error::malformed);

  Buffer bytes =
      bytes_of({.kind = Kind::hang_up, .id = call(1), .reason = HangUpReason::failed, .body = {}});
  for (const std::uint8_t reason : std::array<std::uint8_t, 3>{0, 8, 255}) {
    bytes[18] = reason;
    EXPECT_EQ(error_of(read_call_signal(bytes)), Error::malformed);
  }
  for (const std::uint8_t kind : std::array<std::uint8_t, 3>{0, 7, 255}) {
    bytes[1] = kind;
    EXPECT_EQ(error_of(read_call_signal(bytes)), Error::malformed);
  }
  bytes = bytes_of(signal(Kind::ringing, call(1)));
  for (const std::uint8_t kind : std::array<std::uint8_t, 3>{0, 7, 255}) {
    bytes[1] = kind;
    EXPECT_EQ(error_of(read_call_signal(bytes)), Error::malformed);
  }
  Buffer long_one = bytes_of(signal(Kind::offer, call(1), longest));
  EXPECT_TRUE(read_call_signal(long_one));
  ++long_one[27];
  long_one.push_back(1);
  EXPECT_EQ(error_of(read_call_signal(long_one)), Error::malformed);
  Buffer far = bytes_of(signal(Kind::offer, call(1)));
  far[18] = 0x80;  // a time that no clock has
  EXPECT_EQ(error_of(read_call_signal(far)), Error::malformed);
}

}  // namespace
}  // namespace sotto
