// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/frame_padding.hpp>

#include "testing/error_of.hpp"

namespace sotto::call {
namespace {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;

TEST(FramePadding, ClassesAreTheNextMultipleAbove) {  // [MK-7-1]
  EXPECT_EQ(padded_frame_size(0), 64U);
  EXPECT_EQ(padded_frame_size(63), 64U);
  EXPECT_EQ(padded_frame_size(64), 128U);
  EXPECT_EQ(padded_frame_size(255), 256U);
  EXPECT_EQ(padded_frame_size(256), 512U);
  EXPECT_EQ(padded_frame_size(4095), 4096U);
  EXPECT_EQ(padded_frame_size(4096), 5120U);
}

TEST(FramePadding, EveryLengthComesBack) {
  for (std::size_t size = 0; size < 6000; size = size < 600 ? size + 1 : size + 97) {
    Buffer frame(size);
    for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::uint8_t>(i % 3 ? 0 : 0x80);
    Buffer out(padded_frame_size(size));
    const auto padded = pad_frame(out, frame);
    ASSERT_TRUE(padded);
    ASSERT_EQ(padded->size(), out.size());
    const auto back = unpad_frame(*padded);
    ASSERT_TRUE(back);
    ASSERT_TRUE(std::ranges::equal(*back, frame)) << size;
  }
}

TEST(FramePadding, InPlace) {
  Buffer room(128, 7);
  ASSERT_TRUE(pad_frame(room, Bytes(room).first(70)));
  const auto back = unpad_frame(room);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->size(), 70U);
}

TEST(FramePadding, TooSmallOrOverlappingIsRefusedAndUntouched) {
  Buffer out(63, 9);
  const Buffer frame(10, 1);
  EXPECT_EQ(error_of(pad_frame(out, frame)), Error::buffer_too_small);
  EXPECT_TRUE(std::ranges::all_of(out, [](auto byte) { return byte == 9; }));
  Buffer room(128, 9);
  EXPECT_EQ(error_of(pad_frame(room, Bytes(room).subspan(1, 10))), Error::buffers_overlap);
  EXPECT_TRUE(std::ranges::all_of(room, [](auto byte) { return byte == 9; }));
}

TEST(FramePadding, WhatHasNoPaddingIsMalformed) {
  EXPECT_EQ(error_of(unpad_frame({})), Error::malformed);
  EXPECT_EQ(error_of(unpad_frame(Buffer(64, 0))), Error::malformed);
  EXPECT_EQ(error_of(unpad_frame(Buffer(64, 1))), Error::malformed);
  Buffer odd(65, 0);
  odd[60] = 0x80;
  EXPECT_EQ(error_of(unpad_frame(odd)), Error::malformed) << "no size class";
  Buffer wide(128, 0);
  wide[63] = 0x80;
  EXPECT_EQ(error_of(unpad_frame(wide)), Error::malformed) << "of a smaller class";
  wide[64] = 0x80;
  EXPECT_TRUE(unpad_frame(wide));
}

}  // namespace
}  // namespace sotto::call
