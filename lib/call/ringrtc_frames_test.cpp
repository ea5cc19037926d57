// SPDX-License-Identifier: MIT OR Apache-2.0
#include <limits>

#include "call/ringrtc_keys.hpp"
#include "call/test_ringrtc.hpp"
#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::call {
namespace {

using sotto::testing::hex;

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();

static_assert(!std::is_copy_constructible_v<RingrtcSender>);
static_assert(!std::is_copy_constructible_v<RingrtcReceiver>);

std::uint32_t counter_of(const Buffer& frame) {
  const Bytes at = Bytes(frame).last(20).first(4);
  return static_cast<std::uint32_t>(at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]);
}
std::uint8_t step_of(const Buffer& frame) {
  return frame[frame.size() - ringrtc_footer_bytes];
}

TEST(RingrtcFrames, WhatWasSealedOpens) {
  RingrtcEnds ends;
  for (const char* text : {"", "a", "a frame of more than one block of the cipher"}) {
    const Buffer frame = ends.seal(text);
    EXPECT_EQ(frame.size(), std::strlen(text) + 21);
    EXPECT_EQ(ends.open(frame), bytes_of(text));
  }
}

TEST(RingrtcFrames, TheFirstCounterIsOneAndNothingStartsItAgain) {
  RingrtcEnds ends;
  EXPECT_EQ(counter_of(ends.seal()), 1U);
  ASSERT_TRUE(ends.sender.ratchet());
  const Buffer second = ends.seal();
  EXPECT_EQ(counter_of(second), 2U);
  EXPECT_EQ(step_of(second), 1U);
  ASSERT_TRUE(ends.sender.rekey(ringrtc_secret(2)));
  const Buffer third = ends.seal();
  EXPECT_EQ(counter_of(third), 3U);
  EXPECT_EQ(step_of(third), 0U);
  ASSERT_TRUE(ends.sender.rekey(ringrtc_secret(2))) << "the same secret again";
  EXPECT_EQ(counter_of(ends.seal()), 4U);
  EXPECT_EQ(ends.sender.next_counter(), 5U);
}

TEST(RingrtcFrames, TheLastCounterAndNoneAfterIt) {
  RingrtcEnds ends({}, most);
  const Buffer last = ends.seal("last");
  EXPECT_EQ(counter_of(last), most);
  EXPECT_EQ(ends.open(last), bytes_of("last"));
  Buffer out(64, 0xa5);
  const Buffer before = out;
  EXPECT_EQ(error_of(ends.sender.seal(out, {})), Error::exhausted);
  EXPECT_EQ(out, before);
  ASSERT_TRUE(ends.sender.ratchet());
  EXPECT_EQ(error_of(ends.sender.seal(out, {})), Error::exhausted) << "a step is no way on";
  ASSERT_TRUE(ends.sender.rekey(ringrtc_secret(2)));
  EXPECT_EQ(error_of(ends.sender.seal(out, {})), Error::exhausted) << "nor is a new secret";
  EXPECT_EQ(ends.sender.next_counter(), std::uint64_t{most} + 1);
  EXPECT_EQ(error_of(RingrtcSender::create(ringrtc_secret(), 0)), Error::malformed);
}

TEST(RingrtcFrames, StepsAreCountedModulo256) {
  RingrtcEnds ends;
  for (int i = 0; i < 255; ++i) ASSERT_TRUE(ends.sender.ratchet());
  EXPECT_EQ(ends.sender.step(), 255U);
  EXPECT_EQ(ends.open(ends.seal("255")), bytes_of("255"));
  ASSERT_TRUE(ends.sender.ratchet());
  EXPECT_EQ(ends.sender.step(), 0U);
  EXPECT_EQ(ends.open(ends.seal("256")), bytes_of("256"));
}

TEST(RingrtcFrames, EveryBitCounts) {
  RingrtcEnds ends;
  const Buffer frame = ends.seal("text");
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    Buffer altered = frame;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(ends.open(altered)) << bit;
  }
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_FALSE(ends.open(Bytes(frame).first(size))) << size;
  Buffer longer = frame;
  longer.insert(longer.begin(), 0);
  EXPECT_EQ(error_of(ends.open(longer)), Error::authentication_failed);
  EXPECT_EQ(ends.open(frame), bytes_of("text")) << "no forgery used it up";
}

TEST(RingrtcFrames, InPlaceOnBothSides) {
  RingrtcEnds ends;
  const Buffer text = bytes_of("a frame in place, of more than one block");
  Buffer room = text;
  room.resize(text.size() + ringrtc_footer_bytes);
  const auto sealed = ends.sender.seal(room, Bytes(room).first(text.size()));
  ASSERT_TRUE(sealed);
  EXPECT_FALSE(std::ranges::equal(sealed->first(text.size()), text));
  const auto opened = ends.receiver.open(room, room, noon);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->data(), room.data());
  EXPECT_TRUE(std::ranges::equal(*opened, text));
}

TEST(RingrtcFrames, BuffersOfTheWrongSizeOrPlace) {
  RingrtcEnds ends;
  const Buffer text = bytes_of("text");
  Buffer out(4 + ringrtc_footer_bytes + 8);
  EXPECT_EQ(error_of(ends.sender.seal(MutableBytes(out).first(4 + 20), text)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(ends.sender.seal(out, Bytes(out).subspan(1, 4))), Error::buffers_overlap);
  EXPECT_EQ(ends.sender.next_counter(), 1U) << "nothing was spent";
  ASSERT_TRUE(ends.sender.seal(MutableBytes(out).first(4 + 21), text));

  Buffer frame(out.begin(), out.begin() + 25);
  const Buffer as_it_was = frame;
  Buffer small(3, 0xa5), exact(4);
  EXPECT_EQ(error_of(ends.receiver.open(small, frame, noon)), Error::buffer_too_small);
  EXPECT_EQ(small, Buffer(3, 0xa5));
  EXPECT_EQ(error_of(ends.receiver.open(MutableBytes(frame).subspan(1, 4), frame, noon)),
            Error::buffers_overlap);
  EXPECT_EQ(frame, as_it_was);
  ASSERT_TRUE(ends.receiver.open(exact, frame, noon));
  EXPECT_EQ(exact, text);
}

TEST(RingrtcFrames, TheLargestFrameAndOneAbove) {
  RingrtcEnds ends;
  const Buffer text(ringrtc_max_frame_bytes + 1, 'x');
  Buffer frame(text.size() + ringrtc_footer_bytes), out(frame.size());
  EXPECT_EQ(error_of(ends.sender.seal(frame, text)), Error::malformed);
  const auto sealed = ends.sender.seal(frame, Bytes(text).first(ringrtc_max_frame_bytes));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(error_of(ends.receiver.open(out, frame, noon)), Error::malformed) << "one byte above";
  EXPECT_TRUE(ends.receiver.open(out, *sealed, noon));
}

TEST(RingrtcFrames, CounterZeroIsNobodys) {
  // A frame that is right in all but the counter, which no sender begins with.
  RingrtcEnds ends;
  Buffer frame(ringrtc_footer_bytes);
  RingrtcMac(ringrtc_secret()).tag(MutableBytes(frame).last<16>(), 0, {});
  EXPECT_EQ(error_of(ends.open(frame)), Error::malformed);
}

TEST(RingrtcFrames, SecretsAreDrawnWholeAndNeverZero) {
  testing::TapeEntropy tape(3), again(3);
  const auto one = draw_ringrtc_secret(tape);
  ASSERT_TRUE(one);
  EXPECT_EQ(tape.drawn(), 32U);
  std::array<std::uint8_t, 32> drawn;
  ASSERT_TRUE(again.fill(drawn));
  EXPECT_EQ(hex(one->expose()), hex(drawn));
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(draw_ringrtc_secret(failing)), Error::entropy_failed);
  testing::ConstantEntropy zeros(0);
  EXPECT_EQ(error_of(draw_ringrtc_secret(zeros)), Error::entropy_failed);
}

TEST(RingrtcFrames, AConsumedSecretMakesNothing) {
  auto secret = ringrtc_secret();
  ASSERT_TRUE(RingrtcSender::create(std::move(secret)));
  EXPECT_EQ(error_of(RingrtcSender::create(std::move(secret))), Error::weak_key);
  RingrtcEnds ends;
  EXPECT_EQ(error_of(ends.sender.rekey(std::move(secret))), Error::weak_key);
  EXPECT_EQ(error_of(ends.receiver.add_secret(0, std::move(secret))), Error::weak_key);
  EXPECT_EQ(ends.open(ends.seal()), bytes_of("frame")) << "nothing has changed";
}

/// No figures of these frames are published; these were computed by a second implementation, in
/// another language, from the description alone. More of them stand in vectors/data.
TEST(RingrtcFrames, KeysOfAKnownSecret) {
  std::array<std::uint8_t, 32> known;
  for (std::size_t i = 0; i < known.size(); ++i) known[i] = static_cast<std::uint8_t>(i + 1);
  const RingrtcSecret secret(known);
  EXPECT_EQ(hex(ringrtc_cipher_key(secret).expose()),
            "7d75533e8ac3d21e0634edeae573faecf2bd83e9c00f920f92707bed23ea142a");
  EXPECT_EQ(hex(ringrtc_mac_key(secret).expose()),
            "69068d6d55f2981dc9208fd76f8f6035b469bf79f1bef772f5ec95c4d883954f");
  EXPECT_EQ(hex(ringrtc_next_secret(secret).expose()),
            "0774ab09e054a097ce8650332d457c126ff8ec3c319a3c6646cd00b26e8c9183");
}

}  // namespace
}  // namespace sotto::call
